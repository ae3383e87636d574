import { z } from "zod";
import { settings } from "./declared/all.ts";
import { DEFAULTS } from "./defaults.ts";
import { isPlainObject, valueAt, type PlainObject, type Segments } from "./paths.ts";
import { experimentSchema, TIERS } from "./schema.ts";
import type { RouterSchema } from "./settings.ts";

/**
 * The JSON Schema (draft 7) of experiment files, for editors: descriptions, ranges, defaults of the base, and each
 * router's own options. What needs two fields is not in it; `loadExperiment` checks that.
 */
export function experimentJsonSchema(routers: ReadonlyMap<string, RouterSchema>): PlainObject {
  const experiment = jsonOf(experimentSchema);
  const router = routerSchema(experiment, routers);
  const written = { ...objectAt(jsonOf(settings, false), ["properties"]), router: router.section };
  const references = Object.fromEntries(Object.keys(written).map((name) => [name, reference(name)]));
  const sections = { ...written, parent: parentSchema(objectAt(written, ["parent"]), references) };
  // Only a base has defaults: what others leave out is the base's.
  const shared = {
    ...objectAt(jsonOf(settings), ["properties"]),
    router: { ...reference("router"), default: { name: DEFAULTS.router.name } },
    parent: { ...sections.parent, default: null },
  };
  const ofStage = Object.fromEntries(Object.entries(references).filter(([name]) => name !== "parent"));
  const withStages = (schema: PlainObject): PlainObject => {
    const byName = objectAt(schema, ["properties", "stages"]);
    const named = withProperties(objectAt(byName, ["additionalProperties"]), ofStage);
    return withProperties(schema, { ...references, stages: { ...byName, additionalProperties: named } });
  };
  const stages = objectAt(experiment, ["properties", "stages"]);
  const variants = objectAt(experiment, ["properties", "variants"]);
  const tiers = objectAt(experiment, ["properties", "tiers"]);
  const properties = {
    ...objectAt(experiment, ["properties"]),
    base: withProperties(objectAt(experiment, ["properties", "base"]), shared),
    stages: { ...stages, items: withProperties(objectAt(stages, ["items"]), ofStage) },
    variants: { ...variants, items: withStages(objectAt(variants, ["items"])) },
    tiers: withProperties(
      tiers,
      Object.fromEntries(TIERS.map((name) => [name, withStages(objectAt(tiers, ["properties", name]))])),
    ),
  };
  return {
    ...experiment,
    properties,
    definitions: { ...sections, routerOptions: router.options },
  };
}

function jsonOf(schema: z.ZodType, hasDefaults = true): PlainObject {
  const json = z.toJSONSchema(schema, {
    io: "input",
    target: "draft-7",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      // A section that is left out is the defaults of what is in it.
      if (!hasDefaults || isPlainObject(jsonSchema.default)) delete jsonSchema.default;
    },
  });
  return { ...json };
}

function objectAt(schema: PlainObject, path: Segments): PlainObject {
  const found = valueAt(schema, path);
  if (!isPlainObject(found)) throw new Error(`the schema has no object at ${path.join(".")}`);
  return found;
}

function reference(name: string): PlainObject {
  return { $ref: `#/definitions/${name}` };
}

/** The schema with some of its properties replaced, those it has. */
function withProperties(schema: PlainObject, replacements: PlainObject): PlainObject {
  return { ...schema, properties: { ...objectAt(schema, ["properties"]), ...replacements } };
}

/** The parent section: what it has in common with the settings around it refers to their definitions. */
function parentSchema(parent: PlainObject, references: PlainObject): PlainObject {
  const own = Object.fromEntries(Object.entries(references).filter(([name]) => name !== "parent"));
  const branches = Array.isArray(parent["anyOf"]) ? (parent["anyOf"] as unknown[]) : [];
  const anyOf = branches.map((branch) =>
    isPlainObject(branch) && isPlainObject(branch["properties"]) ? withProperties(branch, own) : branch,
  );
  return { ...parent, anyOf };
}

/** The router section, one router or a list of them: shipped names or a module path, and for each shipped name its own options. */
function routerSchema(
  experiment: PlainObject,
  routers: ReadonlyMap<string, RouterSchema>,
): { readonly section: PlainObject; readonly options: PlainObject } {
  const plain = objectAt(experiment, ["properties", "base", "properties", "router"]);
  const branch = (index: number): PlainObject =>
    objectAt(experiment, ["properties", "base", "properties", "router", "anyOf", index]);
  const [one, list] = [branch(0), branch(1)];
  const { description } = objectAt(one, ["properties", "name"]);
  const name = {
    description,
    anyOf: [
      { type: "string", enum: [...routers.keys()] },
      { type: "string", pattern: "\\.m?js$|^\\.{0,2}[/\\\\]" },
    ],
  };
  const cases = [...routers].map(([routerName, { options }]) => {
    const own = Object.fromEntries(
      Object.entries(jsonOf(options.strict().partial())).filter(([key]) => key !== "$schema"),
    );
    return {
      if: { properties: { name: { const: routerName } }, required: ["name"] },
      then: { properties: { options: own } },
    };
  });
  const named = (schema: PlainObject): PlainObject => ({
    ...withProperties(schema, { name }),
    allOf: [reference("routerOptions")],
  });
  return {
    section: { ...plain, anyOf: [named(one), { ...list, items: named(objectAt(list, ["items"])) }] },
    options: { allOf: cases },
  };
}

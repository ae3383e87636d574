/** docs/experiments.md: its examples load, and its table of settings is the schema's. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../../src/config/defaults.ts";
import { experimentJsonSchema } from "../../src/config/json-schema.ts";
import { loadExperiment } from "../../src/config/load.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { temporaryFolder } from "../support/folder.ts";

const page = readFileSync("docs/experiments.md", "utf8");
const [whole = {}, ...parts] = [...page.matchAll(/```json\n([^]*?)```/g)].map(
  ([, text]) => JSON.parse(text!) as Record<string, unknown>,
);

const folder = temporaryFolder();
mkdirSync(join(folder, "texts"));
writeFileSync(join(folder, "texts", "one.txt"), "some text\n");

async function load(written: Record<string, unknown>, tier?: string) {
  const file = join(folder, "top-k.json");
  writeFileSync(file, JSON.stringify(written));
  const asked = tier === undefined ? {} : { tier };
  return (await loadExperiment(file, { routers: shippedRouters, ...asked })).experiment;
}

describe("examples", () => {
  it("the whole one has equal total and active expert parameters in all routed variants", async () => {
    const { variants, seeds } = await load(whole);
    expect(seeds).toEqual([1, 2, 3]);
    expect(variants.map(({ name }) => name)).toEqual(["top-2", "top-1", "top-4", "frozen", "dense"]);
    for (const { name, settings } of variants) {
      const { experts, topK, expertWidth } = settings.model;
      expect(topK * expertWidth, name).toBe(128);
      if (name !== "dense") expect(experts * expertWidth, name).toBe(512);
    }
  });

  it("tiers: sizes, seeds, and which variants", async () => {
    const tiered: Record<string, unknown> = { ...whole, ...parts[0] };
    delete tiered["seeds"];
    expect((await load(tiered)).seeds).toEqual([1, 2]);
    const full = await load(tiered, "full");
    expect(full.seeds).toEqual([1, 2, 3, 4]);
    expect(full.variants.map(({ name }) => name)).toEqual(["top-2", "top-1", "frozen"]);
    expect(full.variants[0]?.settings.training.steps).toBe(600);
  });

  it("grid: every variant at every combination", async () => {
    const { variants } = await load({ ...whole, ...parts[1] });
    expect(variants).toHaveLength(5 * 4);
  });

  it("text of one's own", async () => {
    const { variants } = await load({ ...whole, ...parts[2], variants: [{ name: "top-2" }], controls: {} });
    const { domains } = variants[0]!.settings.data;
    expect(domains.map(({ name, weight, validationWeight }) => [name, weight, validationWeight])).toEqual([
      ["fiction", 1, null],
      ["notes", 2, 1],
    ]);
    expect(domains[1]?.files).toEqual([join(folder, "texts")]);
  });

  it("parent: the base with one expert, dense", async () => {
    const { variants } = await load({ ...whole, ...parts[3] });
    const parent = variants[1]?.settings.parent;
    expect(parent?.model).toEqual({ ...variants[0]?.settings.model, experts: 1, topK: 1 });
    expect(parent?.noise).toEqual({ share: 0.5, std: 0.02 });
    expect(parts).toHaveLength(4);
  });
});

interface Schema {
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** What a setting is; one that may be null says it one level below. */
function whatOf(schema: Schema): string {
  const found = schema.description ?? schema.anyOf?.map(({ description }) => description).find(Boolean);
  if (found === undefined) throw new Error(`no description: ${JSON.stringify(schema)}`);
  return found;
}

/** `| path | default | description |` of every setting, in the schema's order. */
function rowsOf(schema: Schema, path = ""): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const own = path === "" ? key : `${path}.${key}`;
    // The options of each router are listed by `list routers`, those of objectives in docs/stages.md; a parent repeats these settings.
    if (["parent", "router.options", "objective.options"].includes(own)) return [];
    if (inner.properties !== undefined) return rowsOf(inner, own);
    const value = own === "data.domains" ? "the five corpora" : JSON.stringify(inner.default);
    return [`| \`${own}\` | ${value} | ${whatOf(inner)} |`];
  });
}

it("the table of settings is the schema's: paths, defaults, descriptions", () => {
  const { properties, definitions } = experimentJsonSchema(shippedRouters) as Record<
    "properties" | "definitions",
    Record<string, Schema>
  >;
  const router: Schema = {
    properties: {
      name: { ...definitions["router"]?.anyOf?.[0]?.properties?.["name"], default: DEFAULTS.router.name },
    },
  };
  const rows = rowsOf({ properties: { ...properties["base"]?.properties, router } });
  expect(rows.length).toBeGreaterThan(35);
  const table = ["| setting | default | what |", "|---|---|---|", ...rows].join("\n");
  expect(page).toContain(`${table}\n`);
});

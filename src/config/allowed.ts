import { LAYERS_PATTERN } from "./declared/router.ts";
import { isPlainObject, valueAt, type PlainObject, type Segments } from "./paths.ts";
import { show } from "./suggest.ts";

/** The part of a JSON Schema that speaks of a place; undefined where it says nothing. */
export function schemaAt(schema: unknown, path: Segments): PlainObject | undefined {
  if (!isPlainObject(schema)) return undefined;
  const [first, ...rest] = path;
  if (first === undefined) return schema;
  const named = valueAt(schema, ["properties", first]) ?? schema["additionalProperties"];
  const inner = typeof first === "number" ? schema["items"] : named;
  const found = schemaAt(inner, rest);
  if (found !== undefined) return found;
  return branchesOf(schema)
    .map((branch) => schemaAt(branch, path))
    .find((branch) => branch !== undefined);
}

/** The keys that an object may have at a place. */
export function keysAt(schema: unknown, path: Segments): readonly string[] {
  const node = schemaAt(schema, path);
  if (node === undefined) return [];
  const nodes: readonly unknown[] = [node, ...branchesOf(node)];
  return nodes.flatMap((branch) => Object.keys(valueAt(branch, ["properties"]) ?? {}));
}

/** The words that a place may hold; empty when it is no choice of words. */
export function wordsOf(schema: unknown): readonly string[] {
  if (!isPlainObject(schema)) return [];
  const own = Array.isArray(schema["enum"]) ? (schema["enum"] as unknown[]) : [schema["const"]];
  return [...own.filter((word) => typeof word === "string"), ...branchesOf(schema).flatMap(wordsOf)];
}

/** What a JSON Schema allows, in words: `an integer from 1 to 8`. */
export function allowedBy(schema: unknown): string {
  if (!isPlainObject(schema)) return "a value";
  const branches = branchesOf(schema);
  if (branches.length > 0) return branches.map(allowedBy).join(", or ");
  if (Array.isArray(schema["enum"])) return schema["enum"].map(show).join(" or ");
  if ("const" in schema) return show(schema["const"]);
  const { type } = schema;
  if (Array.isArray(type))
    return type.map((one: unknown) => allowedBy({ ...schema, type: one })).join(", or ");
  switch (type) {
    case "integer":
      return `an integer${rangeOf(schema)}`;
    case "number":
      return `a number${rangeOf(schema)}`;
    case "string":
      return stringOf(schema);
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case "array":
      return `a list${countOf(schema)}${"items" in schema ? `, each ${allowedBy(schema["items"])}` : ""}`;
    case "object":
      return "an object { }";
    default:
      return "a value";
  }
}

function branchesOf(schema: PlainObject): readonly unknown[] {
  return Array.isArray(schema["anyOf"]) ? (schema["anyOf"] as unknown[]) : [];
}

function rangeOf(schema: PlainObject): string {
  const bound = (key: string): number | undefined => {
    const value = schema[key];
    return typeof value === "number" && Math.abs(value) !== Number.MAX_SAFE_INTEGER ? value : undefined;
  };
  const [least, most, above, below] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map(
    bound,
  );
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  const parts = [
    above === undefined ? undefined : `above ${above}`,
    least === undefined ? undefined : `of at least ${least}`,
    below === undefined ? undefined : `below ${below}`,
    most === undefined ? undefined : `at most ${most}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "" : ` ${parts.join(" and ")}`;
}

function countOf(schema: PlainObject): string {
  const { minItems, maxItems } = schema;
  if (typeof maxItems === "number")
    return ` of ${typeof minItems === "number" ? minItems : 0} to ${maxItems}`;
  return typeof minItems === "number" ? ` of at least ${minItems}` : "";
}

function stringOf(schema: PlainObject): string {
  const { minLength, maxLength, pattern } = schema;
  if (typeof pattern === "string" && pattern.includes("%")) return 'a percentage such as "0.3%"';
  if (pattern === LAYERS_PATTERN.source)
    return 'text that names a layer or a range of them, such as "0" or "0-2"';
  if (typeof maxLength === "number")
    return `text of ${typeof minLength === "number" ? minLength : 0} to ${maxLength} characters`;
  return minLength === 1 ? "text that is not empty" : "text";
}

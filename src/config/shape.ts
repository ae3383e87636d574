import { z } from "zod";
import { allowedBy, keysAt, schemaAt, wordsOf } from "./allowed.ts";
import { isPlainObject, valueAt, type Segments } from "./paths.ts";
import { didYouMean, nearest, quoted, show } from "./suggest.ts";

/** A value that a schema refuses. */
export interface ShapeIssue {
  /** Place of the value, or of the unknown key. */
  readonly path: Segments;
  /** Which of the two the message is about. */
  readonly at: "key" | "value";
  readonly message: string;
  /** The place whose value stays unknown because of this: checks that need it must be silent. */
  readonly unknown: Segments;
}

type Issue = z.core.$ZodIssue;

const jsonSchemas = new WeakMap<z.ZodType, unknown>();

/** All that a schema refuses in a value, as sentences with what is allowed. */
export function shapeIssues(schema: z.ZodType, value: unknown): readonly ShapeIssue[] {
  const { error } = schema.safeParse(value);
  if (error === undefined) return [];
  let json = jsonSchemas.get(schema);
  if (json === undefined) {
    json = z.toJSONSchema(schema, { io: "input", target: "draft-7", unrepresentable: "any" });
    jsonSchemas.set(schema, json);
  }
  return error.issues.flatMap((issue) => describe(issue, [], value, json));
}

function describe(issue: Issue, outer: Segments, value: unknown, json: unknown): readonly ShapeIssue[] {
  const path = [...outer, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))];
  if (issue.code === "unrecognized_keys") {
    const keys = keysAt(json, path);
    return issue.keys.map((key) => unknownKey(key, path, keys));
  }
  if (issue.code === "invalid_union") {
    // The branch whose type fits knows best what is wrong inside the value.
    const fitting = issue.errors.filter((branch) => !branch.some((inner) => isTypeIssue(inner)));
    const [branch] = fitting;
    if (fitting.length === 1 && branch !== undefined) {
      return branch.flatMap((inner) => describe(inner, path, value, json));
    }
  }
  const found = valueAt(value, path);
  const allowed = schemaAt(json, path);
  const spoken = issue.code === "invalid_format" || issue.code === "custom";
  const must = spoken ? issue.message : `must be ${allowedBy(allowed)}`;
  if (found === undefined) return [{ path, at: "value", message: `is missing; it ${must}`, unknown: path }];
  const guess = typeof found === "string" ? didYouMean(found, wordsOf(allowed)) : "";
  return [{ path, at: "value", message: `${must}, found ${show(found)}${guess}`, unknown: path }];
}

function isTypeIssue(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}

function unknownKey(key: string, path: Segments, keys: readonly string[]): ShapeIssue {
  const meant = nearest(key, keys);
  const help = meant === undefined ? `; allowed: ${quoted(keys)}` : didYouMean(key, keys);
  return {
    path: [...path, key],
    at: "key",
    message: `unknown key ${show(key)}${keys.length === 0 ? "" : help}`,
    unknown: [...path, meant ?? key],
  };
}

/**
 * The value without what the issues refuse, so that the rest can still be checked. A list with a refused item goes
 * as a whole, but for the lists of variants and stages, whose items become empty objects.
 */
export function withoutRefused(value: unknown, issues: readonly ShapeIssue[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const issue of issues) remove(copy, issue.path);
  return copy;
}

function remove(root: unknown, path: Segments): void {
  let holder: unknown = root;
  for (const [depth, segment] of path.entries()) {
    const inner = valueAt(holder, [segment]);
    const isLast = depth === path.length - 1;
    const isVariants = depth === 0 && (segment === "variants" || segment === "stages");
    const cutsHere = isLast || (!isPlainObject(inner) && !(isVariants && Array.isArray(inner)));
    if (cutsHere && Array.isArray(holder) && typeof segment === "number") holder[segment] = {};
    else if (cutsHere && isPlainObject(holder)) Reflect.deleteProperty(holder, segment);
    if (cutsHere) return;
    holder = inner;
  }
}

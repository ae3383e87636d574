import { show } from "./suggest.ts";

/** Places inside nested plain data: keys and list indices from the outside in. */
export type Segments = readonly (string | number)[];

/** What experiments, variants and domains may be called: they become folders, files and table cells. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Nested plain data whose keys are not known. */
export type PlainObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object (no list, no null). */
export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Formats segments as a dotted path: `a.b[0]`; keys that are no plain words stand in brackets and quotes. */
export function dotted(path: Segments): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number" || !/^[\w$-]+$/.test(segment)) return `${text}[${show(segment)}]`;
    return text === "" ? segment : `${text}.${segment}`;
  }, "");
}

/** Reads a dotted path: words joined by dots, list indices as `[0]`. */
export function parsePath(path: string): Segments {
  return path
    .replace(/\[(\d+)\]/g, ".$1")
    .split(".")
    .filter((segment) => segment !== "")
    .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));
}

/** The value at a path, undefined where there is none. */
export function valueAt(value: unknown, path: Segments): unknown {
  return path.reduce<unknown>((inner, segment) => {
    if (Array.isArray(inner)) return typeof segment === "number" ? (inner[segment] as unknown) : undefined;
    return isPlainObject(inner) && Object.hasOwn(inner, segment) ? inner[segment] : undefined;
  }, value);
}

/** Nested objects that hold one value at a path. */
export function nest(path: Segments, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, segment) => ({ [segment]: inner }), value);
}

/** Whether `outer` is `inner` or one of the places around it. */
export function contains(outer: Segments, inner: Segments): boolean {
  return outer.length <= inner.length && outer.every((segment, index) => segment === inner[index]);
}

/** Every value that is not an object, by dotted path; lists count as one value. */
export function leavesOf(value: unknown, path: Segments = []): ReadonlyMap<string, unknown> {
  if (!isPlainObject(value)) return new Map([[dotted(path), value]]);
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...leavesOf(inner, [...path, key])]));
}

/** Freezes nested plain data, all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach((inner: unknown) => deepFreeze(inner));
  }
  return value;
}

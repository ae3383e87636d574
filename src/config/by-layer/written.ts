import { resolve } from "node:path";
import type { Segments } from "../paths.ts";
import type { WrittenSettings } from "../schema.ts";

/** A router as a file writes it: one, or a list by layer. */
export type WrittenRouter = NonNullable<WrittenSettings["router"]>;
type WrittenEntry = Extract<WrittenRouter, readonly unknown[]>[number];

/** One entry of a list. */
export interface LayerEntry {
  readonly layers?: string | undefined;
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A written router in one form: of a list, the main entry and the others. */
export interface LayerRouter {
  readonly name?: string | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Of the main entry, where all entries of a list have some. */
  readonly layers?: string | undefined;
  /** Of a list, which replaces what is written below it; undefined where one router is written. */
  readonly byLayer?: readonly LayerEntry[] | undefined;
}

/** Whether a router's name is the path of a user's own module. */
export function isModulePath(name: string): boolean {
  return /\.m?[jt]s$|^\.{0,2}[/\\]/.test(name);
}

/** A written router in one form, paths of modules made absolute. */
export function inOneForm(written: WrittenRouter, folder: string): LayerRouter {
  const absolute = (name: string): string => (isModulePath(name) ? resolve(folder, name) : name);
  if (!isList(written)) {
    return written.name === undefined ? written : { ...written, name: absolute(written.name) };
  }
  const entries = written.map(({ layers, name, options = {} }): LayerEntry => {
    return { ...(layers !== undefined && { layers }), name: absolute(name), options };
  });
  const [main, ...others] = order(written).map((index) => entries[index]);
  return { ...main, byLayer: others.filter((entry) => entry !== undefined) };
}

/**
 * Where in a file a path below `router` stands: that of a list's main entry, or of another one, is written below its number.
 * @param path `["name"]`, `["byLayer", 0, "layers"]`
 */
export function writtenPath(written: WrittenRouter | undefined, path: Segments): Segments {
  const [first, second, ...rest] = path;
  if (written === undefined || !isList(written) || first === undefined) return path;
  const [main = 0, ...others] = order(written);
  if (first !== "byLayer") return [main, ...path];
  const index = typeof second === "number" ? others[second] : undefined;
  return index === undefined ? [] : [index, ...rest];
}

/** Indices of a list, the main entry first: the one without layers, or the last one where all have some. */
function order(list: readonly WrittenEntry[]): number[] {
  const without = list.findIndex(({ layers }) => layers === undefined);
  const main = without === -1 ? list.length - 1 : without;
  return [main, ...list.keys()].filter((index, at) => at === 0 || index !== main);
}

function isList(written: WrittenRouter): written is readonly WrittenEntry[] & WrittenRouter {
  return Array.isArray(written);
}

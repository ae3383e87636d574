import { dirname, resolve } from "node:path";
import type { Problem } from "../core/errors.ts";
import { contains, dotted, isPlainObject, valueAt, type PlainObject, type Segments } from "./paths.ts";
import type { WrittenDomain, WrittenSettings } from "./schema.ts";
import { ownSettings, type DataSettings, type OwnSettings, type Settings } from "./settings.ts";
import { filePath, type Source } from "./source.ts";

/** Settings written in one place (base, tier, flag, variant, grid value), and where each of them stands. */
export interface Layer {
  readonly values: WrittenSettings;
  /** `file:line:column` or the flag, when this very path is written here. */
  readonly place: (path: Segments, at?: "key" | "value") => string | undefined;
  /** How the place of a path is called in messages. */
  readonly label: (path: Segments) => string;
  /** Paths whose values were refused: what they should be is not known. */
  readonly unknown: readonly Segments[];
}

/** Settings of all layers together: as resolved ones, but the router's options and the domains are still as written. */
export interface MergedSettings extends Omit<OwnSettings, "data"> {
  readonly data: Omit<DataSettings, "domains"> & { readonly domains: readonly WrittenDomain[] };
}

/** Something wrong with resolved settings; the first path is the one to blame when none is written. */
export interface SettingProblem {
  readonly paths: readonly Segments[];
  readonly at?: "key" | "value";
  readonly message: string;
}

/**
 * A layer that stands in the experiment file below `root`, e.g. `["tiers", "quick"]`.
 * @param unknown places of the file whose values were refused.
 */
export function fileLayer(
  source: Source,
  root: Segments,
  values: WrittenSettings,
  unknown: readonly Segments[],
): Layer {
  return {
    values: withAbsolutePaths(values, dirname(resolve(source.file))),
    place: (path, at) => source.place([...root, ...path], at),
    label: (path) => filePath(source.value, [...root, ...path]),
    unknown: unknown
      .filter((refused) => contains(root, refused) || contains(refused, root))
      .map((refused) => refused.slice(root.length)),
  };
}

/** Whether a router's name is the path of a user's own module. */
export function isModulePath(name: string): boolean {
  return /\.m?[jt]s$|^\.{0,2}[/\\]/.test(name);
}

/** Relative paths (router modules, text files) made absolute. */
export function withAbsolutePaths(values: WrittenSettings, folder: string): WrittenSettings {
  const { router, data, parent } = values;
  const name = router?.name;
  const domains = data?.domains?.map((domain) => {
    const { files } = domain;
    return files === undefined ? domain : { ...domain, files: files.map((file) => resolve(folder, file)) };
  });
  return {
    ...values,
    ...(name !== undefined && isModulePath(name) && { router: { ...router, name: resolve(folder, name) } }),
    ...(domains !== undefined && { data: { ...data, domains } }),
    ...(parent && { parent: { ...parent, ...withAbsolutePaths(parent, folder) } }),
  };
}

/**
 * Puts layers over the defaults, the last one on top. Objects merge, everything else replaces; a new router name
 * drops the options below it. What is written of a parent is left out (parent.ts).
 */
export function mergeLayers(defaults: Settings, layers: readonly Layer[]): MergedSettings {
  let merged: PlainObject = { ...ownSettings(defaults) };
  for (const { values } of layers) {
    const name = values.router?.name;
    const renamed = name !== undefined && name !== valueAt(merged, ["router", "name"]);
    merged = merge(renamed ? { ...merged, router: { options: {} } } : merged, {
      ...values,
      parent: undefined,
    });
  }
  // Every layer has passed the schema and the defaults are complete.
  return merged as unknown as MergedSettings;
}

function merge(under: PlainObject, over: PlainObject): PlainObject {
  const result: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    if (value !== undefined)
      result[key] = isPlainObject(below) && isPlainObject(value) ? merge(below, value) : value;
  }
  return result;
}

/** Finds the layer and path nearest to a setting: the setting itself, else what encloses it; upper layers first. */
export function nearestPlace(
  layers: readonly Layer[],
  path: Segments,
  at: "key" | "value" = "value",
): { readonly where: string; readonly layer: Layer } | undefined {
  for (let length = path.length; length >= 0; length--) {
    for (const layer of layers.toReversed()) {
      const where = layer.place(path.slice(0, length), length === path.length ? at : "value");
      if (where !== undefined) return { where, layer };
    }
  }
  return undefined;
}

/** Whether what a setting should be is not known, because what was written for it was refused. */
export function isUnknown(layers: readonly Layer[], path: Segments): boolean {
  for (const layer of layers.toReversed()) {
    if (layer.unknown.some((refused) => contains(refused, path) || contains(path, refused))) return true;
    if (valueAt(layer.values, path) !== undefined) return false;
  }
  return false;
}

/**
 * Gives a problem its place: the topmost layer that writes one of its paths. Undefined when one of its settings
 * is unknown, since it may then not be true.
 */
export function placeProblem(layers: readonly Layer[], problem: SettingProblem): Problem | undefined {
  if (problem.paths.some((path) => isUnknown(layers, path))) return undefined;
  const rank = (path: Segments): number => layers.findLastIndex((layer) => layer.place(path) !== undefined);
  const [first = [], ...others] = problem.paths;
  const path = others.reduce<Segments>((best, other) => (rank(other) > rank(best) ? other : best), first);
  const found = nearestPlace(layers, path, problem.at);
  return {
    where: found?.where ?? "",
    path: found === undefined ? dotted(path) : found.layer.label(path),
    message: problem.message,
  };
}

import { dirname, resolve } from "node:path";
import type { Problem } from "../core/errors.ts";
import { contains, dotted, isPlainObject, valueAt, type PlainObject, type Segments } from "./paths.ts";
import { inOneForm, type LayerEntry, type LayerRouter, writtenPath } from "./by-layer/written.ts";
import type { WrittenDomain, WrittenSettings } from "./schema.ts";
import {
  ownSettings,
  type DataSettings,
  type OneRouter,
  type OwnSettings,
  type Settings,
} from "./settings.ts";
import { filePath, type Source } from "./source.ts";

type WithoutRouter<T> = Omit<T, "router" | "parent">;

/** Settings as written, but for the router, which is in one form, and for paths, which are absolute. */
export type LayerSettings = WithoutRouter<WrittenSettings> & {
  readonly router?: LayerRouter | undefined;
  readonly parent?:
    | (WithoutRouter<NonNullable<WrittenSettings["parent"]>> & {
        readonly router?: LayerRouter | undefined;
      })
    | null
    | undefined;
};

/** Settings written in one place (base, tier, flag, variant, grid value), and where each of them stands. */
export interface Layer {
  readonly values: LayerSettings;
  /** `file:line:column` or the flag, when this very path is written here. */
  readonly place: (path: Segments, at?: "key" | "value") => string | undefined;
  /** How the place of a path is called in messages. */
  readonly label: (path: Segments) => string;
  /** Paths whose values were refused: what they should be is not known. */
  readonly unknown: readonly Segments[];
}

/** Settings of all layers together: as resolved ones, but the router's options, its list and the domains are still as written. */
export interface MergedSettings extends Omit<OwnSettings, "data" | "router"> {
  readonly router: OneRouter & Pick<LayerRouter, "layers"> & { readonly byLayer?: readonly LayerEntry[] };
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
  const written = (path: Segments): Segments => [...root, ...pathAsWritten(values, path)];
  return {
    values: layerSettings(values, dirname(resolve(source.file))),
    place: (path, at) => source.place(written(path), at),
    label: (path) => filePath(source.value, written(path)),
    unknown: unknown
      .filter((refused) => contains(root, refused) || contains(refused, root))
      .map((refused) => wholeList(refused.slice(root.length))),
  };
}

/** Where a setting of a layer is written: routers by layer stand in a list of their own (by-layer/written.ts). */
export function pathAsWritten(values: WrittenSettings, path: Segments): Segments {
  const [section, ...rest] = path;
  if (section === "parent" && values.parent) return [section, ...pathAsWritten(values.parent, rest)];
  return section === "router" ? [section, ...writtenPath(values.router, rest)] : path;
}

/** A list of routers of which one is refused is unknown as a whole. */
function wholeList(refused: Segments): Segments {
  const at = refused.indexOf("router");
  const isEntry = (at === 0 || (at === 1 && refused[0] === "parent")) && typeof refused[at + 1] === "number";
  return isEntry ? refused.slice(0, at + 1) : refused;
}

/** What is written, in the form that layers have: a list of routers in one form, relative paths (router modules, text files) made absolute. */
export function layerSettings(values: WrittenSettings, folder: string): LayerSettings {
  const { data, parent, router, ...others } = values;
  const domains = data?.domains?.map((domain) => {
    const { files } = domain;
    return files === undefined ? domain : { ...domain, files: files.map((file) => resolve(folder, file)) };
  });
  return {
    ...others,
    ...(router !== undefined && { router: inOneForm(router, folder) }),
    ...(data !== undefined && { data: { ...data, ...(domains !== undefined && { domains }) } }),
    ...(parent !== undefined && { parent: parent && parentSettings(parent, folder) }),
  };
}

function parentSettings(
  { seed, keepRouter, noise, ...own }: NonNullable<WrittenSettings["parent"]>,
  folder: string,
): NonNullable<LayerSettings["parent"]> {
  const transfer = { seed, keepRouter, noise };
  return { ...transfer, ...ownSettings(layerSettings(own, folder)) };
}

/**
 * Puts layers over the defaults, the last one on top. Objects merge, everything else replaces; a router's name is that of all layers, a new
 * one drops the options below it, and a list drops all of it. What is written of a parent is left out (parent.ts).
 */
export function mergeLayers(defaults: Settings, layers: readonly Layer[]): MergedSettings {
  let merged: PlainObject = { ...ownSettings(defaults) };
  for (const { values } of layers) {
    merged = merge(
      {
        ...merged,
        router: routerBelow(merged["router"], values.router),
        objective: objectiveBelow(merged["objective"], values.objective),
      },
      {
        ...values,
        parent: undefined,
      },
    );
  }
  // Every layer has passed the schema and the defaults are complete.
  return merged as unknown as MergedSettings;
}

/** What stays of the router below another one. */
function routerBelow(under: unknown, over: LayerRouter | undefined): unknown {
  if (over?.name === undefined) return under;
  const isNew = over.byLayer !== undefined || over.name !== valueAt(under, ["name"]);
  return { options: isNew ? {} : valueAt(under, ["options"]) };
}

/** What stays of the objective below another one. */
function objectiveBelow(under: unknown, over: LayerSettings["objective"]): unknown {
  const isNew = over?.name !== undefined && over.name !== valueAt(under, ["name"]);
  return isNew ? { options: {} } : under;
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

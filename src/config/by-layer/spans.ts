import { canonicalJson } from "../../core/json.ts";
import type { Segments } from "../paths.ts";
import type { ModelSettings, OneRouter, RouterSettings } from "../settings.ts";
import { show } from "../suggest.ts";
import type { LayerEntry } from "./written.ts";

type Sizes = Pick<ModelSettings, "layers" | "denseLayers">;

/** Something wrong with a list; the first path is the one to blame. */
interface SpanProblem {
  readonly paths: readonly Segments[];
  readonly message: string;
}

/** A list's entries in the order of their settings: the main one, and the others. */
export interface RouterList {
  readonly main: Partial<Pick<LayerEntry, "layers">> & OneRouter;
  readonly byLayer: readonly LayerEntry[];
}

/** The router of a layer with experts, and its options. */
export function routerOfLayer({ byLayer = [], name, options }: RouterSettings, layer: number): OneRouter {
  const own = byLayer.find(({ layers }) => covers(layers, layer));
  return own === undefined ? { name, options } : { name: own.name, options: own.options };
}

/** Every router of some settings, each name once, the main one first. */
export function routerNames({ name, byLayer = [] }: Pick<RouterSettings, "name" | "byLayer">): string[] {
  return [...new Set([name, ...byLayer.map((own) => own.name)])];
}

/** A model's routers in words: `linear`, or `hash in layers 0-2, else linear`. */
export function routerWords({ name, byLayer = [] }: Pick<RouterSettings, "name" | "byLayer">): string {
  const others = byLayer.map(({ layers, name: own }) => {
    return `${own} in layer${layers.includes("-") ? "s" : ""} ${layers}`;
  });
  return others.length === 0 ? name : `${others.join(", ")}, else ${name}`;
}

/** A list in the one form that its settings have, whatever the order and the spans in which it was written. */
export function canonicalRouters(
  { main, byLayer }: RouterList,
  { layers, denseLayers }: Sizes,
): RouterSettings {
  const { name, options } = main;
  const spans: { first: number; last: number; readonly own: OneRouter }[] = [];
  for (let layer = denseLayers; layer < layers; layer++) {
    const found = byLayer.find((entry) => covers(entry.layers, layer));
    if (found === undefined || isSame(found, main)) continue;
    const below = spans.at(-1);
    if (below?.last === layer - 1 && isSame(below.own, found)) below.last = layer;
    else spans.push({ first: layer, last: layer, own: found });
  }
  const written = spans.map(({ first, last, own }) => ({
    layers: first === last ? `${first}` : `${first}-${last}`,
    ...{ name: own.name, options: own.options },
  }));
  return { name, options, ...(written.length > 0 && { byLayer: written }) };
}

/** What is wrong with the layers of a list, everything at once. */
export function spanProblems({ main, byLayer }: RouterList, sizes: Sizes): readonly SpanProblem[] {
  const at = (index: number, key = "layers"): (string | number)[] => ["router", "byLayer", index, key];
  const entries = [
    { ...main, path: ["router", "layers"], name: main.name },
    ...byLayer.map((entry, index) => ({ ...entry, path: at(index) })),
  ];
  const spans = entries.filter(({ layers }) => layers !== undefined);
  if (byLayer.length === 0 && main.layers === undefined) return [];
  const problems = byLayer.flatMap(({ layers, name }, index): SpanProblem[] => {
    if (layers !== undefined) return [];
    const message = `${show(main.name)} and ${show(name)} are both without "layers", but only one router can have all that are left; give one its layers`;
    return [{ paths: [at(index, "name")], message }];
  });
  problems.push(...spans.flatMap(({ layers = "", path }) => placeProblems(layers, path, sizes)));
  problems.push(
    ...spans.flatMap(({ layers = "", path }, index): SpanProblem[] => {
      const twice = spans.slice(0, index).find((other) => overlap(other.layers ?? "", layers) !== null);
      if (twice === undefined) return [];
      const layer = overlap(twice.layers ?? "", layers) ?? 0;
      const message = `layer ${layer} has the router ${show(twice.name)} already (${show(twice.layers)}); give it one`;
      return [{ paths: [path], message }];
    }),
  );
  return problems.length > 0 ? problems : restProblems({ main, byLayer }, sizes);
}

function placeProblems(
  layers: string,
  path: readonly (string | number)[],
  { layers: L, denseLayers }: Sizes,
): SpanProblem[] {
  const { first, last } = spanOf(layers);
  const problems: SpanProblem[] = [];
  if (first > last) {
    return [{ paths: [path], message: `${show(layers)} goes backwards; write ${show(`${last}-${first}`)}` }];
  }
  if (last >= L) {
    const message = `${show(layers)} goes beyond the last layer, ${L - 1}: there are ${L}, counted from 0`;
    problems.push({ paths: [path, ["model", "layers"]], message });
  }
  if (first < denseLayers) {
    const message = `${show(layers)} has dense layers, which have no router: model.denseLayers is ${denseLayers}, so the first with experts is layer ${denseLayers}`;
    problems.push({ paths: [path, ["model", "denseLayers"]], message });
  }
  return problems;
}

/** Layers without a router, and a router without a layer. */
function restProblems({ main, byLayer }: RouterList, { layers, denseLayers }: Sizes): SpanProblem[] {
  const spans = [...byLayer.map((entry) => entry.layers), main.layers];
  const left = Array.from(
    { length: Math.max(layers - denseLayers, 0) },
    (_, index) => denseLayers + index,
  ).filter((layer) => !spans.some((span) => covers(span, layer)));
  const sizes = [
    ["model", "layers"],
    ["model", "denseLayers"],
  ];
  if (main.layers === undefined && left.length === 0) {
    const message = `no layer is left for ${show(main.name)}, since the others have all ${layers - denseLayers} with experts; remove it, or take layers from them`;
    return [{ paths: [["router", "name"], ...sizes], message }];
  }
  if (main.layers !== undefined && left.length > 0) {
    const which = `layer${left.length > 1 ? "s" : ""} ${left.join(", ")}`;
    const message = `${which} of ${layers} would have no router; add one without "layers", which takes all that are left`;
    return [{ paths: [["router"], ...sizes], message }];
  }
  return [];
}

/** Both ends of a span, from 0. */
function spanOf(layers: string): { readonly first: number; readonly last: number } {
  const [first = Number.NaN, last = first] = layers.split("-").map(Number);
  return { first, last };
}

function covers(layers: string | undefined, layer: number): boolean {
  if (layers === undefined) return false;
  const { first, last } = spanOf(layers);
  return first <= layer && layer <= last;
}

/** The first layer of both; null where there is none. */
function overlap(one: string, other: string): number | null {
  const [a, b] = [spanOf(one), spanOf(other)];
  const first = Math.max(a.first, b.first);
  return first <= Math.min(a.last, b.last) ? first : null;
}

function isSame(one: OneRouter, other: OneRouter): boolean {
  return one.name === other.name && canonicalJson(one.options) === canonicalJson(other.options);
}

import type { Engine } from "../engine/types.ts";
import type { Named, Router, RouterOptions } from "../model/router.ts";
import type { BoundRouter } from "../model/bound-router.ts";
import { wrong, type Wrong } from "./finding.ts";
import { callLayer, layerFeeds, warmFeeds } from "./layer.ts";
import { permuteExperts } from "./numbers.ts";
import { LAYER_INPUTS } from "./route-program.ts";

/** Gates of order 1 in float32, after sums in another order. */
const GATE_TOLERANCE = 5e-6;

/** Of hidden states of order 1, weighted by gates. */
const OUTPUT_TOLERANCE = 1e-5;

/** Share of the tokens whose choice may hang on a tie. */
const MOST_TIED = 0.25;

/** Axes that are experts, of every parameter, state and noise: `parameters/weight` has [1]. */
export type ExpertAxes = ReadonlyMap<string, readonly number[]>;

/** Which axes count experts: those as long as E that grow with it, by what is declared for one expert more. */
export function expertAxes(router: Router, bound: BoundRouter, options: RouterOptions): ExpertAxes {
  const { sizes } = bound;
  const more = { ...sizes, E: sizes.E + 1 };
  const axes = new Map<string, readonly number[]>();
  for (const field of LAYER_INPUTS) {
    let grown: Named<{ readonly shape: readonly number[] }> = {};
    try {
      grown = router[field](more, options);
    } catch {
      // One that takes no such number of experts: by its length, then.
    }
    const own: Named<{ readonly shape: readonly number[] }> = bound[field];
    for (const [name, { shape }] of Object.entries(own)) {
      const found = shape.flatMap((extent, axis) => {
        const isGrown = (grown[name]?.shape[axis] ?? sizes.E + 1) === sizes.E + 1;
        return extent === sizes.E && isGrown ? [axis] : [];
      });
      if (found.length > 0) axes.set(`${field}/${name}`, found);
    }
  }
  return axes;
}

/** Renumbering the experts in parameters, state and noise must renumber the gates and change nothing else. */
export async function renumberingProblems(
  engine: Engine,
  router: BoundRouter,
  axes: ExpertAxes,
): Promise<Wrong[]> {
  const { E } = router.sizes;
  const order = Array.from({ length: E }, (_, e) => (e + 2) % E);
  const feeds = await warmFeeds(engine, router);
  const shapes = new Map<string, readonly number[]>(
    LAYER_INPUTS.flatMap((field) =>
      Object.entries(router[field]).map(([name, { shape }]) => [`${field}/${name}`, shape] as const),
    ),
  );
  const moved = Object.fromEntries(
    Object.entries(feeds).map(([name, values]) => [
      name,
      permuteExperts(values, shapes.get(name) ?? [], axes.get(name) ?? [], order),
    ]),
  );
  const problems: Wrong[] = [];
  for (const mode of ["train", "causal-eval"] as const) {
    const before = await callLayer(engine, router, mode, feeds);
    const after = await callLayer(engine, router, mode, moved);
    const wanted = before.gates.map((row) => order.map((from) => row[from] ?? NaN));
    const moves = before.found["output"]?.map((value, i) =>
      Math.abs(value - (after.found["output"]?.[i] ?? NaN)),
    );
    const output = Math.max(...(moves ?? [0]));
    if (!(output <= OUTPUT_TOLERANCE)) {
      const message =
        `gives another output (in ${mode}) with its experts renumbered: it moves by ${output.toPrecision(2)}; ` +
        "where experts are special, declare interchangeable: false";
      problems.push(wrong("output", message));
    }
    const largest = asymmetry(wanted, after.gates);
    if (largest === null) continue;
    problems.push(
      wrong(
        "route",
        `treats experts differently (in ${mode}): with its experts renumbered, gates differ by up to ${largest.toPrecision(2)}; ` +
          "where that is meant (groups, special experts, fixed tables), declare interchangeable: false",
      ),
    );
  }
  return problems;
}

/**
 * The largest difference of a gate that ties do not explain; null where there is none. Between equal scores the index decides, and a
 * saturated softmax makes some: then other experts get the same gates, for a few tokens.
 */
function asymmetry(
  wanted: readonly (readonly number[])[],
  found: readonly (readonly number[])[],
): number | null {
  const distances = wanted.map((row, s) => distance(row, found[s] ?? []));
  const sorted = wanted.map((row, s) => distance(ascending(row), ascending(found[s] ?? [])));
  const moved = distances.filter((one) => one > GATE_TOLERANCE).length;
  const isByTies = Math.max(...sorted) < GATE_TOLERANCE && moved <= MOST_TIED * wanted.length;
  return isByTies || moved === 0 ? null : Math.max(...distances);
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? NaN))));
}

function ascending(row: readonly number[]): number[] {
  return [...row].sort((a, b) => a - b);
}

/** Initial numbers with all experts alike, so that all scores are tied. */
export function tiedFeeds(router: BoundRouter, axes: ExpertAxes): ReturnType<typeof layerFeeds> {
  const { E } = router.sizes;
  const feeds = layerFeeds(router, 0);
  const first = new Array<number>(E).fill(0);
  return Object.fromEntries(
    Object.entries(feeds).map(([name, values]) => {
      const [field, own = ""] = name.split("/");
      const shape = field === "parameters" ? (router.parameters[own]?.shape ?? []) : [];
      return [
        name,
        permuteExperts(values, shape, field === "parameters" ? (axes.get(name) ?? []) : [], first),
      ];
    }),
  );
}

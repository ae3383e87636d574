import { streamOf } from "../core/streams.ts";
import type { Engine, HostArray, HostTensors } from "../engine/types.ts";
import type { BoundRouter } from "../model/bound-router.ts";
import type { RoutingMode } from "../model/router.ts";
import { wrong, type Wrong } from "./finding.ts";
import { MOST_LABELS, rowsOf } from "./numbers.ts";
import { callLayer, warmFeeds, type Layer } from "./layer.ts";

/** Of gates of order 1: another order of a sum moves them by less, another token by far more. */
const TOLERANCE = 1e-5;
const CUTS = 4;
const DRAWS = 3;

/**
 * Changes later tokens, and looks whether anything earlier is routed otherwise; then all tokens of another sequence. Declared causal, every
 * evaluation must pass, and training its first half unless `causalTraining` is false; otherwise `causal-eval` alone.
 */
export async function futureProblems(engine: Engine, router: BoundRouter): Promise<Wrong[]> {
  const { B, T } = router.sizes;
  const start = await warmFeeds(engine, router);
  for (const mode of modesOf(router)) {
    const before = await callLayer(engine, router, mode, start);
    const compare = async (kept: (b: number, t: number) => boolean, draw: number): Promise<string | null> =>
      difference(
        before,
        await callLayer(engine, router, mode, withOthers(start, router, kept, draw)),
        router,
        kept,
      );
    const future = await firstOf(cuts(T), (cut, draw) => compare((_, t) => t < cut, draw));
    // It sees it in the other modes too, then.
    if (future !== null) return [wrong("route", futureMessage(mode, future, router))];
    // Statistics of a batch are usual in training.
    if (mode === "train" || B < 2) continue;
    const others = await firstOf([0, B - 1], (b, draw) => compare((own) => own === b, draw));
    if (others !== null) return [wrong("route", othersMessage(mode, others))];
  }
  return [];
}

function modesOf({ causal, causalTraining }: BoundRouter): RoutingMode[] {
  return [
    ...(causal ? (["eval"] as const) : []),
    "causal-eval",
    ...(causalTraining ? (["train"] as const) : []),
  ];
}

/** Positions before which everything is kept. */
function cuts(T: number): number[] {
  const all = Array.from({ length: T - 1 }, (_, index) => index + 1);
  const step = Math.max(1, Math.floor(all.length / CUTS));
  return all.filter((_, index) => index % step === 0);
}

async function firstOf(
  items: readonly number[],
  compare: (item: number, draw: number) => Promise<string | null>,
): Promise<string | null> {
  for (let draw = 1; draw <= DRAWS; draw++) {
    for (const item of items) {
      const found = await compare(item, draw);
      if (found !== null) return found;
    }
  }
  return null;
}

/** Other tokens, and larger hidden states and numbers of the layer below, wherever they are not kept. */
function withOthers(
  feeds: HostTensors,
  { sizes: { B, T, D, V }, carry }: BoundRouter,
  kept: (b: number, t: number) => boolean,
  draw: number,
): HostTensors {
  const stream = streamOf(draw, "router-check", "future");
  const [x, tokens] = [feeds["x"]?.slice(), feeds["tokens"]?.slice()] as [HostArray, HostArray];
  const labels = feeds["labels"]?.slice();
  const carried = Object.keys(carry).map(
    (name) => [`carry/${name}`, feeds[`carry/${name}`]?.slice()] as const,
  );
  for (let s = 0; s < B * T; s++) {
    if (kept(Math.floor(s / T), s % T)) continue;
    tokens[s] = ((tokens[s] ?? 0) + 1 + stream.integer(V - 1)) % V;
    if (labels !== undefined) labels[s] = stream.integer(MOST_LABELS);
    for (let d = 0; d < D; d++) x[s * D + d] = 2 * stream.normal();
    for (const [, values] of carried) {
      const width = (values?.length ?? 0) / (B * T);
      values?.subarray(s * width, (s + 1) * width).forEach((_, i, own) => (own[i] = 2 * stream.normal()));
    }
  }
  const own = Object.fromEntries(carried.filter(([, values]) => values !== undefined)) as HostTensors;
  return { ...feeds, x, tokens, ...(labels !== undefined && { labels }), ...own };
}

/** The first gate of a kept token that has changed, or the first number of what the router gives out itself, in words. */
export function difference(
  before: Layer,
  after: Layer,
  { sizes: { B, T, D }, carry }: BoundRouter,
  kept: (b: number, t: number) => boolean,
): string | null {
  const first = (
    rows: (layer: Layer) => readonly (readonly number[])[],
    words: (at: number) => string,
  ): string | null => {
    const changed = rows(after);
    for (const [s, row] of rows(before).entries()) {
      if (!kept(Math.floor(s / T), s % T)) continue;
      const at = row.findIndex((value, index) => isMoved(value, changed[s]?.[index] ?? NaN));
      if (at < 0) continue;
      const [old, fresh] = [row[at] ?? NaN, changed[s]?.[at] ?? NaN].map((value) => value.toPrecision(6));
      return `${words(at)} for position ${s % T} goes from ${old} to ${fresh}`;
    }
    return null;
  };
  return (
    first(
      ({ gates }) => gates,
      (e) => `the gate of expert ${e}`,
    ) ??
    first(
      ({ found }) => rowsOf(found["output"] ?? [], D),
      (d) => `number ${d} of output`,
    ) ??
    Object.keys(carry)
      .map((name) => first(rowsOfCarry(name, B * T), (at) => `number ${at} of carry.${name}`))
      .find((moved) => moved !== null) ??
    null
  );
}

/** What is handed on, token by token. */
function rowsOfCarry(name: string, S: number): (layer: Layer) => number[][] {
  return ({ found }) => {
    const values = found[`carry/${name}`] ?? [];
    return rowsOf(values, values.length / S);
  };
}

function isMoved(value: number, other: number): boolean {
  return !Object.is(value, other) && !(Math.abs(value - other) <= TOLERANCE * (1 + Math.abs(value)));
}

function futureMessage(mode: RoutingMode, found: string, { causal }: BoundRouter): string {
  const saw = `sees the future (in ${mode}): with other tokens behind it, ${found}`;
  if (!causal) return `${saw}; causal-eval mode may use the past and the state alone`;
  if (mode === "train") {
    return `${saw}; route a token by itself and those before it, or declare causalTraining: false if evaluation does not`;
  }
  return `${saw}, though causal is true; route a token by itself and those before it, or declare causal: false`;
}

function othersMessage(mode: RoutingMode, found: string): string {
  return (
    `sees other sequences (in ${mode}): with other tokens in another sequence of the batch, ${found}; ` +
    `statistics of the batch are for train mode, and go into state for evaluation`
  );
}

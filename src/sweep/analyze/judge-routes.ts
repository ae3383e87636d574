import { rowsOf } from "../../analysis/routing/counts.ts";
import { matchExperts } from "../../analysis/routing/match-experts.ts";
import type { Measure } from "../../analysis/routing/measures.ts";
import type { TokenRegret } from "../../analysis/routing/paired-tokens.ts";
import {
  allRoutes,
  drawnRoute,
  regretMeasures,
  tokenRegret,
  type TokenRoutes,
} from "../../analysis/routing/regret.ts";
import { shuffle } from "../../core/shuffle.ts";
import { streamOf, type Stream } from "../../core/streams.ts";
import type { EvaluationBatch } from "../../data/types.ts";
import type { Executable, HostArray } from "../../engine/types.ts";
import { NAMES } from "../../model/programs.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { Decisions, LayerDecisions } from "../../records/decisions.ts";
import type { Decided } from "../../train/decide.ts";
import { evaluationFeeds } from "../../train/feeds.ts";
import { DRAWN_ROUTES, LOWER_POSITIONS, MOST_ROUTES } from "./regret-price.ts";
import { spread } from "./spread.ts";

/** A trained model that can be sent on other routes. */
export interface RoutableModel {
  readonly spec: ModelSpec;
  readonly seed: number;
  /** Of `routesProgram`. */
  readonly executable: Executable;
  readonly inputs: Readonly<Record<string, HostArray>>;
  readonly batches: readonly EvaluationBatch[];
  /** What it decides by itself on these batches. */
  readonly own: Decided;
}

/**
 * Whether the routes were good ones. In the last layer a token's route changes its own prediction alone, so that all tokens of a batch take each
 * route at once; in lower layers one token of a sequence at a time does, at a sample of positions.
 * @param batches how many of the model's batches are looked at in the last layer.
 */
export async function regretOfModel(
  model: RoutableModel,
  batches: number,
): Promise<{ readonly measures: readonly Measure[]; readonly tokens: readonly TokenRegret[] }> {
  const { layers } = model.own.decisions;
  const measures: Measure[] = [];
  const regrets: TokenRegret[] = [];
  for (const [place, { layer }] of layers.entries()) {
    const stream = streamOf(0, "routing-analysis", "routes", layer);
    const tokens =
      place === layers.length - 1
        ? await lastLayer(model, spread(model.batches.length, batches), stream)
        : await lowerLayer(model, place, stream);
    measures.push(...regretMeasures(layer, tokens));
    regrets.push(...tokens.map((one) => ({ layer, token: one.token, ...tokenRegret(one) })));
  }
  return { measures, tokens: regrets };
}

/** A token with its losses. */
type JudgedToken = TokenRoutes & { readonly token: number };

/** Every route for every token of some batches. */
async function lastLayer(
  model: RoutableModel,
  indices: readonly number[],
  stream: Stream,
): Promise<JudgedToken[]> {
  const { B, T } = model.spec.sizes;
  const all = Array.from({ length: B * T }, (_, s) => s);
  const place = model.own.decisions.layers.length - 1;
  const tokens: JudgedToken[] = [];
  for (const index of indices) tokens.push(...(await judged(model, { index, place, at: all }, stream)));
  return tokens;
}

/** Every route for one token a sequence, at some positions. */
async function lowerLayer(model: RoutableModel, place: number, stream: Stream): Promise<JudgedToken[]> {
  const { B, T } = model.spec.sizes;
  const tokens: JudgedToken[] = [];
  for (const index of spread(model.batches.length, LOWER_POSITIONS)) {
    const position = stream.integer(T);
    const at = Array.from({ length: B }, (_, b) => b * T + position);
    tokens.push(...(await judged(model, { index, place, at }, stream)));
  }
  return tokens;
}

/**
 * Some tokens of a batch, all at once on one route after another: all routes, or half of the draws evenly and half, for each token its own, by the router's
 * probabilities.
 */
async function judged(
  model: RoutableModel,
  where: { readonly index: number; readonly place: number; readonly at: readonly number[] },
  stream: Stream,
): Promise<JudgedToken[]> {
  const { own, spec } = model;
  const { B, T, E, K } = spec.sizes;
  const [start, sizes] = [where.index * B * T, { E, K }];
  const routes = allRoutes(E, K, MOST_ROUTES);
  const probs = own.probs[where.place] ?? null;
  const evenly = probs === null ? DRAWN_ROUTES : DRAWN_ROUTES / 2;
  // Streams of their own, so that models are asked about the same positions on the same even draws.
  const evenStream = stream.fork(`even/${where.index}`);
  const likelyStream = stream.fork(`likely/${where.index}`);
  const even = routes ?? Array.from({ length: evenly }, () => drawnRoute(sizes, () => 0, evenStream));
  const losses: HostArray[] = [];
  for (const route of even) losses.push(await lossesOn(model, where, () => route));
  const likely: HostArray[] = [];
  for (let draw = evenly; routes === null && draw < DRAWN_ROUTES; draw++) {
    const logit = (s: number) => (e: number) => Math.log(probs?.[(start + s) * E + e] ?? 0);
    likely.push(await lossesOn(model, where, (s) => drawnRoute(sizes, logit(s), likelyStream)));
  }
  return where.at.map((s) => {
    const token = start + s;
    const layer = own.decisions.layers[where.place];
    const chosen = layer === undefined ? [] : [...layer.expert.subarray(...rowsOf(layer.first, token))];
    const mine = even.findIndex(
      (route) => route.length === chosen.length && route.every((e) => chosen.includes(e)),
    );
    const ownNats = own.lossNats[token] ?? 0;
    return {
      token,
      domain: own.decisions.domains[own.decisions.domain[token] ?? 0] ?? "",
      confidence: own.confidence[token] ?? 0,
      // Where it is one of the routes it is scored as they are.
      chosenNats: losses[mine]?.[s] ?? ownNats,
      routesNats: losses.map((one) => one[s] ?? 0),
      ...(routes === null && { likelyNats: likely.map((one) => one[s] ?? 0) }),
    };
  });
}

/** Losses of one batch's tokens where some of them have other experts in a layer. */
async function lossesOn(
  model: RoutableModel,
  where: { readonly index: number; readonly place: number; readonly at: readonly number[] },
  routeOf: (s: number) => readonly number[],
): Promise<HostArray> {
  const { B, T, K } = model.spec.sizes;
  const S = B * T;
  const routes = new Int32Array(model.own.decisions.layers.length * S * K).fill(-1);
  for (const s of where.at) routes.set(routeOf(s), (where.place * S + s) * K);
  return runRoutes(model, where.index, routes);
}

async function runRoutes(
  { spec, seed, executable, inputs, batches }: RoutableModel,
  index: number,
  routes: Int32Array,
): Promise<HostArray> {
  const batch = batches[index];
  if (batch === undefined) throw new Error(`there is no batch ${index}`);
  const outputs = await executable.run({
    ...inputs,
    ...evaluationFeeds(spec, batch, seed, index),
    [NAMES.routes]: routes,
  });
  return outputs[NAMES.tokenLoss] ?? new Float32Array(0);
}

/**
 * Route replay: the model on the routes that another seed's model took on the same tokens, experts matched by the tokens that both were given. The
 * more the loss rises, the more experts depend on their own router. Chance: the same routes dealt out anew among the tokens.
 */
export async function replayOfModel(model: RoutableModel, other: Decisions): Promise<Measure[]> {
  const { own } = model;
  const { E } = model.spec.sizes;
  const matched = own.decisions.layers.map((layer, place) => {
    const theirs = other.layers[place];
    return theirs === undefined ? layer : renamed(theirs, matchExperts(togetherIn(layer, theirs, E), E));
  });
  const tokens = own.lossNats.length;
  const order = Uint32Array.from({ length: tokens }, (_, t) => t);
  const mine = meanOf(own.lossNats);
  const replayed = (await meanLossOn(model, matched, order)) - mine;
  shuffle(order, streamOf(0, "routing-analysis", "replay"));
  const dealt = (await meanLossOn(model, matched, order)) - mine;
  const layer = own.decisions.layers.at(-1)?.layer ?? 0;
  return [{ layer, domain: "all", measure: "replay_loss_increase", value: replayed, chance: dealt }];
}

/** [E, E], tokens that an expert of the one and one of the other were given. */
function togetherIn(mine: LayerDecisions, theirs: LayerDecisions, E: number): Float64Array {
  const together = new Float64Array(E * E);
  for (let t = 0; t + 1 < mine.first.length; t++) {
    for (const i of mine.expert.subarray(...rowsOf(mine.first, t))) {
      for (const j of theirs.expert.subarray(...rowsOf(theirs.first, t))) {
        together[i * E + j] = (together[i * E + j] ?? 0) + 1;
      }
    }
  }
  return together;
}

function renamed(layer: LayerDecisions, match: Int32Array): LayerDecisions {
  return { ...layer, expert: layer.expert.map((expert) => match[expert] ?? expert) };
}

/** Mean loss where every token takes the experts that some layers give the token in its place in an order. */
async function meanLossOn(
  model: RoutableModel,
  layers: readonly LayerDecisions[],
  order: Uint32Array,
): Promise<number> {
  const { B, T, K } = model.spec.sizes;
  const S = B * T;
  let sum = 0;
  for (const index of model.batches.keys()) {
    const routes = new Int32Array(layers.length * S * K);
    layers.forEach(({ first, expert }, place) => {
      for (let s = 0; s < S; s++) {
        const start = first[order[index * S + s] ?? 0] ?? 0;
        for (let k = 0; k < K; k++) routes[(place * S + s) * K + k] = expert[start + k] ?? 0;
      }
    });
    sum += meanOf(await runRoutes(model, index, routes));
  }
  return sum / model.batches.length;
}

function meanOf(values: HostArray): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

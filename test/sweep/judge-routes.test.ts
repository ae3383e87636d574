/** Regret and replay of a tiny model against an explicit loop over tokens and routes. */
import { beforeAll, expect, it } from "vitest";
import { regretMeasures } from "../../src/analysis/routing/regret.ts";
import { evaluationBatches } from "../../src/data/batches.ts";
import { decisionProgram, NAMES, routesProgram } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { regretOfModel, replayOfModel, type RoutableModel } from "../../src/sweep/analyze/judge-routes.ts";
import { decide, inputsOf } from "../../src/train/decide.ts";
import { evaluationFeeds } from "../../src/train/feeds.ts";
import { createModelMemory } from "../../src/train/model-memory.ts";
import { compiled } from "../support/engines.ts";
import { tinyCorpus } from "../support/tiny-corpus.ts";
import { tinySettings } from "../support/tiny.ts";

const corpus = tinyCorpus({ ones: 0.5, twos: 0.5 });
const spec = modelSpec(tinySettings({ router: { name: "linear" } }), linear, corpus.vocabulary);
const [S, T, K] = [12, 6, 2];
const ROUTES = [
  [0, 1],
  [0, 2],
  [0, 3],
  [1, 2],
  [1, 3],
  [2, 3],
];

async function modelOf(seed: number): Promise<RoutableModel> {
  const batches = evaluationBatches(corpus, spec.settings.data, "validation", 2 * S);
  const inputs = inputsOf(spec, createModelMemory(compiled, spec, { seed }).weights(0));
  const decisions = await compiled.compile(decisionProgram(spec, "eval"));
  const own = await decide(decisions, { spec, seed, corpus }, batches, inputs);
  await decisions.dispose();
  return { spec, seed, executable: await compiled.compile(routesProgram(spec)), inputs, batches, own };
}

let model: RoutableModel;
beforeAll(async () => {
  model = await modelOf(3);
});

/** The loss of one token that alone takes a route in a layer. */
async function lossOf(batch: number, s: number, place: number, route: readonly number[]): Promise<number> {
  const routes = new Int32Array(2 * S * K).fill(-1);
  route.forEach((expert, k) => (routes[(place * S + s) * K + k] = expert));
  const feeds = evaluationFeeds(spec, model.batches[batch]!, model.seed, batch);
  const outputs = await model.executable.run({ ...model.inputs, ...feeds, [NAMES.routes]: routes });
  return outputs[NAMES.tokenLoss]![s]!;
}

it("of the last layer is that of each token by itself on each route", async () => {
  const { decisions, confidence } = model.own;
  const tokens = [];
  for (let token = 0; token < 2 * S; token++) {
    const routesNats: number[] = [];
    for (const route of ROUTES) routesNats.push(await lossOf(Math.floor(token / S), token % S, 1, route));
    const chosen = [...decisions.layers[1]!.expert.slice(2 * token, 2 * token + 2)].sort();
    const chosenNats = routesNats[ROUTES.findIndex((route) => route.join() === chosen.join())]!;
    // The chosen route is what the model does by itself.
    expect(chosenNats).toBeCloseTo(model.own.lossNats[token]!, 5);
    const domain = decisions.domains[decisions.domain[token]!]!;
    tokens.push({ domain, confidence: confidence[token]!, chosenNats, routesNats });
  }
  const expected = regretMeasures(1, tokens);
  const found = (await regretOfModel(model, 2)).measures.filter(({ layer }) => layer === 1);
  expect(found.map(({ measure, domain }) => [measure, domain])).toEqual(
    expected.map(({ measure, domain }) => [measure, domain]),
  );
  found.forEach(({ value }, i) => expect(value).toBeCloseTo(expected[i]!.value, 5));
  // An untrained router is no better than chance by much, and never better than the best.
  const standing = found.find(
    ({ measure, domain }) => measure === "route_standing" && domain === "all",
  )!.value;
  expect(standing).toBeLessThan(1);
});

it("of a lower layer takes one token a sequence, whose routes change later layers' choices as they will", async () => {
  const found = (await regretOfModel(model, 2)).measures.filter(
    ({ layer, domain }) => layer === 0 && domain === "all",
  );
  const best = found.find(({ measure }) => measure === "regret_to_best")!.value;
  // Two batches of two sequences, at one position each: one of the 6 x 6 pairs of positions gives this number.
  const regrets: number[][] = [];
  for (const batch of [0, 1]) {
    const ofPositions: number[] = [];
    for (let position = 0; position < T; position++) {
      let sum = 0;
      for (const s of [position, T + position]) {
        const losses: number[] = [];
        for (const route of ROUTES) losses.push(await lossOf(batch, s, 0, route));
        sum += model.own.lossNats[batch * S + s]! - Math.min(...losses);
      }
      ofPositions.push(sum);
    }
    regrets.push(ofPositions);
  }
  const sums = regrets[0]!.flatMap((a) => regrets[1]!.map((b) => (a + b) / 4));
  expect(Math.min(...sums.map((sum) => Math.abs(sum - best)))).toBeLessThan(1e-5);
});

it("draws routes where there are too many: evenly, and by the router's probabilities", async () => {
  // 924 routes of 6 of 12 experts.
  const many = modelSpec(
    tinySettings({ router: { name: "linear" }, model: { experts: 12, topK: 6 } }),
    linear,
    corpus.vocabulary,
  );
  const batches = evaluationBatches(corpus, many.settings.data, "validation", S);
  const inputs = inputsOf(many, createModelMemory(compiled, many, { seed: 3 }).weights(0));
  const decisions = await compiled.compile(decisionProgram(many, "eval"));
  const asked = { spec: many, seed: 3, corpus, keepsProbs: true };
  const own = await decide(decisions, asked, batches, inputs);
  // Probabilities of each token, that name its experts.
  const [probs, layer] = [own.probs[0]!, own.decisions.layers[0]!];
  for (let t = 0; t < S; t++) {
    const row = [...probs.subarray(12 * t, 12 * t + 12)];
    expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    const best = row.map((p, e) => [p, e] as const).sort((a, b) => b[0] - a[0]);
    expect(best.slice(0, 6).map(([, e]) => e)).toEqual([...layer.expert.subarray(6 * t, 6 * t + 6)]);
  }
  const executable = await compiled.compile(routesProgram(many));
  const model12 = { spec: many, seed: 3, executable, inputs, batches, own };
  const drawn = await regretOfModel(model12, 1);
  const last = drawn.tokens.filter(({ layer: one }) => one === 1);
  expect(last).toHaveLength(S);
  expect(Math.min(...last.map(({ toBest }) => toBest))).toBeGreaterThanOrEqual(0);
  // Without probabilities all draws are even, twice as many: another estimate of the same mean.
  const without = await regretOfModel({ ...model12, own: { ...own, probs: [null, null] } }, 1);
  const mean = (tokens: readonly (typeof last)[number][]): number =>
    tokens.filter(({ layer: one }) => one === 1).reduce((sum, { toMean }) => sum + toMean, 0) / S;
  expect(Math.abs(mean(drawn.tokens) - mean(without.tokens))).toBeLessThan(0.1);
  expect((await regretOfModel(model12, 1)).tokens).toEqual(drawn.tokens);
});

it("replay of a model's own routes changes nothing; of renumbered experts neither", async () => {
  const [own] = await replayOfModel(model, model.own.decisions);
  expect(own!.value).toBeCloseTo(0, 6);
  const renumbered = {
    ...model.own.decisions,
    layers: model.own.decisions.layers.map((layer) => ({ ...layer, expert: layer.expert.map((e) => 3 - e) })),
  };
  const [found] = await replayOfModel(model, renumbered);
  expect(found!.value).toBeCloseTo(0, 6);
  const other = await modelOf(4);
  const [replayed] = await replayOfModel(model, other.own.decisions);
  expect(Math.abs(replayed!.value)).toBeGreaterThan(1e-4);
});

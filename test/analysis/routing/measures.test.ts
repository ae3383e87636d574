/** Every formula by hand, on few tokens. */
import { describe, expect, it } from "vitest";
import { balanceLosses } from "../../../src/analysis/routing/balance-loss.ts";
import { coActivation, expertPairs } from "../../../src/analysis/routing/co-activation.ts";
import { countsOf, pooled } from "../../../src/analysis/routing/counts.ts";
import {
  domainInformation,
  domainInformationOfCounts,
  mutualInformationNats,
} from "../../../src/analysis/routing/domain-information.ts";
import { flowsBetween } from "../../../src/analysis/routing/flow.ts";
import { gateMeasures } from "../../../src/analysis/routing/gates.ts";
import { loadMeasures } from "../../../src/analysis/routing/load.ts";
import { MEASURE_UNITS, measuresOfDecisions } from "../../../src/analysis/routing/measures.ts";
import { overSeeds } from "../../../src/analysis/routing/over-seeds.ts";
import { agreement } from "../../../src/analysis/routing/saturation.ts";
import { countIds, tokenOrders, vocabularySpecialisation } from "../../../src/analysis/routing/vocabulary.ts";
import { streamOf } from "../../../src/core/streams.ts";
import type { Decisions, LayerCounts, LayerDecisions } from "../../../src/records/decisions.ts";

/** A layer of tokens' experts, the largest gate first. */
function layerOf(tokens: readonly (readonly number[])[], more: Partial<LayerDecisions> = {}): LayerDecisions {
  const first = Uint32Array.of(0, ...tokens.map((_, t) => tokens.slice(0, t + 1).flat().length));
  const none = { gate: null, entropyNats: null, margin: null, meanProbs: null };
  return { layer: 0, first, expert: Uint16Array.from(tokens.flat()), ...none, ...more };
}

function decisionsOf(
  layers: readonly LayerDecisions[],
  domain: readonly number[],
  more: Partial<Decisions> = {},
): Decisions {
  const domains = ["a", "b"];
  return { experts: 4, domains, domain: Uint16Array.from(domain), sequence: null, ids: {}, layers, ...more };
}

describe("load", () => {
  it("of counts 6, 2, 0, 0 for 4 tokens", () => {
    const found = loadMeasures([6, 2, 0, 0], 4)!;
    // Mean 2; deviations 4, 0, -2, -2, squares 24 / 4 = 6.
    expect(found.variation).toBeCloseTo(Math.sqrt(6) / 2, 12);
    // Shares 3/4 and 1/4: (ln 4 - 3/4 ln 3) / ln 4.
    expect(found.entropyShare).toBeCloseTo(1 - (0.75 * Math.log(3)) / Math.log(4), 12);
    expect(found.maxViolation).toBe(2); // 6 / 2 - 1
    // |differences| over ordered pairs: 2 (4 + 6 + 6 + 2 + 2 + 0) = 40; by 2 * 4 * 8.
    expect(found.gini).toBeCloseTo(40 / 64, 12);
    expect(found.deadExperts).toBe(2);
    expect([found.largestTokenShare, found.smallestTokenShare]).toEqual([1.5, 0]);
  });
  it("even is 0 and 1, and nothing assigned is no load", () => {
    expect(loadMeasures([3, 3], 6)).toMatchObject({ variation: 0, maxViolation: 0, gini: 0, deadExperts: 0 });
    expect(loadMeasures([3, 3], 6)!.entropyShare).toBeCloseTo(1, 12);
    expect(loadMeasures([0, 0], 6)).toBeNull();
  });
  it("counts by domain, and of all", () => {
    const counts = countsOf(decisionsOf([], [0, 1, 1]), layerOf([[0, 1], [1, 2], [1]]));
    expect(counts.domains.map(({ tokens, assigned }) => [tokens, [...Array.from(assigned)]])).toEqual([
      [1, [1, 1, 0, 0]],
      [2, [0, 2, 1, 0]],
    ]);
    expect(Array.from(pooled(counts).assigned)).toEqual([1, 3, 1, 0]);
  });
});

describe("co-activation", () => {
  it("counts all three pairs of three experts, whatever their ranks", () => {
    const pairs = expertPairs(coActivation(layerOf([[2, 0, 1]]), 3));
    expect(pairs.map(({ expert, other, tokens }) => [expert, other, tokens])).toEqual([
      ...[
        [0, 1, 1],
        [0, 2, 1],
        [1, 0, 1],
        [1, 2, 1],
        [2, 0, 1],
        [2, 1, 1],
      ],
    ]);
  });
  it("is not symmetric, and its lift is 1 where others come in proportion to their load", () => {
    // N = 3, 2, 1 of experts 0, 1, 2: expert 0 is with 1 twice and with 2 once.
    const pairs = expertPairs(
      coActivation(
        layerOf([
          [0, 1],
          [0, 1],
          [2, 0],
        ]),
        3,
      ),
    );
    const at = (i: number, j: number) => pairs.find(({ expert, other }) => expert === i && other === j)!;
    expect(at(0, 1).share).toBeCloseTo(2 / 3, 12);
    expect(at(1, 0).share).toBe(1);
    // The other experts of 0's tokens are 3 assignments, in proportion 2 : 1.
    expect([at(0, 1).lift, at(0, 2).lift]).toEqual([1, 1]);
    // Expert 1's two companions would be 0 in 3 of 4 cases: 1 / (3/4).
    expect(at(1, 0).lift).toBeCloseTo(4 / 3, 12);
    expect(at(1, 2).lift).toBe(0);
  });
  it("of every pair once is (k - 1) / (E - 1) with lift 1", () => {
    const all = [
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 3],
    ];
    for (const { share, lift } of expertPairs(coActivation(layerOf(all), 4))) {
      expect(share).toBeCloseTo(1 / 3, 12);
      expect(lift).toBeCloseTo(1, 12);
    }
  });
});

describe("domain specialisation", () => {
  it("is the entropy of the domains where an expert gives them away, 0 where experts are alike", () => {
    expect(
      mutualInformationNats([
        [5, 0],
        [0, 5],
      ]),
    ).toBeCloseTo(Math.log(2), 12);
    expect(
      mutualInformationNats([
        [5, 10],
        [1, 2],
      ]),
    ).toBeCloseTo(0, 12);
    // p = 3/8 on the diagonal, 1/8 off it, marginals 1/2: 3/4 ln(3/2) + 1/4 ln(1/2).
    expect(
      mutualInformationNats([
        [3, 1],
        [1, 3],
      ]),
    ).toBeCloseTo(0.75 * Math.log(1.5) - 0.25 * Math.log(2), 12);
  });
  it("corrected by permutation is about 0 by chance, where the plain estimate is not", () => {
    const stream = streamOf(5, "chance");
    const tokens = Array.from({ length: 400 }, () => [stream.integer(4)]);
    const decisions = decisionsOf(
      [layerOf(tokens)],
      tokens.map((_, t) => t % 2),
    );
    const found = domainInformation(decisions, decisions.layers[0]!, { shuffles: 200, stream })!;
    // (D - 1)(E - 1) / 2N = 3 / 800, the bias of the plug-in estimate.
    expect(found.chanceNats).toBeGreaterThan(0.003);
    expect(found.chanceNats).toBeLessThan(0.0045);
    expect(Math.abs(found.corrected)).toBeLessThan(0.01);
    const formula = domainInformationOfCounts(countsOf(decisions, decisions.layers[0]!))!;
    expect(formula.chanceNats).toBeCloseTo(3 / 800, 12);
    expect(formula.nats).toBe(found.nats);
  });
  it("deals domains out among sequences: with two of them, nothing is known", () => {
    const decisions = decisionsOf([layerOf([[0], [0], [1], [1]])], [0, 0, 1, 1], {
      sequence: Uint32Array.of(0, 0, 1, 1),
    });
    const options = { shuffles: 10, stream: streamOf(1) };
    const found = domainInformation(decisions, decisions.layers[0]!, options)!;
    // Either order of two sequences tells as much: chance is all of it.
    expect(found.nats).toBeCloseTo(Math.log(2), 12);
    expect(found.chanceNats).toBeCloseTo(Math.log(2), 12);
  });
  it("k experts a token, all different, have less chance: none at all at k = E", () => {
    const layer = {
      layer: 0,
      domains: [0, 1].map((d) => ({ domain: `${d}`, tokens: 10, assigned: [10, 10] })),
    };
    expect(domainInformationOfCounts(layer)).toMatchObject({ chanceNats: 0 });
  });
});

describe("vocabulary specialisation", () => {
  it("weighs ids by their occurrences, and leaves rare ones out", () => {
    // Id 7 four times: experts 0 0 0 1; id 8 twice: 2 3; id 9 once.
    const ids = countIds(Int32Array.of(7, 7, 7, 7, 8, 8, 9), 2);
    const layer = layerOf([[0], [0], [0], [1], [2], [3], [0]]);
    const orders = tokenOrders(7, 0, streamOf(1));
    const found = vocabularySpecialisation(ids, [layer], 4, orders)[0]!.all;
    expect(found.share).toBeCloseTo((3 + 1) / 6, 12); // not (3/4 + 1/2 + 1) / 3
    expect(found.coverage).toBeCloseTo(6 / 7, 12);
    expect(found.ids).toBe(2);
    expect(vocabularySpecialisation(countIds(Int32Array.of(1, 2), 2), [layer], 4, orders)).toEqual([]);
  });
  it("of the first expert alone, or of all; chance is what dealing out anew gives", () => {
    const ids = countIds(Int32Array.of(1, 1, 2, 2), 2);
    const layer = layerOf([
      [0, 3],
      [1, 3],
      [2, 3],
      [2, 3],
    ]);
    const [own] = tokenOrders(4, 0, streamOf(1));
    // Dealt out as 0 2 | 1 2 id 1 has experts 0 and 2, id 2 1 and 2: half each.
    const orders = [own!, Uint32Array.of(0, 2, 1, 3)];
    // Five layers are walked through in two goes; this one is the last.
    const layers = [...Array.from({ length: 4 }, () => layerOf([[1], [1], [], [1]])), layer];
    const { top1, all } = vocabularySpecialisation(ids, layers, 4, orders).at(-1)!;
    expect([top1.share, top1.chance]).toEqual([3 / 4, 2 / 4]);
    expect(all.share).toBe(1); // expert 3
  });
});

it("flow between layers pairs all ranks, and is relative to chance", () => {
  const [lower, upper] = [layerOf([[0, 1], [0], [1]]), layerOf([[2], [2], [3]])];
  const flows = flowsBetween(lower, upper, 4);
  const at = (i: number, j: number) => flows.find(({ from, to }) => from === i && to === j)!;
  expect(at(0, 2)).toMatchObject({ tokens: 2, share: 1 });
  expect(at(0, 2).lift).toBeCloseTo((2 * 3) / (2 * 2), 12);
  expect(at(1, 3)).toMatchObject({ tokens: 1, share: 0.5 });
  expect(at(0, 3)).toMatchObject({ tokens: 0, lift: 0 });
  expect(flows).toHaveLength(4); // experts that were never chosen are in none
});

describe("saturation", () => {
  it("of a layer with itself is 1; of part of the experts, that part", () => {
    const end = layerOf([
      [0, 1],
      [2, 3],
    ]);
    expect(agreement(end, end, 4)).toMatchObject({ top1: { share: 1 }, topK: { share: 1 } });
    const found = agreement(
      layerOf([
        [1, 2],
        [2, 3],
      ]),
      end,
      4,
    );
    expect(found.top1.share).toBe(0.5); // 1 is not 0, 2 is
    expect(found.topK.share).toBe((1 / 2 + 1) / 2);
    expect(found.topK.chanceEven).toBe(2 / 4); // k / E
    // Of A, expert 1 has 1/2 of the tokens, 2 all, 3 1/2: (0 + 1/2) / 2 for the first token, (1 + 1/2) / 2 for the second.
    expect(found.topK.chanceAtLoad).toBeCloseTo((0.25 + 0.75) / 2, 12);
    expect(found.top1.chanceAtLoad).toBeCloseTo((0 + 0.5) / 2, 12);
  });
  it("tokens without experts at the end say nothing; without experts before, no", () => {
    const found = agreement(layerOf([[0], [], [1]]), layerOf([[0], [1], []]), 2);
    expect(found.topK.share).toBe(1 / 2);
  });
  it("of independent routers is near k / E", () => {
    const stream = streamOf(2, "independent");
    const pick = (): number[] => {
      const a = stream.integer(8);
      return [a, (a + 1 + stream.integer(7)) % 8];
    };
    const layers = [0, 1].map(() => layerOf(Array.from({ length: 4000 }, pick)));
    const { topK } = agreement(layers[0]!, layers[1]!, 8);
    expect(topK.share).toBeCloseTo(2 / 8, 1.5);
    expect(topK.chanceAtLoad).toBeCloseTo(2 / 8, 2);
  });
});

describe("balance loss", () => {
  const counts = (a: readonly number[], b: readonly number[]): LayerCounts => ({
    layer: 0,
    domains: [
      { domain: "a", tokens: 4, assigned: a },
      { domain: "b", tokens: 12, assigned: b },
    ],
  });
  it("of two experts, by domain and of all", () => {
    const found = balanceLosses(counts([3, 1], [6, 6]), [
      Float64Array.of(0.6, 0.4),
      Float64Array.of(0.8, 0.2),
    ]);
    // a: 2 (3/4 0.6 + 1/4 0.4) = 1.1; b: even load, 1; all: f = 9/16, 7/16 and P = (4 0.6 + 12 0.8) / 16 = 0.75, 0.25: 2 (9/16 3/4 + 7/16 1/4).
    expect(found.map(({ domain }) => domain)).toEqual(["a", "b", "all"]);
    [1.1, 1, 1.0625].forEach((value, at) => expect(found[at]!.value).toBeCloseTo(value, 12));
  });
  it("is silent without probabilities, and of a domain without tokens", () => {
    expect(balanceLosses(counts([3, 1], [6, 6]), null)).toEqual([]);
    const none = { layer: 0, domains: [{ domain: "a", tokens: 0, assigned: [0, 0] }] };
    expect(balanceLosses(none, [Float64Array.of(NaN, NaN)])).toEqual([]);
  });
});

it("gates by rank, entropy and margin", () => {
  const layer = layerOf([[0, 1], [1]], {
    gate: Float32Array.of(0.75, 0.25, 0.5),
    entropyNats: Float32Array.of(Math.log(4), 0),
    margin: Float32Array.of(0.5, 0.25),
  });
  const found = gateMeasures(layer, 4);
  expect(found.byRank).toEqual([0.625, 0.25]); // the second token has one expert
  expect(found.entropyShare).toBeCloseTo(0.5, 6);
  expect(found.margin).toEqual({ mean: 0.375, tenth: 0.25, ninetieth: 0.5 });
});

it("all measures have units, and are the same each time", () => {
  const layers = [0, 1].map((layer) =>
    layerOf(
      Array.from({ length: 24 }, (_, t) => [(t * (layer + 1)) % 4]),
      { layer },
    ),
  );
  const ids = { input: Int32Array.from({ length: 24 }, (_, t) => t % 2) };
  const decisions = decisionsOf(
    layers,
    Array.from({ length: 24 }, (_, t) => Math.floor(t / 12)),
    { ids },
  );
  const rows = measuresOfDecisions(decisions);
  expect(rows.filter(({ measure }) => MEASURE_UNITS[measure] === undefined)).toEqual([]);
  expect(rows.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
  expect(measuresOfDecisions(decisions)).toEqual(rows);
  // Token t goes to expert t mod 4, its id is t mod 2: two experts an id, each half the time.
  expect(rows.find(({ measure, layer }) => measure === "vocabulary_input_top1" && layer === 0)!.value).toBe(
    0.5,
  );
  expect(rows.find(({ measure, layer }) => measure === "vocabulary_input_top1" && layer === 1)!.value).toBe(
    1,
  );
});

it("means over seeds come with their t-interval", () => {
  const row = {
    variant: "v",
    step: 1,
    trained: 1,
    layer: 0,
    domain: "all",
    measure: "load_cv",
    chance: null,
  };
  const [found] = overSeeds([1, 2, 3].map((value, seed) => ({ ...row, seed, value })));
  expect(found).toMatchObject({ value: 2, seeds: 3, chance: null });
  expect(found!.halfWidth).toBeCloseTo((4.302652729911275 * 1) / Math.sqrt(3), 9); // t(0.975, 2), sd 1
  expect(overSeeds([{ ...row, seed: 1, value: 1 }])[0]!.halfWidth).toBeNull();
});

/** OLMoE's official counts (test/fixtures/routing/olmoe_counts.py) against the numbers that were worked out of them before, and the paper's chance levels. */
import { expect, it } from "vitest";
import { coActivation, expertPairs } from "../../../src/analysis/routing/co-activation.ts";
import { loadMeasures } from "../../../src/analysis/routing/load.ts";
import { measuresOfCounts } from "../../../src/analysis/routing/measures.ts";
import { readCounts } from "../../../src/store/routing-files/read-counts.ts";

const read = (name: string) => readCounts(`test/fixtures/routing/${name}-counts.json`);

/** Largest and smallest share of a domain's tokens in percent, and entropy by ln E, of layers 0, 7 and 15. */
const PRINTED = {
  olmoe: {
    GitHub: ["62.6 2.09 0.961", "77.0 0.16 0.851", "56.4 0.09 0.853"],
    arXiv: ["97.7 2.62 0.943", "78.5 0.63 0.866", "93.7 0.01 0.864"],
    Wikipedia: ["77.2 2.13 0.939", "84.8 0.80 0.913", "58.1 0.45 0.829"],
    Books: ["45.4 0.58 0.966", "50.7 1.37 0.930", "36.6 0.36 0.926"],
    C4: ["37.7 3.75 0.990", "33.2 2.50 0.982", "31.2 2.38 0.968"],
  },
  mixtral: {
    GitHub: ["32.4 22.88 0.997", "31.1 21.05 0.996", "33.2 18.47 0.992"],
    arXiv: ["31.7 21.26 0.996", "28.3 21.17 0.998", "29.3 12.23 0.985"],
    Wikipedia: ["27.8 21.31 0.998", "28.1 22.81 0.999", "29.7 15.30 0.993"],
    Books: ["29.6 18.42 0.996", "27.4 21.07 0.998", "32.4 10.07 0.982"],
    C4: ["28.0 20.41 0.998", "26.9 23.71 1.000", "28.1 15.56 0.994"],
  },
} as const;

it.each(["olmoe", "mixtral"] as const)("%s: shares and entropies of every domain and layer", (model) => {
  const found = read(model).layers.map(({ domains }) =>
    domains.map(({ domain, tokens, assigned }) => {
      const { largestTokenShare, smallestTokenShare, entropyShare } = loadMeasures(assigned, tokens)!;
      const text = `${(100 * largestTokenShare).toFixed(1)} ${(100 * smallestTokenShare).toFixed(2)} ${entropyShare.toFixed(3)}`;
      return [domain, text];
    }),
  );
  const printed: Readonly<Record<string, readonly string[]>> = PRINTED[model];
  Object.entries(printed).forEach(([domain, texts], place) => {
    expect(found.map((layer) => layer[place])).toEqual(texts.map((text) => [domain, text]));
  });
});

it("chance levels of the paper: 12.5 % of a domain's tokens, 11.1 % of co-activation", () => {
  const rows = measuresOfCounts(read("olmoe").layers[0]!);
  const share = rows.find(({ measure, domain }) => measure === "largest_token_share" && domain === "GitHub")!;
  expect(share.chance).toBe(0.125);
  // k = 2 of E = 10 by turns, every pair once: 1 / 9, as 7 / 63.
  const pairs = Array.from({ length: 10 }, (_, i) => Array.from({ length: i }, (__, j) => [i, j])).flat();
  const first = Uint32Array.from({ length: pairs.length + 1 }, (_, t) => 2 * t);
  const layer = {
    layer: 0,
    first,
    expert: Uint16Array.from(pairs.flat()),
    gate: null,
    entropyNats: null,
    margin: null,
    meanProbs: null,
  };
  expect(expertPairs(coActivation(layer, 10))[0]!.share).toBeCloseTo(0.111, 3);
});

it("corrected for chance OLMoE's experts tell far more of the domain than Mixtral's, in every layer", () => {
  const of = (model: string): number[] =>
    read(model).layers.map(
      (layer) => measuresOfCounts(layer).find(({ measure }) => measure === "domain_specialisation")!.value,
    );
  const [olmoe, mixtral] = [of("olmoe"), of("mixtral")];
  olmoe.forEach((value, place) => expect(value).toBeGreaterThan(10 * mixtral[place]!));
});

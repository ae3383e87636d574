import { describe, expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { labelInformation, type RoutedBatch } from "../../src/train/label-information.ts";

/** Batches of one token each, in one layer: who took it, and its label. */
const batchesOf = (
  tokens: readonly (readonly [experts: readonly number[], label: number])[],
): RoutedBatch[] =>
  tokens.map(([experts, label]) => ({
    chosen: [0, 1, 2, 3].map((expert) => (experts.includes(expert) ? 1 : 0)),
    labels: Int32Array.of(label),
  }));
const shape = { layers: 1, experts: 4 };
const found = (batches: readonly RoutedBatch[]): ReturnType<typeof labelInformation> =>
  labelInformation(batches, shape, streamOf(1, "shuffle"));

describe("information of experts on labels", () => {
  it("is the labels' whole entropy where each label has experts of its own", () => {
    const { labelNats, informationNats } = found(
      batchesOf([[[0, 1], 0], [[0, 1], 0], [[2, 3], 5], [[2, 3], 5]]), // prettier-ignore
    );
    expect(labelNats).toBeCloseTo(Math.LN2, 12);
    expect(informationNats).toBeCloseTo(Math.LN2, 12);
  });

  it("is zero where every label has all experts alike", () => {
    expect(found(batchesOf([[[0], 0], [[1], 0], [[0], 1], [[1], 1]])).informationNats).toBeCloseTo(0, 12); // prettier-ignore
  });

  it("is by hand what p ln(p / (q r)) says", () => {
    // Pairs (expert, label): (0,0) twice, (0,1), (1,1). p 1/2, 1/4, 1/4; experts 3/4, 1/4; labels 1/2, 1/2.
    const byHand =
      0.5 * Math.log(0.5 / 0.375) + 0.25 * Math.log(0.25 / 0.375) + 0.25 * Math.log(0.25 / 0.125);
    expect(found(batchesOf([[[0], 0], [[0], 0], [[0], 1], [[1], 1]])).informationNats).toBeCloseTo(byHand, 12); // prettier-ignore
  });

  it("is a mean over layers", () => {
    // Layer 0 tells the label, layer 1 nothing.
    const batch = { chosen: [1, 0, 0, 1, /**/ 1, 0, 1, 0], labels: Int32Array.of(0, 1) };
    const { informationNats } = labelInformation([batch], { layers: 2, experts: 2 }, streamOf(1, "x"));
    expect(informationNats).toBeCloseTo(Math.LN2 / 2, 12);
  });

  it("of chance is above zero, by about (experts - 1)(labels - 1) / (2 n)", () => {
    const stream = streamOf(3, "tokens");
    const tokens = Array.from({ length: 3000 }, () => [[stream.integer(4)], stream.integer(4)] as const);
    const { informationNats, shuffledInformationNats } = found(batchesOf(tokens));
    // 9 / 6000 = 0.0015; the spread of one such number is sqrt(2 * 9) / 6000 = 0.0007 (chi-squared).
    expect(shuffledInformationNats).toBeGreaterThan(0.0008);
    expect(shuffledInformationNats).toBeLessThan(0.0022);
    expect(Math.abs(informationNats - shuffledInformationNats)).toBeLessThan(0.003);
  });
});

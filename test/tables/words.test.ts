import { describe, expect, it } from "vitest";
import { compare } from "../../src/analysis/comparison.ts";
import { oneLook } from "../../src/analysis/looks.ts";
import { streamOf } from "../../src/core/streams.ts";
import { sensitivityLine } from "../../src/tables/words.ts";

/** A control with these differences from a baseline of 2 at every seed. */
const control = (...differences: number[]) =>
  compare(
    differences.map((difference, seed) => ({ seed, variant: 2 + difference, baseline: 2 })),
    { margin: 0.003, looks: oneLook(), differences: "%" },
    streamOf(0),
  )!;
const smallestEffectShare = { least: 0.0061, most: 0.0061 };

describe("sensitivity line", () => {
  it("both controls clearly worse", () => {
    const line = sensitivityLine({
      dense: control(0.1, 0.1, 0.1),
      floor: control(0.02, 0.02),
      smallestEffectShare,
    });
    expect(line).toBe(
      "Sensitivity: MoE beats dense by 5.00 % [5.00, 5.00], learned routing beats frozen random routing by 1.00 % [1.00, 1.00]; with these seeds, effects under 0.61 % can't be seen (80 % power).",
    );
  });
  it("the wrong way round is said as it is", () => {
    const line = sensitivityLine({
      dense: control(-0.1, -0.1),
      floor: control(0.02, -0.01),
      smallestEffectShare,
    });
    expect(line).toContain("MoE loses to dense by 5.00 % [5.00, 5.00]");
    expect(line).toContain("learned routing and frozen random routing can't be told apart (+0.25 % [");
    expect(line).toContain("+ is for learned routing)");
  });
  it("one seed, unfinished, absent", () => {
    expect(sensitivityLine({ dense: control(0.1), floor: "unfinished", smallestEffectShare: null })).toBe(
      "Sensitivity: MoE beats dense by 5.00 % (one seed, no interval), no finished pair of the frozen random control yet; one seed shows no effect of any size: more seeds are needed.",
    );
    expect(sensitivityLine({ dense: "absent", floor: "absent", smallestEffectShare })).toContain(
      "without controls",
    );
    expect(sensitivityLine({ dense: "absent", floor: control(0.02, 0.02), smallestEffectShare })).toContain(
      "without a dense control",
    );
  });
});

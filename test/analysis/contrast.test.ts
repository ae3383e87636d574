/** When a regime agrees with what is published (docs/validity.md). Shares; + is worse. */
import { expect, it } from "vitest";
import { agreementOf, scoreOf, sizeOf, type Published } from "../../src/analysis/calibration.ts";

const MARGIN = 0.003;
const worse: Published = { gate: "effect", least: 0.02, most: 0.05 };
const better: Published = { gate: "effect", least: -0.05, most: -0.02 };
const none: Published = { gate: "no effect", least: 0, most: 0.005 };
const ours = (low: number, high: number) => ({ mean: (low + high) / 2, low, high });

it.each([
  // The published direction, whatever the size: 2 to 5 % published.
  ["in the range", 0.03, 0.04, "agreed"],
  ["smaller, but there", 0.001, 0.009, "agreed"],
  ["larger", 0.1, 0.2, "agreed"],
  // There, but all of it within the margin: no effect as large as one that counts.
  ["within the margin", 0.0005, 0.0025, "disagreed"],
  ["the opposite", -0.04, -0.01, "disagreed"],
  ["none: short of the margin", -0.01, 0.002, "disagreed"],
  ["reaches the margin and zero", -0.01, 0.004, "undecided"],
  ["touches zero", 0, 0.04, "undecided"],
  ["at the margin", -0.001, 0.003, "undecided"],
] as const)("an effect, %s: %s", (_, low, high, answer) => {
  expect(agreementOf(worse, ours(low, high), MARGIN)).toBe(answer);
  // The same in the mirror.
  expect(agreementOf(better, ours(0 - high, 0 - low), MARGIN)).toBe(answer);
});

it.each([
  [-0.01, 0.01, "agreed"],
  [0.004, 0.009, "agreed"],
  [-0.002, 0.0101, "undecided"],
  [0.009, 0.02, "undecided"],
  [0.011, 0.02, "disagreed"],
  [-0.03, -0.011, "disagreed"],
] as const)("no effect, from %d to %d: %s", (low, high, answer) => {
  expect(agreementOf(none, ours(low, high), MARGIN)).toBe(answer);
});

it("one pair or none decides nothing, and contested contrasts are not scored", () => {
  expect(agreementOf(worse, { mean: 0.03, low: null, high: null }, MARGIN)).toBe("undecided");
  expect(agreementOf(none, null, MARGIN)).toBe("undecided");
  const contested: Published = { gate: "contested", least: -0.01, most: 0.03 };
  expect(agreementOf(contested, ours(0.01, 0.02), MARGIN)).toBeNull();
  expect(() => agreementOf({ ...contested, gate: "effect" }, ours(0.01, 0.02), MARGIN)).toThrow(
    "no direction",
  );
});

it("the size stands beside the published range, which the whole interval must miss", () => {
  const sizes = (published: Published, sign: 1 | -1) =>
    [
      [0.001, 0.019],
      [0.001, 0.021],
      [0.03, 0.04],
      [0.049, 0.2],
      [0.06, 0.2],
    ].map(([low = 0, high = 0]) => sizeOf(published, sign === 1 ? ours(low, high) : ours(0 - high, 0 - low)));
  const expected = ["smaller", "as large", "as large", "as large", "larger"];
  expect(sizes(worse, 1)).toEqual(expected);
  expect(sizes(better, -1)).toEqual(expected);
  expect(sizeOf(none, ours(0, 0.01))).toBeNull();
  expect(sizeOf(worse, null)).toBeNull();
});

it("the score counts gates, not contested contrasts", () => {
  expect(scoreOf(["agreed", "disagreed", null, "undecided", "agreed", null])).toEqual({
    ...{ agreed: 2, disagreed: 1, undecided: 1, gates: 4 },
  });
});

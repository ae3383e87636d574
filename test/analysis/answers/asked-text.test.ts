import { expect, it } from "vitest";
import {
  askedOverSeeds,
  askedRows,
  type AskedOutcome,
  type AskedRow,
} from "../../../src/analysis/answers/asked-text.ts";
import { shareInterval } from "../../../src/analysis/answers/share-interval.ts";

const needle = (length: number, depth: number, whole: boolean, said: boolean): AskedOutcome => ({
  ...{ kind: "needle", domain: null, length, depth, whole, perByte: whole, said },
});
const cloze = (domain: string, whole: boolean, perByte: boolean): AskedOutcome => ({
  ...{ kind: "cloze", domain, length: null, depth: null, whole, perByte, said: null },
});
const of = { variant: "linear", seed: 1, step: 10, trained: 640 };

it("counts right answers in every cell, over the depths of a length, over domains, and over all", () => {
  const outcomes = [
    ...[needle(64, 0, true, true), needle(64, 50, false, false), needle(64, 50, true, false)],
    ...[needle(128, 0, false, true), cloze("code", true, false), cloze("prose", false, true)],
  ];
  const rows = askedRows(of, outcomes, 1 / 4, (places) => places.join());
  const shown = rows.map(({ kind, domain, length, depth, asked, whole, perByte, said, questions }) =>
    [kind, domain, length, depth, asked, whole, perByte, said, questions].join(" "),
  );
  expect(shown.sort()).toEqual(
    [
      "needle  64 0 1 1 1 1 0",
      "needle  64 50 2 1 1 0 1,2",
      "needle  128 0 1 0 0 1 3",
      "needle  64  3 2 2 1 0,1,2",
      "needle  128  1 0 0 1 3",
      "needle    4 2 2 2 0,1,2,3",
      "cloze code   1 1 0  4",
      "cloze prose   1 0 1  5",
      "cloze    2 1 1  4,5",
    ].sort(),
  );
  expect(rows.every((row) => row.variant === "linear" && row.seed === 1 && row.chance === 0.25)).toBe(true);
});

/** Of 100 questions; `said` of a cloze is not asked. */
const row = (variant: string, seed: number, whole: number, more: Partial<AskedRow> = {}): AskedRow => ({
  ...{ variant, seed, step: 10, trained: 640, kind: "cloze", domain: null, length: null, depth: null },
  ...{ asked: 100, whole, perByte: whole, said: null, chance: 1 / 4, questions: "q" },
  ...more,
});
const baselineOf = (): string => "linear";

it("means over seeds with their t-interval, and differences at the same seed on the same questions", () => {
  const rows = [
    ...[row("linear", 1, 40), row("linear", 2, 44), row("linear", 3, 48)],
    ...[row("other", 1, 43), row("other", 2, 45), row("other", 3, 53)],
  ];
  const [linear, other] = askedOverSeeds(rows, baselineOf).filter(({ measure }) => measure === "whole");
  expect([linear!.share.mean, linear!.share.n, linear!.asked]).toEqual([0.44, 3, 100]);
  // sd 0.04; t of 2 degrees of freedom at 97.5 %: 4.302653; half width 4.302653 x 0.04 / sqrt 3.
  expect(linear!.share.high! - 0.44).toBeCloseTo((4.302653 * 0.04) / Math.sqrt(3), 6);
  expect([linear!.difference, linear!.chance]).toEqual([null, 0.25]);
  // 3, 1 and 5 points: mean 3, sd 2, t = 3 / (2 / sqrt 3).
  expect(other!.difference!.mean).toBeCloseTo(0.03, 12);
  expect(other!.difference!.t).toBeCloseTo((3 * Math.sqrt(3)) / 2, 9);
});

it("of one seed the interval is that of its questions; nothing is compared with other questions, or the start with the end", () => {
  const [only] = askedOverSeeds([row("linear", 1, 40)], baselineOf);
  const { low, high } = shareInterval(40, 100, 0.05);
  expect(only!.share).toEqual({ n: 1, mean: 0.4, sd: null, low, high });
  const rows = [
    ...[row("linear", 1, 40), row("linear", 2, 44)],
    ...[row("longer", 1, 41, { questions: "others" }), row("longer", 2, 45, { questions: "others" })],
    ...[row("began", 1, 41, { step: 0 }), row("began", 2, 45, { step: 0 })],
  ];
  expect(askedOverSeeds(rows, baselineOf).map(({ difference }) => difference)).toEqual(
    Array.from({ length: 6 }, () => null),
  );
});

it("what is said by itself has no chance, and stands where it was asked", () => {
  const needles = [1, 2].map((seed) =>
    row("linear", seed, 50, { kind: "needle", said: 10 * seed, length: 64 }),
  );
  const found = askedOverSeeds(needles, baselineOf);
  expect(found.map(({ measure, share, chance }) => [measure, share.mean, chance])).toEqual([
    ["whole", 0.5, 0.25],
    ["perByte", 0.5, 0.25],
    ["said", expect.closeTo(0.15, 12) as number, null],
  ]);
});

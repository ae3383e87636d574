import { describe, expect, it } from "vitest";
import type { Experiment } from "../../src/config/settings.ts";
import { takeLook } from "../../src/analysis/look-plan.ts";
import {
  lookByHand,
  lookWarning,
  openLooks,
  planUntilDecided,
  recordWith,
  refuseOtherLooks,
  seedsToShow,
  type LookHistory,
} from "../../src/sweep/looks.ts";
import type { RunRequest } from "../../src/sweep/run-flags.ts";
import type { PlannedRun } from "../../src/exec/plan.ts";
import { writeLooks } from "../../src/store/looks.ts";
import { temporaryFolder } from "../support/folder.ts";
import { planOf, settingsOf } from "../support/runs.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const settings = settingsOf();
const variant = (name: string) => ({ name, label: name, varies: [], settings });
function experimentOf(seeds: readonly number[]): Experiment {
  return {
    ...{ name: "e", title: "E", paper: "", tier: "", seeds, baseline: "a", metric: "m", margin: 0.01 },
    ...{ controls: { floor: null, dense: null }, variants: [variant("a"), variant("b")] },
  };
}
const plan = planOf();
const RUN: PlannedRun = {
  ...{ variant: "a", seed: 1, runId: "id", runName: "name", plan, known: null, parent: null },
  spec: { settings, routerFiles: {}, parent: null },
};
/** What is known of a folder after procedures were written to it one after the other. */
function bookOf(seeds: readonly number[], folder = temporaryFolder()): LookHistory {
  return openLooks(folder, RUN, seeds);
}
/** A folder where looks at so many seeds were taken by hand, one after the other. */
function folderAfter(...counts: readonly number[]): string {
  const folder = temporaryFolder();
  for (const count of counts) {
    const book = bookOf(upTo(count), folder);
    const procedure = lookByHand(book, experimentOf(upTo(count)), upTo(count), null);
    if (procedure !== null) writeLooks(folder, recordWith(book, procedure));
  }
  return folder;
}
const REQUEST = { looks: null, maxSeeds: null };

describe("looks by hand", () => {
  it("the first has all of the false-positive rate, and is recorded once however often it is repeated", () => {
    const book = bookOf(upTo(8), folderAfter(8, 8, 8));
    expect(book.record.procedures).toHaveLength(1);
    expect(book.procedure).toMatchObject({ taken: 1, looks: [{ level: 0.05 }] });
    expect(lookWarning(book, upTo(8), upTo(8))).toBeNull();
  });
  it("the second has nothing to pay with, which is said before it is trained", () => {
    const folder = folderAfter(8);
    expect(lookWarning(bookOf(upTo(12), folder), upTo(12), upTo(12))).toMatch(
      /^1 look at these seeds was planned and taken, which used the 5 % .* --first-seed 13 starts anew/,
    );
    const book = bookOf(upTo(12), folderAfter(8, 12));
    expect(book.procedure!.looks.map(({ level }) => level)).toEqual([0.05, null]);
  });
  it("with --looks it is the first of so many", () => {
    const procedure = lookByHand(bookOf(upTo(8)), experimentOf(upTo(8)), upTo(8), 3)!;
    expect(procedure).toMatchObject({ taken: 1 });
    expect(procedure.looks.map(({ seeds }) => seeds.length)).toEqual([8, 16, 24]);
    expect(procedure.looks[0]!.level).toBeCloseTo(0.05 / 3, 12);
  });
  it("one seed, or no variant but the baseline, is no look: there is no verdict", () => {
    expect(bookOf([1], folderAfter(1)).procedure).toBeNull();
    const alone = { ...experimentOf(upTo(8)), variants: [variant("a")] };
    expect(lookByHand(bookOf(upTo(8)), alone, upTo(8), null)).toBeNull();
  });
  it("seeds that were looked at stay in the table", () => {
    const book = bookOf(upTo(4), folderAfter(8));
    expect(seedsToShow(book, upTo(4))).toEqual(upTo(8));
    expect(lookWarning(book, upTo(4), upTo(8))).toBe(
      "4 seeds more have been looked at before, so the table has all 8",
    );
    expect(seedsToShow(bookOf([8, 9], folderAfter(8)), [8, 9])).toEqual(upTo(9));
  });
  it("other seeds are another procedure, with its own rate", () => {
    const folder = folderAfter(8);
    const book = bookOf([9, 10], folder);
    expect(book.procedure).toBeNull();
    const record = recordWith(book, lookByHand(book, experimentOf([9, 10]), [9, 10], null)!);
    expect(record).toMatchObject({ current: 1, procedures: [{ taken: 1 }, { taken: 1 }] });
    writeLooks(folder, record);
    expect(bookOf(upTo(8), folder).procedure).toEqual(record.procedures[0]);
    expect(bookOf(upTo(8), folder).freeSeed).toBe(11);
  });
  it("the plan can't be changed after the first look", () => {
    const book = bookOf(upTo(8), folderAfter(8));
    expect(() => refuseOtherLooks(book, { looks: 4 })).toThrow(
      "--looks 4: 1 look at these seeds was planned before the first was taken",
    );
    expect(() => refuseOtherLooks(book, { looks: 1 })).not.toThrow();
  });
});

describe("the plan of --until-decided", () => {
  const sizes = (book: LookHistory, request: Pick<RunRequest, "looks" | "maxSeeds">): number[] =>
    planUntilDecided(book, experimentOf(upTo(8)), request).looks.map(({ seeds }) => seeds.length);
  it("is four looks, each with as many seeds more as the file asks for; or even steps to --max-seeds", () => {
    expect(sizes(bookOf(upTo(8)), REQUEST)).toEqual([8, 16, 24, 32]);
    expect(sizes(bookOf(upTo(8)), { looks: 3, maxSeeds: 12 })).toEqual([4, 8, 12]);
  });
  it("is the recorded one, also for other seeds in the file, and refuses what differs", () => {
    const folder = temporaryFolder();
    const made = planUntilDecided(bookOf(upTo(8)), experimentOf(upTo(8)), { looks: 2, maxSeeds: 12 });
    writeLooks(folder, { format: 1, current: 0, procedures: [takeLook(made, upTo(6))] });
    const book = bookOf(upTo(8), folder);
    expect(sizes(book, REQUEST)).toEqual([6, 12]);
    expect(sizes(book, { looks: 2, maxSeeds: 9 })).toEqual([6, 12]);
    expect(() => planUntilDecided(book, experimentOf(upTo(8)), { looks: 3, maxSeeds: 40 })).toThrow(
      /--looks 3: 2 looks .*\n--max-seeds 40: the plan made before the first look ends at 12 seeds; .* --first-seed 13/,
    );
  });
  it("may be made anew while nobody has looked", () => {
    const folder = temporaryFolder();
    const made = planUntilDecided(bookOf(upTo(8)), experimentOf(upTo(8)), REQUEST);
    writeLooks(folder, { format: 1, current: 0, procedures: [made] });
    const book = bookOf(upTo(8), folder);
    expect(planUntilDecided(book, experimentOf(upTo(8)), REQUEST)).toBe(book.procedure);
    const other = planUntilDecided(book, experimentOf(upTo(8)), { looks: 2, maxSeeds: null });
    expect(recordWith(book, other).procedures).toEqual([other]);
  });
  it("needs two seeds more at each look", () => {
    expect(() => sizes(bookOf(upTo(8)), { looks: 4, maxSeeds: 7 })).toThrow(
      "--max-seeds 7: 4 looks need at least 8 seeds, 2 more at each",
    );
    expect(() => sizes(bookOf(upTo(8)), { looks: null, maxSeeds: 1001 })).toThrow("at most 1000");
  });
});

import { expect, test } from "vitest";
import { runClock, timeBudget } from "../../src/exec/time-budget.ts";

const MINUTE = 60_000;

test("a run is started when one like those before would end in time", () => {
  let now = 1000;
  const budget = timeBudget(10, 1000, () => now);
  expect(budget.hasTimeFor(null)).toBe(true);
  expect(budget.hasTimeFor(600)).toBe(true); // to the millisecond
  expect(budget.hasTimeFor(600.1)).toBe(false);
  now += 9 * MINUTE;
  expect([59, 61].map((seconds) => budget.hasTimeFor(seconds))).toEqual([true, false]);
  now += 2 * MINUTE;
  // Nothing is known of runs, but the time is over.
  expect(budget.hasTimeFor(null)).toBe(false);
});

test("without minutes there is always time", () => {
  expect(timeBudget(null, 0, () => 1e12).hasTimeFor(1e9)).toBe(true);
});

test("the mean of finished runs, each from its own start", () => {
  let now = 0;
  const clock = runClock(() => now);
  expect(clock.meanSeconds()).toBeNull();
  clock.started("a");
  now = 2000;
  clock.started("b");
  now = 5000;
  clock.finished("a"); // 5 s
  now = 9000;
  clock.finished("b"); // 7 s
  clock.finished("never started");
  expect(clock.meanSeconds()).toBe(6);
});

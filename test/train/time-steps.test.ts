import { expect, it } from "vitest";
import { shippedRouters } from "../../src/routers/index.ts";
import { timeSteps } from "../../src/train/time-steps.ts";
import { eager } from "../support/engines.ts";
import { tinyCorpus } from "../support/tiny-corpus.ts";
import { tinySettings } from "../support/tiny.ts";

const corpus = tinyCorpus({ ones: 1 });
const jobs = ["linear", "hash"].map((name) => ({
  settings: tinySettings({ router: { name }, model: { layers: 1 } }),
  seed: 1,
  router: shippedRouters.get(name)!,
  corpus,
  engine: eager,
  parent: null,
}));

it("gives the seconds of every job's steps, as many rounds as asked for", async () => {
  const seconds = await timeSteps(jobs, { rounds: 3, maxSeconds: 1e9 });
  expect(seconds.map((row) => row.length)).toEqual([3, 3]);
  for (const second of seconds.flat()) {
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThan(60);
  }
});

it("does one round even when the time is up", async () => {
  expect((await timeSteps(jobs, { rounds: 3, maxSeconds: 0 })).map((row) => row.length)).toEqual([1, 1]);
});

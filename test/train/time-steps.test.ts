import { expect, it } from "vitest";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { timeSteps } from "../../src/train/time-steps.ts";
import { eager } from "../support/engines.ts";
import { tinyCorpus } from "../support/tiny-corpus.ts";
import { TINY_V, tinySettings } from "../support/tiny.ts";

const corpus = tinyCorpus({ ones: 1 });
const jobs = [
  { name: "linear", options: {} },
  { name: "hash", options: { draw: 0 } },
].map(({ name, options }) => ({
  model: modelSpec(
    tinySettings({ router: { name, options }, model: { layers: 1 } }),
    shippedRouters.get(name)!,
    TINY_V,
  ),
  seed: 1,
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

import { expect, it } from "vitest";
import { modelSpec } from "../../src/model/spec.ts";
import type { Router } from "../../src/model/router.ts";
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
  for (const second of seconds.flat() as number[]) {
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThan(60);
  }
});

it("says why a job has no seconds, at once or later, and times the others", async () => {
  const [first, second] = jobs as [(typeof jobs)[0], (typeof jobs)[0]];
  const throwing = (router: Router) => ({
    ...second,
    model: modelSpec(second.model.settings, router, TINY_V),
  });
  const hash = shippedRouters.get("hash")!;
  let calls = 0;
  const never: Router = {
    ...hash,
    route: () => {
      throw new Error("no route");
    },
  };
  const late: Router = {
    ...hash,
    route: (...given) => {
      if (++calls > 3) throw new Error("no more");
      return hash.route(...given);
    },
  };
  const found = await timeSteps([throwing(never), first, throwing(late)], { rounds: 3, maxSeconds: 1e9 });
  expect(found.map((one) => (typeof one === "string" ? one : one.length))).toEqual([
    "no route",
    3,
    "no more",
  ]);
});

it("does one round even when the time is up", async () => {
  expect((await timeSteps(jobs, { rounds: 3, maxSeconds: 0 })).map((row) => row.length)).toEqual([1, 1]);
});

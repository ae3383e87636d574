import { expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import type { Batch } from "../../src/data/types.ts";
import { NAMES } from "../../src/model/programs.ts";
import type { Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import linear from "../../src/routers/softmax/linear.ts";
import oracle from "../../src/routers/fixed/oracle.ts";
import { evaluationFeeds, stepFeeds } from "../../src/train/feeds.ts";
import { TINY_V, tinySettings } from "../support/tiny.ts";

/** linear with noise; that of gumbel is drawn in evaluations too. */
const noisy: Router = {
  ...linear,
  noise: ({ E }) => ({
    jitter: { shape: [E, 3], distribution: "uniform" },
    gumbel: { shape: [E], distribution: "normal", inEvaluation: true },
  }),
};
const spec = modelSpec(tinySettings({}), noisy, TINY_V);
const batch: Batch = {
  inputs: Int32Array.of(1, 2),
  targets: Int32Array.of(2, 3),
  labels: Int32Array.of(4, 5),
};

it("noise of a step is a function of seed, step and name, with the distribution asked for", () => {
  const feeds = stepFeeds(spec, batch, 4, 17);
  const noise = [0, 1].flatMap((l) => ["gumbel", "jitter"].map((name) => `noise/layers.${l}.router.${name}`));
  expect(Object.keys(feeds).sort()).toEqual([...noise, NAMES.inputs, NAMES.targets].sort());
  const name = "layers.1.router.jitter";
  const stream = streamOf(4, "noise", 17, name);
  expect(feeds[NAMES.noise(name)]).toEqual(Float32Array.from({ length: 12 }, () => stream.uniform()));
  const normal = streamOf(4, "noise", 17, "layers.0.router.gumbel");
  expect(feeds["noise/layers.0.router.gumbel"]).toEqual(
    Float32Array.from({ length: 4 }, () => normal.normal()),
  );
  expect(stepFeeds(spec, batch, 4, 17)).toEqual(feeds);
  expect(stepFeeds(spec, batch, 4, 18)).not.toEqual(feeds);
  expect(stepFeeds(spec, batch, 5, 17)).not.toEqual(feeds);
});

it("an evaluation draws, for each batch, what asks for it, and no step has those draws", () => {
  const feeds = evaluationFeeds(spec, batch, 4, 1);
  const names = [0, 1].map((l) => `noise/layers.${l}.router.gumbel`);
  expect(Object.keys(feeds).sort()).toEqual([...names, NAMES.inputs, NAMES.targets].sort());
  const stream = streamOf(4, "noise", "evaluation", 1, "layers.1.router.gumbel");
  expect(feeds[names[1]!]).toEqual(Float32Array.from({ length: 4 }, () => stream.normal()));
  expect(evaluationFeeds(spec, batch, 4, 2)[names[1]!]).not.toEqual(feeds[names[1]!]);
  expect(stepFeeds(spec, batch, 4, 1)[names[1]!]).not.toEqual(feeds[names[1]!]);
});

it("labels go to a router that says it sees them, and to no other", () => {
  const seeing = modelSpec(tinySettings({ router: { name: "oracle" } }), oracle, TINY_V);
  for (const feeds of [stepFeeds, evaluationFeeds]) {
    expect(feeds(seeing, batch, 1, 0)[NAMES.labels]).toBe(batch.labels);
    expect(Object.values(feeds(spec, batch, 1, 0))).not.toContain(batch.labels);
  }
});

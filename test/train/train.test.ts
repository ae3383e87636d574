import { beforeAll, describe, expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import { RunError } from "../../src/core/errors.ts";
import type { Engine } from "../../src/engine/types.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { tf } from "../../src/engine/tf.ts";
import type { Tensor } from "../../src/engine/types.ts";
import type { Router, Routing } from "../../src/model/router.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { train } from "../../src/train/train.ts";
import type { Checkpoint, Progress, TrainingHooks, TrainingOutcome } from "../../src/train/types.ts";
import type { MetricRow } from "../../src/records/results.ts";
import { compiled, eager } from "../support/engines.ts";
import { tinyCorpus } from "../support/tiny-corpus.ts";
import { TINY_V, tinySettings } from "../support/tiny.ts";

const STEPS = 40;
const corpus = tinyCorpus({ ones: 0.6, twos: 0.4 });

function settingsOf(router: string, training: Partial<Settings["training"]> = {}): Settings {
  const settings = tinySettings({ router: { name: router } });
  return {
    ...settings,
    training: {
      ...settings.training,
      steps: STEPS,
      learningRate: 0.02,
      warmupSteps: 4,
      evaluateEvery: 15,
      ...training,
    },
  };
}

/** What a run told the world. */
interface Told {
  readonly rows: MetricRow[];
  readonly checkpoints: Checkpoint[];
  readonly weights: Checkpoint[];
  readonly routing: { step: number; load: readonly (readonly number[])[] }[];
  readonly progress: Progress[];
  outcome?: TrainingOutcome;
  error?: unknown;
}

/** Trains until `stopAt` steps are done; what it throws is told, too. */
async function run(
  settings: Settings,
  {
    resume = null,
    stopAt = Infinity,
    engine = compiled,
    seed = 3,
    router = shippedRouters.get(settings.router.name)!,
  }: { resume?: Checkpoint | null; stopAt?: number; engine?: Engine; seed?: number; router?: Router } = {},
): Promise<Told> {
  const told: Told = { rows: [], checkpoints: [], weights: [], routing: [], progress: [] };
  const hooks: TrainingHooks = {
    onMetrics: (row) => told.rows.push(row),
    onCheckpoint: (checkpoint) => told.checkpoints.push(checkpoint),
    onWeights: (weights) => told.weights.push(weights),
    onRouting: (step, load) => told.routing.push({ step, load }),
    onProgress: (progress) => told.progress.push(progress),
    shouldStop: () => (resume?.step ?? 0) + told.rows.length >= stopAt,
  };
  const model = modelSpec(settings, router, corpus.vocabulary);
  try {
    told.outcome = await train({ model, seed, corpus, engine, parent: null }, resume, hooks);
  } catch (error) {
    told.error = error;
  }
  return told;
}

/** Everything of a checkpoint as text, bit for bit. */
function bits({ step, tensors }: Checkpoint): Record<string, string> {
  return Object.fromEntries([
    ["step", String(step)],
    ...Object.entries(tensors).map(([name, { shape, values }]) => [
      name,
      `${shape.join()}: ${Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64")}`,
    ]),
  ]) as Record<string, string>;
}

describe.each(["linear", "expert-choice"])("%s", (router) => {
  let whole: Told;
  beforeAll(async () => {
    whole = await run(settingsOf(router));
  });

  it("learns: the loss falls well below that of a guess", () => {
    expect(whole.rows).toHaveLength(STEPS);
    // A guess among 11 tokens costs ln 11 = 2.4. The text is learnable: which token is next is certain after two of them.
    expect(whole.rows[0]!.trainLossNats).toBeGreaterThan(0.8 * Math.log(TINY_V));
    expect(whole.rows[STEPS - 1]!.trainLossNats).toBeLessThan(0.7 * Math.log(TINY_V));
  });

  it("reports what it should, when it should", () => {
    expect(whole.rows.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
    expect(whole.rows[9]!.tokens).toBe(10 * 12); // 2 sequences of 6
    expect(whole.rows[3]!.learningRate).toBeCloseTo(0.02, 12);
    const evaluated = whole.rows.filter(({ validationLossNats }) => validationLossNats !== null);
    expect(evaluated.map(({ step }) => step)).toEqual([15, 30, 40]);
    expect(whole.routing.map(({ step }) => step)).toEqual([15, 30, 40]);
    expect(whole.checkpoints.map(({ step }) => step)).toEqual([15, 30, 40]);
    expect(whole.progress.at(0)).toMatchObject({
      phase: "compiling",
      trainLossNats: null,
      tokensPerSecond: null,
    });
    expect(whole.progress.at(-1)).toMatchObject({ phase: "evaluating", step: STEPS, steps: STEPS });
    for (const { load } of whole.routing) {
      for (const layer of load) expect(layer.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    }
  });

  it("results hold the mean of the last 5 % of the training losses", () => {
    if (whole.outcome?.status !== "finished") throw new Error("the run did not finish");
    const [a, b] = whole.rows.slice(-2).map(({ trainLossNats }) => trainLossNats) as [number, number];
    expect(whole.outcome.results.trainLossNats).toBeCloseTo((a + b) / 2, 12); // 5 % of 40 are 2
    expect(whole.outcome.results.tokensTrained).toBe(STEPS * 12);
    const { validationLossNats, validationBitsPerByte, domainLossNats, causalValidationLossNats } =
      whole.outcome.results;
    // Other windows of the same counting: as well predicted, but not the same number.
    const { testLossNats = null } = whole.outcome.results;
    expect(testLossNats).not.toBe(validationLossNats);
    expect(Math.abs(testLossNats! - validationLossNats)).toBeLessThan(0.3);
    expect(validationLossNats).toBeCloseTo(0.6 * domainLossNats["ones"]! + 0.4 * domainLossNats["twos"]!, 12);
    expect(validationBitsPerByte).toBeCloseTo(validationLossNats / Math.log(2), 12); // a token is a byte
    expect(causalValidationLossNats === null).toBe(router === "linear");
  });

  // Before anything, between evaluations, and inside the tail whose losses are averaged.
  it.each([0, 7, STEPS - 1])(
    "interrupted after %i steps and resumed equals uninterrupted, bit for bit",
    async (stopAt) => {
      const first = await run(settingsOf(router), { stopAt });
      expect(first.outcome).toEqual({ status: "interrupted", stepsDone: stopAt });
      const checkpoint = first.checkpoints.at(-1)!;
      expect(checkpoint.step).toBe(stopAt);
      const second = await run(settingsOf(router), { resume: checkpoint });
      expect([...first.rows, ...second.rows]).toEqual(whole.rows);
      expect(bits(second.checkpoints.at(-1)!)).toEqual(bits(whole.checkpoints.at(-1)!));
      expect(second.outcome).toEqual(whole.outcome);
    },
  );

  it("resumed after its last step only evaluates again", async () => {
    const again = await run(settingsOf(router), { resume: whole.checkpoints.at(-1)! });
    expect(again.rows).toEqual([]);
    expect(again.outcome).toEqual(whole.outcome);
  });

  it("another seed goes on from the same checkpoint with other batches, another rate at another speed", async () => {
    const resume = whole.checkpoints[0]!;
    const lossesOf = ({ rows }: Told): number[] => rows.map(({ trainLossNats }) => trainLossNats);
    const same = lossesOf(whole).slice(resume.step);
    expect(lossesOf(await run(settingsOf(router), { resume }))).toEqual(same);
    const otherSeed = lossesOf(await run(settingsOf(router), { resume, seed: 4 }));
    // The batch of the first step is already another one.
    expect(otherSeed[0]).not.toBe(same[0]);
    const otherRate = lossesOf(await run(settingsOf(router, { learningRate: 0.021 }), { resume }));
    // The loss is taken before the first step is.
    expect(otherRate[0]).toBe(same[0]);
    expect(otherRate[1]).not.toBe(same[1]);
  });
});

it("a checkpoint holds parameters, moments and state, and a foreign one is refused", async () => {
  const told = await run(settingsOf("expert-choice", { steps: 2, evaluateEvery: 2 }));
  const { tensors } = told.checkpoints.at(-1)!;
  for (const block of ["parameters", "first_moments", "second_moments"]) {
    expect(tensors[`${block}/layers.0.router.weight`]!.shape).toEqual([8, 4]);
  }
  // Two steps: 1 - 0.99^2 = 0.0199.
  expect(tensors["state/layers.1.router.cutoff_weight"]!.values[0]).toBeCloseTo(0.0199, 7);
  const refused = await run(settingsOf("attention"), { resume: told.checkpoints.at(-1)! });
  expect(String(refused.error)).toContain("the checkpoint has no parameters/layers.0.router.query");
});

it("hands out the weights after 1, 10, 20 and 40 % of the steps, as they are in a checkpoint of that step", async () => {
  const told = await run(settingsOf("expert-threshold", { evaluateEvery: 8 }));
  expect(told.weights.map(({ step }) => step)).toEqual([1, 4, 8, 16]); // of 40
  const [weights, checkpoint] = [told.weights, told.checkpoints].map(
    (list) => list.find(({ step }) => step === 16)!.tensors,
  );
  const kept = Object.keys(checkpoint!).filter((name) => /^(parameters|state)\//.test(name));
  expect(kept.some((name) => name.startsWith("state/"))).toBe(true);
  expect(Object.keys(weights!).sort()).toEqual(kept.sort());
  for (const name of kept) expect(weights![name]).toEqual(checkpoint![name]);
});

it("on the eager engine trains the same model", async () => {
  const short = settingsOf("linear", { steps: 4, evaluateEvery: 4 });
  const [slow, fast] = [await run(short, { engine: eager }), await run(short)];
  slow.rows.forEach((row, i) => expect(row.trainLossNats).toBeCloseTo(fast.rows[i]!.trainLossNats, 4));
  expect(slow.outcome).toMatchObject({ status: "finished", stepsDone: 4 });
});

describe("a router's own numbers", () => {
  /** A countdown from 2 that no loss shows, and what is made of it. */
  const counting = (route: (left: Tensor, routing: Routing) => object): Router => ({
    ...linear,
    state: () => ({ left: { shape: [], initial: 2 } }),
    route: (input, ...rest) => {
      const { left } = input.state as { left: Tensor };
      const routing = linear.route(input, ...rest);
      return { ...routing, ...route(left, routing) };
    },
  });

  it("stop a run where its state is not finite, though its loss is", async () => {
    // 2, 1 / 2 - 1/2 = 0, and 1 / 0.
    const router = counting((left) => ({ state: { left: tf.sub(tf.div(1, left), 0.5) } }));
    const { error, rows } = await run(settingsOf("linear"), { router });
    expect(String(error)).toContain(
      "step 2: the state layers.0.router.left that the router returned is not finite",
    );
    expect(rows.map(({ step }) => step)).toEqual([1]);
  });

  it("that are not finite in step 1 are not put down to the learning rate", async () => {
    const router = counting((left, { logits }) => ({
      state: { left },
      logits: tf.div(logits!, tf.sub(left, 2)),
    }));
    const { error } = await run(settingsOf("linear"), { router });
    expect((error as RunError).message).toMatch(/^step 1: the loss|^step 1: a gradient/);
    expect((error as RunError).hint).toMatch(/^No learning rate makes this/);
  });
});

describe("a learning rate that blows the model up", () => {
  // The first step moves every parameter by 1e18. Three of them in a row overflow: x value output is 1e54.
  const wild = { learningRate: 1e18, warmupSteps: 0 };

  it.each([compiled, eager])("stops $name with step, place and hint", async (engine) => {
    const { error, outcome, rows, checkpoints } = await run(settingsOf("linear", wild), { engine });
    expect(outcome).toBeUndefined();
    expect(error).toBeInstanceOf(RunError);
    const { message, hint } = error as RunError;
    expect(message).toMatch(/^step 2: the loss is not finite; the first such value is /);
    expect(message).toMatch(engine === compiled ? /\[12, 8\] in layers\.0\./ : /the output /);
    expect(hint).toContain("training.learningRate");
    // 1e18 (0.1 + 0.9 (1 + cos(pi 2 / 40)) / 2) = 0.9945e18.
    expect(hint).toContain("9.94e+17");
    expect(rows.map(({ step }) => step)).toEqual([1]);
    expect(checkpoints).toEqual([]);
  });

  it("leaves the checkpoint of the last evaluation that was finite as it was", async () => {
    const good = await run(settingsOf("linear"), { stopAt: 6 });
    const before = bits(good.checkpoints[0]!);
    const { error, checkpoints } = await run(settingsOf("linear", wild), { resume: good.checkpoints[0]! });
    expect(error).toBeInstanceOf(RunError);
    expect((error as RunError).message).toMatch(/^step 8: /);
    expect(checkpoints).toEqual([]);
    expect(bits(good.checkpoints[0]!)).toEqual(before);
  });

  it("is noticed by an evaluation as well, before its checkpoint takes the place of a good one", async () => {
    for (const steps of [1, 5]) {
      // Step 1 is evaluated: in the middle of a run, and as its last step.
      const told = await run(settingsOf("linear", { ...wild, steps, evaluateEvery: 1 }));
      expect(told.error).toBeInstanceOf(RunError);
      expect((told.error as RunError).message).toContain("step 1");
      expect((told.error as RunError).hint).toContain("training.learningRate");
      expect([told.checkpoints, told.outcome]).toEqual([[], undefined]);
    }
  });
});

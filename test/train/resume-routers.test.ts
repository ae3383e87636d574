/** Every router on every engine, interrupted after each of five steps and gone on with: the bits of a training that was left alone. */
import { describe, expect, it } from "vitest";
import { modelSpec } from "../../src/model/spec.ts";
import { train } from "../../src/train/train.ts";
import type { Checkpoint } from "../../src/train/types.ts";
import { engines } from "../support/engines.ts";
import { routerCases, type RouterCase } from "../support/router-cases.ts";
import { needsTime, slowTests } from "../support/slow.ts";
import { TINY_V, tinySettings } from "../support/tiny.ts";
import { TRAINING_CORPUS } from "../support/training.ts";

const STEPS = 6;

describe.skipIf(!slowTests).each(engines)(`on $name${needsTime}`, (engine) => {
  it.each(routerCases.filter(({ isFirst }) => isFirst))("$name", async (one) => {
    const told = (resume: Checkpoint | null): ReturnType<typeof train> & { checkpoints?: Checkpoint[] } => {
      const checkpoints: Checkpoint[] = [];
      const hooks = {
        onMetrics: () => undefined,
        onCheckpoint: (checkpoint: Checkpoint) => checkpoints.push(checkpoint),
        onRouting: () => undefined,
        onProgress: () => undefined,
        shouldStop: () => false,
      };
      const job = { model: modelOf(one), seed: 3, corpus: TRAINING_CORPUS, engine, parent: null };
      return Object.assign(train(job, resume, hooks), { checkpoints });
    };
    const whole = told(null);
    const outcome = await whole;
    expect(whole.checkpoints?.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const checkpoint of whole.checkpoints?.slice(0, -1) ?? []) {
      const again = told(checkpoint);
      expect(await again).toEqual(outcome);
      expect(bits(again.checkpoints?.at(-1))).toEqual(bits(whole.checkpoints?.at(-1)));
    }
  });
});

function modelOf({ router, options, model }: RouterCase): ReturnType<typeof modelSpec> {
  const settings = tinySettings({
    router: { name: router.name, options },
    model: { layers: 1, ...model },
  });
  const training = {
    ...settings.training,
    steps: STEPS,
    warmupSteps: 1,
    evaluateEvery: 1,
    learningRate: 0.02,
  };
  return modelSpec({ ...settings, training }, router, TINY_V);
}

/** Everything of a checkpoint, bit for bit. */
function bits(checkpoint: Checkpoint | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(checkpoint?.tensors ?? {}).map(([name, { values }]) => [
      name,
      Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64"),
    ]),
  );
}

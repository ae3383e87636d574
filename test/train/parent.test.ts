import { beforeAll, describe, expect, it } from "vitest";
import type { ParentSettings, Settings } from "../../src/config/settings.ts";
import { trainingBatch } from "../../src/data/batches.ts";
import { gradientProgram, NAMES } from "../../src/model/programs.ts";
import { type ModelSpec, modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { createModelMemory } from "../../src/train/model-memory.ts";
import type { Checkpoint } from "../../src/train/types.ts";
import { compiled } from "../support/engines.ts";
import { TINY_V, tinySettings } from "../support/tiny.ts";
import { trainTiny, TRAINING_CORPUS, type ToldTraining } from "../support/training.ts";

const PARENT_STEPS = 12;
const SEED = 3;

function settingsOf(router: string, steps: number, model: Partial<Settings["model"]> = {}): Settings {
  const settings = tinySettings({ router: { name: router }, model });
  return { ...settings, training: { ...settings.training, steps, learningRate: 0.02, evaluateEvery: 4 } };
}

function childOf(parent: Settings, child: Settings, transfer: Partial<ParentSettings> = {}): Settings {
  return { ...child, parent: { ...parent, seed: null, keepRouter: false, noise: null, ...transfer } };
}

/** Loss of a model at a checkpoint on the batch of one step (0-based), before any update. */
async function lossAt(settings: Settings, checkpoint: Checkpoint, step: number): Promise<number> {
  const spec: ModelSpec = modelSpec(settings, shippedRouters.get(settings.router.name)!, TINY_V);
  const memory = createModelMemory(compiled, spec, { seed: SEED, from: checkpoint });
  const program = await compiled.compile(gradientProgram(spec));
  const batch = trainingBatch(TRAINING_CORPUS, settings.data, SEED, step);
  const inputs = { ...memory.inputs, [NAMES.inputs]: batch.inputs, [NAMES.targets]: batch.targets };
  return (await program.run(inputs))[NAMES.loss]![0]!;
}

const DENSE = settingsOf("dense", PARENT_STEPS, { experts: 1, topK: 1 });
let dense: ToldTraining;
let final: Checkpoint;
beforeAll(async () => {
  dense = await trainTiny(DENSE, { seed: SEED });
  final = dense.checkpoints.at(-1)!;
});

describe("a run with a parent", () => {
  it("begins with the loss that the parent has on the batch after its last", async () => {
    const expected = await lossAt(DENSE, final, PARENT_STEPS);
    // Another batch has another loss, so that the test would notice.
    expect(Math.abs((await lossAt(DENSE, final, 0)) - expected)).toBeGreaterThan(1e-3);
    // Gates of the chosen two sum to 1, so that two copies give what the one network gave.
    for (const router of ["linear", "attention", "hash"]) {
      const child = childOf(DENSE, settingsOf(router, 4));
      const { rows } = await trainTiny(child, { parent: final, seed: SEED });
      expect(rows[0]!.trainLossNats, router).toBeCloseTo(expected, 5);
      expect(rows[0]!.step).toBe(1);
    }
  });

  it("starts schedule and moments anew", async () => {
    const child = childOf(DENSE, settingsOf("linear", 4));
    const { rows, outcome } = await trainTiny(child, { parent: final, seed: SEED });
    // Warm-up of two steps to 0.02.
    expect(rows.map(({ learningRate }) => learningRate).slice(0, 2)).toEqual([0.01, 0.02]);
    if (outcome.status !== "finished") throw new Error("not finished");
    expect(outcome.results.tokensTrained).toBe(4 * 12);
  });

  it("goes on from a checkpoint without its parent, bit for bit", async () => {
    const child = childOf(DENSE, settingsOf("linear", 10), { noise: { share: 0.5, std: 0.02 } });
    const whole = await trainTiny(child, { parent: final, seed: SEED });
    const first = await trainTiny(child, { parent: final, seed: SEED, stopAt: 6 });
    const second = await trainTiny(child, { resume: first.checkpoints.at(-1)!, seed: SEED });
    expect([...first.rows, ...second.rows]).toEqual(whole.rows);
    expect(second.outcome).toEqual(whole.outcome);
    expect(second.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1));
  });

  it("refuses to start without the weights", async () => {
    await expect(trainTiny(childOf(DENSE, settingsOf("linear", 2)))).rejects.toThrow(
      "its weights were not given",
    );
  });

  it("that keeps its router goes on as the same model", async () => {
    const moe = settingsOf("linear", PARENT_STEPS);
    const parent = (await trainTiny(moe, { seed: SEED })).checkpoints.at(-1)!;
    const expected = await lossAt(moe, parent, PARENT_STEPS);
    const first = async (transfer: Partial<ParentSettings>): Promise<number> => {
      const { rows } = await trainTiny(childOf(moe, settingsOf("linear", 1), transfer), {
        parent,
        seed: SEED,
      });
      return rows[0]!.trainLossNats;
    };
    expect(await first({ keepRouter: true })).toBe(expected);
    // A fresh router sends tokens elsewhere.
    expect(Math.abs((await first({})) - expected)).toBeGreaterThan(1e-4);
  });
});

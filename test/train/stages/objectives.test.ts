/** Runs that learn answers, from a parent: what they report, what they are judged by, and that they go on bit for bit. */
import { beforeAll, describe, expect, it } from "vitest";
import { OBJECTIVES } from "../../../src/config/declared/objective.ts";
import { stepsBefore } from "../../../src/config/parent.ts";
import type { ObjectiveSettings, ParentSettings, Settings } from "../../../src/config/settings.ts";
import { evaluationBatches } from "../../../src/data/batches.ts";
import { instructionCorpus } from "../../../src/data/instructions/instruction-corpus.ts";
import type { InstructionTask } from "../../../src/data/instructions/types.ts";
import { decisionProgram, NAMES } from "../../../src/model/programs.ts";
import { modelSpec } from "../../../src/model/spec.ts";
import linear from "../../../src/routers/softmax/linear.ts";
import { evaluationFeeds } from "../../../src/train/feeds.ts";
import { createModelMemory } from "../../../src/train/model-memory.ts";
import type { Checkpoint } from "../../../src/train/types.ts";
import { compiled } from "../../support/engines.ts";
import { tinySettings } from "../../support/tiny.ts";
import { trainTiny, type ToldTraining } from "../../support/training.ts";

const SEED = 3;

/** A digit n is answered by n letters: `2=bb`. Rejected is one letter more. */
const letters: InstructionTask = {
  summary: "",
  longestBytes: 6,
  draw: (count) =>
    Array.from({ length: count }, (_, index) => {
      const answer = "b".repeat(1 + (index % 3));
      return { prompt: `${1 + (index % 3)}=`, answer, rejected: [{ kind: "wrong", answer: `${answer}b` }] };
    }),
};

const domain = {
  name: "letters",
  weight: 1,
  validationWeight: null,
  task: null,
  corpus: "letters",
  files: [],
};
const data = { domains: [domain], sequenceLength: 6, batchSequences: 4, validationTokens: 48 };
const corpus = instructionCorpus(data, { letters });

function settingsOf(
  name: ObjectiveSettings["name"],
  steps: number,
  options: Record<string, number> = {},
): Settings {
  const defaults = OBJECTIVES[name].options.parse({}) as Record<string, number>;
  const settings = tinySettings({ data, objective: { name, options: { ...defaults, ...options } } });
  const training = {
    ...settings.training,
    steps,
    learningRate: 0.02,
    evaluateEvery: 4,
    evaluationTokens: 24,
  };
  return { ...settings, training };
}

function childOf(parent: Settings, child: Settings): Settings {
  const above: ParentSettings = { ...parent, seed: null, keepRouter: true, noise: null };
  return { ...child, parent: above };
}

const START = settingsOf("pretrain", 3);
const SFT = childOf(START, settingsOf("sft", 10));
let start: Checkpoint;
let sft: ToldTraining;
beforeAll(async () => {
  start = (await trainTiny(START, { seed: SEED, corpus })).checkpoints.at(-1)!;
  sft = await trainTiny(SFT, { seed: SEED, corpus, parent: start });
});

it.each(["sft", "dpo"] as const)("%s goes on from a checkpoint, bit for bit", async (name) => {
  const settings = childOf(START, settingsOf(name, 10));
  const whole = await trainTiny(settings, { parent: start, seed: SEED, corpus });
  const first = await trainTiny(settings, { parent: start, seed: SEED, corpus, stopAt: 6 });
  // What measures against its parent needs it again.
  const again = name === "dpo" ? { parent: start } : {};
  const second = await trainTiny(settings, {
    resume: first.checkpoints.at(-1)!,
    seed: SEED,
    corpus,
    ...again,
  });
  expect(second.rows.length).toBe(4);
  expect([...first.rows, ...second.rows]).toEqual(whole.rows);
  expect(second.outcome).toEqual(whole.outcome);
  expect(second.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1));
});

describe("sft", () => {
  it("is judged by nats a token of the answers of all validation sequences, each token alike", async () => {
    const spec = modelSpec(SFT, linear, corpus.vocabulary);
    const memory = createModelMemory(compiled, spec, { seed: SEED, from: sft.checkpoints.at(-1)! });
    const program = await compiled.compile(decisionProgram(spec, "eval"));
    let [nats, tokens] = [0, 0];
    const batches = evaluationBatches(corpus, SFT.data, "validation", SFT.data.validationTokens);
    expect(batches.length).toBe(2);
    for (const batch of batches) {
      const outputs = await program.run({ ...memory.inputs, ...evaluationFeeds(spec, batch, SEED, 0) });
      outputs[NAMES.tokenLoss]!.forEach((value, index) => {
        if (batch.weights![index] !== 1) return;
        nats += value;
        tokens += 1;
      });
    }
    // Of 1024 every 128th: answers of 1, 3, 2, 1 letters with their ends, then of 3, 2, 1, 3, so that the batches do not weigh alike.
    expect(tokens).toBe(2 + 4 + 3 + 2 + (4 + 3 + 2 + 4));
    if (sft.outcome.status !== "finished") throw new Error("not finished");
    expect(sft.outcome.results.validationLossNats).toBeCloseTo(nats / tokens, 5);
    expect(sft.outcome.results.domainLossNats["letters"]).toBeCloseTo(nats / tokens, 5);
  });

  it("learns the answers", () => {
    const losses = sft.rows.map(({ trainLossNats }) => trainLossNats);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.5);
  });
});

describe("dpo", () => {
  it("starts as its parent, at a loss of ln 2 and no margin, and learns to tell the answers apart", async () => {
    const settings = childOf(SFT, settingsOf("dpo", 20, { beta: 0.5 }));
    const parent = sft.checkpoints.at(-1)!;
    const { rows, outcome } = await trainTiny(settings, { parent, seed: SEED, corpus });
    const told = rows.map(({ objective }) => objective!);
    expect(told[0]!["preference_loss"]).toBeCloseTo(Math.log(2), 5);
    expect(told[0]!["reward_margin"]).toBeCloseTo(0, 5);
    expect(told.at(-1)!["preference_loss"]).toBeLessThan(0.5);
    expect(told.at(-1)!["reward_accuracy"]).toBe(1);
    expect(told.at(-1)!["reward_margin"]).toBeGreaterThan(0.5);
    // Validation has the same three instructions here, so that it must tell them apart as well: all of 8 pairs.
    if (outcome.status !== "finished") throw new Error("not finished");
    const { objective = {} } = outcome.results;
    expect(Object.keys(objective)).toEqual(["preference_loss", "reward_accuracy", "reward_margin"]);
    expect(objective["reward_accuracy"]).toBe(1);
    expect(objective["reward_margin"]).toBeGreaterThan(0.5);
  });

  it("refuses to go on without its parent's weights", async () => {
    const settings = childOf(START, settingsOf("dpo", 4));
    const first = await trainTiny(settings, { parent: start, seed: SEED, corpus, stopAt: 2 });
    const resume = first.checkpoints.at(-1)!;
    await expect(trainTiny(settings, { resume, seed: SEED, corpus })).rejects.toThrow(
      "its weights were not given",
    );
  });
});

it("batches and noise go on counting behind all runs that a run starts from", () => {
  expect(stepsBefore(childOf(SFT, settingsOf("dpo", 4)))).toBe(10 + 3);
  expect([stepsBefore(SFT), stepsBefore(START)]).toEqual([3, 0]);
});

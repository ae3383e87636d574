/** What a run says of its answers, worked out again from its final weights by whole passes, one question at a time. */
import { beforeAll, expect, it } from "vitest";
import type { Settings } from "../../../src/config/settings.ts";
import { instructionCorpus } from "../../../src/data/instructions/instruction-corpus.ts";
import type { Instruction, InstructionTask } from "../../../src/data/instructions/types.ts";
import type { Split } from "../../../src/data/types.ts";
import { DECODING, logitsProgram } from "../../../src/model/decoding-programs.ts";
import { modelSpec } from "../../../src/model/spec.ts";
import type { AnswerResults, SampleResults } from "../../../src/records/results.ts";
import linear from "../../../src/routers/softmax/linear.ts";
import { askModel } from "../../../src/train/decoding/ask.ts";
import { distinctShare, selfBleu } from "../../../src/train/decoding/diversity.ts";
import { sampledQuestions } from "../../../src/train/decoding/questions.ts";
import { sampleAnswers } from "../../../src/train/decoding/samples.ts";
import { createModelMemory } from "../../../src/train/model-memory.ts";
import { streamOf } from "../../../src/core/streams.ts";
import { compiled } from "../../support/engines.ts";
import { tinySettings } from "../../support/tiny.ts";
import { TRAINING_CORPUS, trainTiny } from "../../support/training.ts";

/** A digit of 1 to 3 is answered by that many letters, or by one more where it is odd out; only few mistakes are learned with it. */
const letters: InstructionTask = {
  summary: "",
  longestBytes: 6,
  draw: (count, split) => {
    const stream = streamOf(split === "train" ? 0 : 1, "letters", split);
    return Array.from({ length: count }, (): Instruction => {
      const digit = 1 + stream.integer(3);
      // One in four is answered by another letter, at random: nobody gets all of them right.
      const letter = stream.integer(4) === 0 ? "c" : "b";
      const answer = letter.repeat(digit);
      const wrong = ["a".repeat(digit), `${answer}b`, letter === "b" ? "c" : "b"];
      return {
        prompt: `${digit}=`,
        answer,
        rejected: wrong.map((other) => ({ kind: "wrong", answer: other })),
      };
    });
  },
};

const domain = {
  name: "letters",
  weight: 1,
  validationWeight: null,
  task: null,
  corpus: "letters",
  files: [],
};
const data = { domains: [domain], sequenceLength: 7, batchSequences: 8, validationTokens: 56 };
const corpus = instructionCorpus(data, { letters });
const SETTINGS: Settings = (() => {
  const settings = tinySettings({ data });
  const training = {
    ...settings.training,
    steps: 60,
    learningRate: 0.03,
    evaluateEvery: 60,
    evaluationTokens: 56,
  };
  return { ...settings, training };
})();
const ASKED = 512;

let found: AnswerResults;
/** Of the final model, at a temperature. */
let sampledAt: (temperature: number) => Promise<SampleResults>;
/** ln p [V] of the token behind a text. */
let after: (text: readonly number[]) => Promise<number[]>;
beforeAll(async () => {
  const { outcome, checkpoints } = await trainTiny(SETTINGS, { corpus, seed: 3 });
  if (outcome.status !== "finished") throw new Error("not finished");
  found = outcome.results.answers!;
  const spec = modelSpec(SETTINGS, linear, corpus.vocabulary).resized({ B: 1, T: 7 });
  const memory = createModelMemory(compiled, spec, { seed: 3, from: checkpoints.at(-1)! });
  sampledAt = (temperature) =>
    sampleAnswers(compiled, { spec, inputs: memory.inputs, seed: 3 }, sampledQuestions(corpus)!, temperature);
  const executable = await compiled.compile(logitsProgram(spec));
  const known = new Map<string, number[]>();
  after = async (text) => {
    const key = text.join();
    if (known.has(key)) return known.get(key)!;
    const padded = Int32Array.from({ length: 7 }, (_, at) => text[at] ?? 7);
    const outputs = await executable.run({ ...memory.inputs, "batch/inputs": padded });
    const row = Array.from(outputs[DECODING.logits]!.subarray((text.length - 1) * 256, text.length * 256));
    const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
    known.set(
      key,
      row.map((logit) => logit - total),
    );
    return known.get(key)!;
  };
});

function questions(split: Split): readonly Instruction[] {
  return letters.draw(ASKED, split, streamOf(0, "unused"));
}

async function greedy(prompt: string): Promise<string> {
  const text = [...Buffer.from(prompt)];
  for (let said = 0; said < 4; said++) {
    const row = await after(text);
    const best = row.indexOf(Math.max(...row));
    if (best === 10) break;
    text.push(best);
  }
  return Buffer.from(text).toString().slice(prompt.length);
}

async function score(prompt: string, answer: string): Promise<number> {
  const bytes = [...Buffer.from(`${prompt}${answer}\n`)];
  let sum = 0;
  for (let at = prompt.length; at < bytes.length; at++) sum += (await after(bytes.slice(0, at)))[bytes[at]!]!;
  return sum;
}

it.each(["validation", "test"] as const)(
  "counts the right answers of %s, by the most probable bytes",
  async (split) => {
    let right = 0;
    for (const { prompt, answer } of questions(split)) if ((await greedy(prompt)) === answer) right += 1;
    expect(found[split]).toEqual({ letters: { asked: ASKED, right } });
    // It has learned, and can't know all.
    expect(right / ASKED).toBeGreaterThan(0.2);
    expect(right / ASKED).toBeLessThan(0.95);
  },
);

it("counts the choices of the right answer, whole and by the byte", async () => {
  let [right, rightPerByte] = [0, 0];
  for (const { prompt, answer, rejected } of questions("validation")) {
    const answers = [answer, ...rejected.map((other) => other.answer)];
    const sums = await Promise.all(answers.map((one) => score(prompt, one)));
    const perByte = sums.map((sum, i) => sum / (answers[i]!.length + 1));
    if (sums.every((sum) => sum <= sums[0]!)) right += 1;
    if (perByte.every((mean) => mean <= perByte[0]!)) rightPerByte += 1;
  }
  expect(found.choice).toEqual({ asked: ASKED, choices: 4, right, rightPerByte });
  expect(right).toBeGreaterThan(ASKED / 4);
});

it.each([1, 0.6])(
  "at temperature %d draws answers to the first questions of test, each from a stream of its own",
  async (temperature) => {
    const [asked, each] = [64, 8];
    const drawn = questions("test").slice(0, asked);
    let [right, solved, tokens, entropy, alike] = [0, 0, 0, 0, 0];
    const distinct: number[][] = [[], [], [], []];
    for (const [index, { prompt, answer }] of drawn.entries()) {
      const said: number[][] = [];
      for (let sample = 0; sample < each; sample++) {
        const stream = streamOf(3, "samples", index * each + sample);
        const text: number[] = [];
        let isEnded = false;
        while (!isEnded && text.length < 4) {
          const weights = (await after([...Buffer.from(prompt), ...text])).map((log) =>
            Math.exp(log / temperature),
          );
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          const shares = weights.map((weight) => weight / total);
          entropy -= shares.reduce((sum, share) => sum + (share > 0 ? share * Math.log(share) : 0), 0);
          tokens += 1;
          let left = stream.uniform();
          const token = shares.findIndex((share) => (left -= share) < 0);
          if (token === 10) isEnded = true;
          else text.push(token);
        }
        if (isEnded && Buffer.from(text).toString() === answer) right += 1;
        said.push(text);
      }
      if (said.some((text) => Buffer.from(text).toString() === answer && text.length < 4)) solved += 1;
      alike += selfBleu(said) / asked;
      distinct.forEach((shares, n) => shares.push(...[distinctShare(said, n + 1) ?? []].flat()));
    }
    // What a run stores is of temperature 1.
    const samples = temperature === 1 ? found.samples : await sampledAt(temperature);
    expect(samples).toMatchObject({ questions: asked, each, right, solved, tokens: tokens / (asked * each) });
    expect(samples!.entropyNats).toBeCloseTo(entropy / (asked * each), 4);
    expect(samples!.selfBleu).toBeCloseTo(alike, 10);
    samples!.distinct.forEach((share, n) => {
      const own = distinct[n]!;
      expect(share).toBeCloseTo(own.reduce((sum, one) => sum + one, 0) / own.length, 10);
    });
    // Neither always right nor never, and not always the same.
    expect(right).toBeGreaterThan(solved);
    expect(right).toBeLessThan(asked * each);
    expect(samples!.selfBleu).toBeLessThan(0.99);
  },
);

it.each([0, 0.001])("at temperature %d says what is most probable, eight times", async (temperature) => {
  let right = 0;
  for (const { prompt, answer } of questions("test").slice(0, 64))
    if ((await greedy(prompt)) === answer) right += 1;
  const samples = await sampledAt(temperature);
  expect([samples.right, samples.solved]).toEqual([8 * right, right]);
  expect(samples.selfBleu).toBe(1);
  expect(samples.entropyNats).toBeCloseTo(0, 3);
  expect(found.samples!.entropyNats).toBeGreaterThan(0.1);
});

it("asks nothing of text, and no model that is told labels", async () => {
  const spec = modelSpec(SETTINGS, linear, corpus.vocabulary);
  const { inputs } = createModelMemory(compiled, spec, { seed: 3 });
  const job = { model: spec, corpus, engine: compiled, seed: 3, parent: null };
  expect(await askModel({ ...job, corpus: TRAINING_CORPUS }, inputs)).toBeNull();
  expect(await askModel({ ...job, model: { ...spec, seesLabels: true } }, inputs)).toBeNull();
});

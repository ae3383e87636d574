/** One training run, and what several ways of judging it say. */
import { performance } from "node:perf_hooks";
import { evaluationBatches, trainingBatch } from "../../dist/data/batches.js";
import { loadCorpus } from "../../dist/data/corpus.js";
import { evaluationProgram, gradientProgram, NAMES } from "../../dist/model/programs.js";
import { modelSpec } from "../../dist/model/spec.js";
import { evaluate } from "../../dist/train/evaluate.js";
import { stepFeeds } from "../../dist/train/feeds.js";
import { adamwOptions, createModelMemory } from "../../dist/train/model-memory.js";
import { learningRateAt } from "../../dist/train/schedule.js";
import { routerNamed } from "../case.mjs";

/**
 * @import { Settings } from "../../dist/config/settings.js"
 * @import { Corpus, Split } from "../../dist/data/types.js"
 * @import { Engine, Executable } from "../../dist/engine/types.js"
 * @import { ModelSpec } from "../../dist/model/spec.js"
 * @import { ModelMemory } from "../../dist/train/model-memory.js"
 * @import { Checkpoint } from "../../dist/train/types.js"
 */
/**
 * Nats a token, by domain.
 * @typedef {Readonly<Record<string, number>>} DomainLosses
 * What the weights at hand come to on so many tokens.
 * @typedef {(tokens: number, split?: Split) => Promise<DomainLosses>} Judge
 */
/**
 * What is estimated from one run: of its last weights (by tokens judged on), of means of its weights (by share of the steps that
 * they are over), at the ends of the last few spans of steps; and the training loss of every step, nats a token.
 * @typedef {{ seconds: number, last: Readonly<Record<string, DomainLosses>>,
 *   averaged: Readonly<Record<string, DomainLosses>>, checks: readonly DomainLosses[],
 *   losses: readonly number[] }} Estimates
 */
/**
 * A line of what train.mjs writes.
 * @typedef {Estimates & { setting: string, arm: string, seed: number }} NoiseRun
 */
/**
 * The mean of the weights over the steps from `start` to the last, each tensor beside the one in training.
 * @typedef {{ share: number, start: number, tensors: readonly { now: Float32Array, mean: Float32Array }[] }} Average
 */

const AVERAGED_SHARES = [0.05, 0.1, 0.2, 0.4];
/** Of these, the one that is judged on text of the training too. */
const SHARE_ON_TRAINING_TEXT = 0.2;
const TOKENS = [16_384, 65_536, 262_144];
/** Those that runs are judged on as shipped. */
const TOKENS_AS_SHIPPED = 65_536;
/** Evaluations whose losses are averaged: at the ends of the last five fiftieths of the steps. */
const CHECK = { share: 0.02, count: 5, tokens: 16_384 };
/** Seeds whose runs are judged on many tokens too; that costs a fifth of the training. */
const SEEDS_MANY_TOKENS = 8;

/**
 * Trains once.
 * @param {Engine} engine
 * @param {Settings} settings
 * @param {number} seed
 * @param {Checkpoint | null} parent final weights of the run that the settings name as parent
 * @returns {Promise<{ final: Checkpoint, estimates: Estimates }>}
 */
export async function trainOne(engine, settings, seed, parent) {
  const corpus = loadCorpus(settings.data, { cacheFolder: null });
  const spec = modelSpec(settings, routerNamed(settings.router.name), corpus.vocabulary);
  const executable = await engine.compile(gradientProgram(spec));
  const evaluation = await engine.compile(evaluationProgram(spec, "eval"));
  const memory = createModelMemory(engine, spec, { seed, parent });
  /** @type {Judge} */
  const judge = async (tokens, split = "validation") => {
    const batches = evaluationBatches(corpus, settings.data, split, tokens);
    return (await evaluate(evaluation, { model: spec, corpus, seed }, batches, memory.inputs)).domainLossNats;
  };
  const { steps } = settings.training;
  const averages = AVERAGED_SHARES.map((share) => startAverage(share, steps, memory.training.parameters));
  const started = performance.now();
  const { checks, losses } = await takeSteps(executable, { spec, corpus, seed, memory }, averages, judge);
  const seconds = (performance.now() - started) / 1000;
  const last = await judgeLast(judge, seed);
  const final = memory.save(steps);
  const averaged = await judgeAverages(averages, judge);
  await Promise.all([executable.dispose(), evaluation.dispose()]);
  const estimates = { seconds, last, averaged, checks, losses: losses.map((x) => Number(x.toFixed(6))) };
  return { final, estimates };
}

/**
 * Takes all steps of a training.
 * @param {Executable} executable
 * @param {{ spec: ModelSpec, corpus: Corpus, seed: number, memory: ModelMemory }} model
 * @param {readonly Average[]} averages take the weights of every step
 * @param {Judge} judge
 */
async function takeSteps(executable, { spec, corpus, seed, memory }, averages, judge) {
  const { training, data, parent } = spec.settings;
  const options = adamwOptions(spec);
  const before = parent?.training.steps ?? 0;
  const checkEvery = Math.max(1, Math.round(CHECK.share * training.steps));
  /** @type {DomainLosses[]} */
  const checks = [];
  /** @type {number[]} */
  const losses = [];
  let into = memory.outputs;
  for (let step = 1; step <= training.steps; step++) {
    const batch = trainingBatch(corpus, data, seed, before + step - 1);
    const inputs = { ...memory.inputs, ...stepFeeds(spec, batch, seed, before + step - 1) };
    into = await executable.run(inputs, into);
    memory.training.adamw(step, learningRateAt(step, training), options);
    memory.advanceState();
    losses.push(into[NAMES.loss]?.[0] ?? NaN);
    for (const average of averages) takeIn(average, step);
    const left = training.steps - step;
    if (left % checkEvery === 0 && left / checkEvery < CHECK.count) checks.push(await judge(CHECK.tokens));
  }
  return { checks, losses };
}

/**
 * Judges the last weights.
 * @param {Judge} judge
 * @param {number} seed
 */
async function judgeLast(judge, seed) {
  /** @type {Record<string, DomainLosses>} */
  const last = {};
  for (const tokens of TOKENS) {
    if (tokens < 100_000 || seed <= SEEDS_MANY_TOKENS) last[tokens] = await judge(tokens);
  }
  // Text of many more documents than validation has; a short training has seen a few percent of it.
  last["training text"] = await judge(TOKENS_AS_SHIPPED, "train");
  return last;
}

/**
 * Judges means of the weights, each in the place of the weights.
 * @param {readonly Average[]} averages
 * @param {Judge} judge
 */
async function judgeAverages(averages, judge) {
  /** @type {Record<string, DomainLosses>} */
  const averaged = {};
  for (const { share, tensors } of averages) {
    for (const { now, mean } of tensors) now.set(mean);
    averaged[share] = await judge(TOKENS_AS_SHIPPED);
    if (share !== SHARE_ON_TRAINING_TEXT) continue;
    averaged[`${share}, training text`] = await judge(TOKENS_AS_SHIPPED, "train");
  }
  return averaged;
}

/**
 * A mean over the last steps of a training.
 * @param {number} share of the steps
 * @param {number} steps of the training
 * @param {Readonly<Record<string, Float32Array>>} parameters in training
 * @returns {Average}
 */
function startAverage(share, steps, parameters) {
  return {
    share,
    start: steps - Math.max(1, Math.round(share * steps)) + 1,
    tensors: Object.values(parameters).map((now) => ({ now, mean: new Float32Array(now.length) })),
  };
}

/**
 * Takes the weights after a step into their mean.
 * @param {Average} average
 * @param {number} step from 1
 */
function takeIn({ start, tensors }, step) {
  if (step < start) return;
  const share = 1 / (step - start + 1);
  for (const { now, mean } of tensors) {
    for (let i = 0; i < mean.length; i++) {
      const value = mean[i] ?? NaN;
      mean[i] = value + ((now[i] ?? NaN) - value) * share;
    }
  }
}

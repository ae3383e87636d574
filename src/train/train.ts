import type { TrainingSettings } from "../config/settings.ts";
import { DivergedError, type RunError } from "../core/errors.ts";
import { streamOf } from "../core/streams.ts";
import { evaluationBatches, tokensThatFit, trainingBatch } from "../data/batches.ts";
import { bitsPerByte } from "../data/losses.ts";
import { optimumOf } from "../data/optimum.ts";
import type { Corpus, EvaluationBatch } from "../data/types.ts";
import type { Engine, Executable, HostArray, HostTensors, Program } from "../engine/types.ts";
import { evaluationProgram, gradientProgram, NAMES } from "../model/programs.ts";
import { evaluate, type Evaluation, loadSummary } from "./evaluate.ts";
import { evaluationFeeds, stepFeeds } from "./feeds.ts";
import { keptSteps } from "./kept-steps.ts";
import { labelInformation } from "./label-information.ts";
import { createModelMemory, type ModelMemory } from "./model-memory.ts";
import { optimiserOf } from "./optimiser.ts";
import { learningRateAt } from "./schedule.ts";
import type { Checkpoint, Train, TrainingHooks, TrainingJob, TrainingOutcome } from "./types.ts";
import type { FinalResults } from "../records/results.ts";

/** Share of the last steps over which the final training loss is averaged. */
const TAIL = 0.05;
/** Name in a checkpoint of the training losses of the tail so far. */
const TAIL_LOSSES = "history/tail_losses";

/**
 * Trains one model from its seed, or from a checkpoint on, and evaluates it.
 * @throws RunError where a loss or gradient is not finite; no checkpoint of such a model is given out.
 */
export const train: Train = async (job, resume, hooks) => {
  const { model, seed, corpus, engine } = job;
  const { settings } = model;
  const { training, data } = settings;
  const progress = progressOf(job, hooks);
  progress("compiling", resume?.step ?? 0, null);
  const program = gradientProgram(model);
  const executable = await engine.compile(program);
  const evaluation = await prepare(engine, evaluationProgram(model, "eval", isTask(corpus)));
  if (settings.parent !== null && resume === null && job.parent === null) {
    throw new Error("the settings name a parent, but its weights were not given");
  }
  const memory = createModelMemory(engine, model, seed, resume, job.parent);
  const optimise = optimiserOf(model);
  const checks = evaluationBatches(corpus, data, "validation", training.evaluationTokens);
  const tailStart = training.steps - Math.max(1, Math.round(TAIL * training.steps)) + 1;
  const tail = Array.from(resume?.tensors[TAIL_LOSSES]?.values ?? []);
  const checkpoint = (step: number): void => hooks.onCheckpoint(withTail(memory.save(step), tail));
  // Batches and noise go on counting where the parent stopped, so that a child does not see its parent's batches again.
  const before = settings.parent?.training.steps ?? 0;
  const averageStart = averageStartOf(training);
  const kept = new Set(hooks.onWeights === undefined ? [] : keptSteps(training.steps));
  let into: HostTensors = memory.outputs;
  for (let step = (resume?.step ?? 0) + 1; step <= training.steps; step++) {
    if (hooks.shouldStop()) {
      checkpoint(step - 1);
      await Promise.all([executable.dispose(), evaluation.executable.dispose()]);
      return { status: "interrupted", stepsDone: step - 1 };
    }
    const batch = trainingBatch(corpus, data, seed, before + step - 1);
    const inputs: Record<string, HostArray> = {
      ...memory.inputs,
      ...stepFeeds(model, batch, seed, before + step - 1),
    };
    const outputs = await executable.run(inputs, into);
    into = outputs; // the same arrays every step
    const loss = outputs[NAMES.loss]?.[0] ?? Number.NaN;
    const gradientNorm = Number.isFinite(loss) ? optimise(memory.training, step) : Number.NaN;
    if (!Number.isFinite(gradientNorm)) {
      const where = await engine.findNonFinite(program, inputs);
      const what = Number.isFinite(loss) ? "a gradient" : "the loss";
      throw step === 1 ? notFiniteAtOnce(what, where) : notFinite(step, what, where, training);
    }
    refuseState(outputs, step);
    memory.advanceState();
    if (step >= averageStart) memory.addToAverage(step - averageStart + 1);
    if (step >= tailStart) tail.push(loss);
    if (kept.has(step)) hooks.onWeights?.(memory.weights(step));
    const isCheck = step % training.evaluateEvery === 0 || step === training.steps;
    let validationLossNats: number | null = null;
    if (isCheck) {
      const found = await judge(job, evaluation, checks, memory, step);
      validationLossNats = found.lossNats;
      hooks.onRouting(step, found.load);
    }
    hooks.onMetrics({
      step,
      tokens: step * data.batchSequences * data.sequenceLength,
      learningRate: learningRateAt(step, training),
      trainLossNats: loss,
      balanceLoss: meanOf(outputs[NAMES.balance]),
      zLoss: meanOf(outputs[NAMES.z]),
      gradientNorm,
      validationLossNats,
    });
    progress("training", step, loss);
    if (isCheck && step < training.steps) checkpoint(step);
  }
  progress("evaluating", training.steps, null);
  memory.takeAverage();
  const outcome = await finish(job, memory, evaluation, tail);
  checkpoint(training.steps);
  await Promise.all([executable.dispose(), evaluation.executable.dispose()]);
  return outcome;
};

/** The first step whose weights are averaged; Infinity where none are. */
function averageStartOf({ steps, averageLastShare }: TrainingSettings): number {
  return averageLastShare === 0
    ? Number.POSITIVE_INFINITY
    : steps - Math.max(1, Math.round(averageLastShare * steps)) + 1;
}

/** The final evaluation, on all validation tokens, and once on the test split, which nothing is chosen by. */
async function finish(
  job: TrainingJob,
  memory: ModelMemory,
  evaluation: Prepared,
  tail: readonly number[],
): Promise<TrainingOutcome> {
  const { model, corpus, engine } = job;
  const { data, training } = model.settings;
  const batches = evaluationBatches(corpus, data, "validation", data.validationTokens);
  const found = await judge(job, evaluation, batches, memory, training.steps);
  let causal: Evaluation | null = null;
  if (!model.router.causal) {
    const prepared = await prepare(engine, evaluationProgram(model, "causal-eval", isTask(corpus)));
    causal = await judge(job, prepared, batches, memory, training.steps);
    await prepared.executable.dispose();
  }
  const testTokens = tokensThatFit(corpus, data, "test", data.validationTokens);
  const test =
    testTokens === null
      ? null
      : await judge(
          job,
          evaluation,
          evaluationBatches(corpus, data, "test", testTokens),
          memory,
          training.steps,
        );
  const results: FinalResults = {
    tokensTrained: training.steps * data.batchSequences * data.sequenceLength,
    trainLossNats: tail.reduce((sum, loss) => sum + loss, 0) / tail.length,
    validationLossNats: found.lossNats,
    validationBitsPerByte: bitsPerByte(corpus, batches, found.domainLossNats),
    causalValidationLossNats: causal?.lossNats ?? null,
    domainLossNats: found.domainLossNats,
    balanceLoss: found.balanceLoss,
    zLoss: found.zLoss,
    ...loadSummary(found.load),
    unroutedShare: found.unroutedShare,
    testLossNats: test?.lossNats ?? null,
    ...taskResults(job, causal ?? found),
  };
  return {
    status: "finished",
    stepsDone: training.steps,
    results,
    load: found.load,
    expertsPerToken: found.expertsPerToken,
    matrices: found.matrices,
  };
}

/** Whether labels and the best possible loss are known. */
function isTask({ domains }: Corpus): boolean {
  return domains.every(({ task }) => task !== null);
}

/** What a synthetic task lets one know; nothing of text. Of routers that see the future: when only the past decides. */
function taskResults(
  { model, corpus, seed }: TrainingJob,
  { routed }: Evaluation,
): Pick<FinalResults, "task"> {
  const { data } = model.settings;
  const optimum = optimumOf(corpus, data, "validation", data.validationTokens);
  if (optimum === null) return {};
  const { E } = model.router.sizes;
  const { layers, denseLayers } = model.settings.model;
  const shape = { layers: layers - denseLayers, experts: E };
  const information = labelInformation(routed, shape, streamOf(seed, "label-shuffle"));
  return { task: { optimumNats: optimum.measuredNats, ...information } };
}

/** A program with its executable. */
interface Prepared {
  readonly program: Program;
  readonly executable: Executable;
}

async function prepare(engine: Engine, program: Program): Promise<Prepared> {
  return { program, executable: await engine.compile(program) };
}

/**
 * An evaluation whose loss is finite; one that is not means that the newest step blew the model up. It is noticed here,
 * before a checkpoint of that model takes the place of a good one.
 * @throws RunError
 */
async function judge(
  job: TrainingJob,
  { program, executable }: Prepared,
  batches: readonly EvaluationBatch[],
  { inputs }: ModelMemory,
  step: number,
): Promise<Evaluation> {
  const { model, seed, engine } = job;
  const found = await evaluate(executable, job, batches, inputs);
  const [batch] = batches;
  if (Number.isFinite(found.lossNats) || batch === undefined) return found;
  const where = await engine.findNonFinite(program, {
    ...inputs,
    ...evaluationFeeds(model, batch, seed, 0),
  });
  throw notFinite(step, "the validation loss", where, model.settings.training);
}

/** A state that no loss shows would be carried on for ever: experts go dead, and nothing says why. */
function refuseState(outputs: HostTensors, step: number): void {
  const prefix = NAMES.nextState("");
  const name = Object.keys(outputs).find(
    (one) => one.startsWith(prefix) && !outputs[one]?.every((value) => Number.isFinite(value)),
  );
  if (name === undefined) return;
  throw new DivergedError(
    `step ${step}: the state ${name.slice(prefix.length)} that the router returned is not finite`,
    "Look in its route for a division by zero, a logarithm or a power that makes it; the same command fails the same way.",
  );
}

/** Nothing has been learned yet: initial values and the model's functions make it. */
function notFiniteAtOnce(what: string, where: string | null): RunError {
  return new DivergedError(
    `step 1: ${what} is not finite; ${placeOf(where)}`,
    "No learning rate makes this: look for a division by zero, a logarithm or a power there; the same command fails the same way.",
  );
}

function placeOf(where: string | null): string {
  return where === null ? "a repetition of the step did not show where" : `the first such value is ${where}`;
}

function notFinite(step: number, what: string, where: string | null, training: TrainingSettings): RunError {
  const place = placeOf(where);
  const learningRate = learningRateAt(step, training).toPrecision(3);
  return new DivergedError(
    `step ${step}: ${what} is not finite; ${place}`,
    `Lower training.learningRate (it was ${learningRate} at this step), lengthen training.warmupSteps or clip harder ` +
      `(training.optimizer.clipNorm); the checkpoint of the last evaluation is kept.`,
  );
}

function withTail(checkpoint: Checkpoint, tail: readonly number[]): Checkpoint {
  const values = Float32Array.from(tail);
  return {
    ...checkpoint,
    tensors: { ...checkpoint.tensors, [TAIL_LOSSES]: { shape: [values.length], values } },
  };
}

function meanOf(values: HostArray | undefined): number | null {
  if (values === undefined || values.length === 0) return null;
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/** Reports progress with the speed over the last steps. */
function progressOf(
  { model: { settings } }: TrainingJob,
  hooks: TrainingHooks,
): (phase: "compiling" | "training" | "evaluating", step: number, loss: number | null) => void {
  const { steps } = settings.training;
  const tokensPerStep = settings.data.batchSequences * settings.data.sequenceLength;
  const window = 20;
  const times: number[] = [];
  return (phase, step, trainLossNats) => {
    if (phase === "training") times.push(performance.now());
    if (times.length > window) times.shift();
    const [first] = times;
    const last = times.at(-1);
    const seconds = first === undefined || last === undefined ? 0 : (last - first) / 1000;
    const tokensPerSecond = seconds > 0 ? ((times.length - 1) * tokensPerStep) / seconds : null;
    hooks.onProgress({ phase, step, steps, trainLossNats, tokensPerSecond });
  };
}

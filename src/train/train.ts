import { stepsBefore } from "../config/parent.ts";
import type { TrainingSettings } from "../config/settings.ts";
import { evaluationBatches, trainingBatch } from "../data/batches.ts";
import type { HostArray, HostTensors } from "../engine/types.ts";
import { evaluationProgram, gradientProgram, NAMES } from "../model/programs.ts";
import type { MetricRow } from "../records/results.ts";
import { stepFeeds } from "./feeds.ts";
import { finalResults, isTask } from "./final-results.ts";
import { judge, prepare, type Prepared } from "./judge.ts";
import { keptSteps } from "./kept-steps.ts";
import { createModelMemory, type ModelMemory } from "./model-memory.ts";
import { notFinite, notFiniteAtOnce, refuseState } from "./not-finite.ts";
import { optimiserOf } from "./optimiser.ts";
import { createReference, type Reference } from "./reference.ts";
import { learningRateAt } from "./schedule.ts";
import type { Checkpoint, Train, TrainingHooks, TrainingJob } from "./types.ts";

/** Share of the last steps over which the final training loss is averaged. */
const TAIL = 0.05;
/** Name in a checkpoint of the training losses of the tail so far. */
const TAIL_LOSSES = "history/tail_losses";

/**
 * Trains one model from its seed, or from a checkpoint on, and evaluates it.
 * @throws RunError where a loss or gradient is not finite; no checkpoint of such a model is given out.
 */
export const train: Train = async (job, resume, hooks) => {
  const { model, corpus, engine } = job;
  const { parent, training, data } = model.settings;
  const progress = progressOf(job, hooks);
  progress("compiling", resume?.step ?? 0, null);
  const step = await prepare(engine, gradientProgram(model));
  const evaluation = await prepare(engine, evaluationProgram(model, "eval", isTask(corpus)));
  if (parent !== null && job.parent === null && (resume === null || model.objective.hasReference)) {
    throw new Error("the settings name a parent, but its weights were not given");
  }
  const memory = createModelMemory(engine, model, { seed: job.seed, from: resume, parent: job.parent });
  const reference = await createReference(engine, model, job.seed, () => numbersOfParent(job));
  const dispose = (): Promise<unknown> =>
    Promise.all([step.executable.dispose(), evaluation.executable.dispose(), reference.dispose()]);
  const takeStep = steps(job, step, { memory, reference });
  const checks = evaluationBatches(corpus, data, "validation", training.evaluationTokens);
  const tailStart = training.steps - Math.max(1, Math.round(TAIL * training.steps)) + 1;
  const tail = Array.from(resume?.tensors[TAIL_LOSSES]?.values ?? []);
  const checkpoint = (at: number): void => hooks.onCheckpoint(withTail(memory.save(at), tail));
  const kept = new Set(hooks.onWeights === undefined ? [] : keptSteps(training.steps));
  for (let at = (resume?.step ?? 0) + 1; at <= training.steps; at++) {
    if (hooks.shouldStop()) {
      checkpoint(at - 1);
      await dispose();
      return { status: "interrupted", stepsDone: at - 1 };
    }
    const taken = await takeStep(at);
    if (at >= tailStart) tail.push(taken.trainLossNats);
    if (kept.has(at)) hooks.onWeights?.(memory.weights(at));
    const isCheck = at % training.evaluateEvery === 0 || at === training.steps;
    const found = isCheck ? await judge(job, evaluation, checks, { memory, step: at }) : null;
    if (found !== null) hooks.onRouting(at, found.load);
    hooks.onMetrics({ ...taken, validationLossNats: found?.lossNats ?? null });
    progress("training", at, taken.trainLossNats);
    if (isCheck && at < training.steps) checkpoint(at);
  }
  progress("evaluating", training.steps, null);
  memory.takeAverage();
  const outcome = await finalResults(job, { memory, reference }, evaluation, tail);
  checkpoint(training.steps);
  await dispose();
  return outcome;
};

/** A row of the step's metrics, without an evaluation's. */
type StepMetrics = Omit<MetricRow, "validationLossNats">;

/**
 * Steps of the optimiser, one after another; each changes the memory in place.
 * @returns what takes the step of a number, from 1; it throws RunError where a loss, a gradient or the router's state is not finite.
 */
function steps(
  job: TrainingJob,
  { program, executable }: Prepared,
  { memory, reference }: { readonly memory: ModelMemory; readonly reference: Reference },
): (step: number) => Promise<StepMetrics> {
  const { model, corpus, seed, engine } = job;
  const { reports } = model.objective;
  const { training } = model.settings;
  const data = { ...model.settings.data, inPairs: model.objective.needs === "pairs" };
  const optimise = optimiserOf(model);
  // Batches and noise go on counting where the parents stopped, so that a child does not see their batches again.
  const before = stepsBefore(model.settings);
  const averageStart = averageStartOf(training);
  let into: HostTensors = memory.outputs;
  return async (step) => {
    const batch = trainingBatch(corpus, data, seed, before + step - 1);
    const inputs = {
      ...memory.inputs,
      ...stepFeeds(model, batch, seed, before + step - 1),
      ...(await reference.feeds(batch, before + step - 1)),
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
    return {
      step,
      tokens: step * data.batchSequences * data.sequenceLength,
      learningRate: learningRateAt(step, training),
      trainLossNats: loss,
      balanceLoss: meanOf(outputs[NAMES.balance]),
      zLoss: meanOf(outputs[NAMES.z]),
      gradientNorm,
      ...(reports.length > 0 && { objective: numbersOf(reports, outputs) }),
    };
  };
}

/** The numbers that a run's model starts with. @throws Error without the parent's weights */
function numbersOfParent({ engine, model, seed, parent }: TrainingJob): ModelMemory["inputs"] {
  return createModelMemory(engine, model, { seed, parent }).inputs;
}

/** What the objective reports of a step. */
function numbersOf(reports: readonly string[], outputs: HostTensors): Record<string, number> {
  return Object.fromEntries(reports.map((name) => [name, outputs[NAMES.reported(name)]?.[0] ?? Number.NaN]));
}

/** The first step whose weights are averaged; Infinity where none are. */
function averageStartOf({ steps, averageLastShare }: TrainingSettings): number {
  return averageLastShare === 0
    ? Number.POSITIVE_INFINITY
    : steps - Math.max(1, Math.round(averageLastShare * steps)) + 1;
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

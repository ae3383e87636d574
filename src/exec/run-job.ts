import { join } from "node:path";
import { routerNames } from "../config/by-layer/spans.ts";
import type { DataSettings } from "../config/settings.ts";
import { DivergedError, RunError, messageOf } from "../core/errors.ts";
import { placeOf, showPlace, withLongTraces } from "../core/places.ts";
import { systemSentence } from "../core/system-errors.ts";
import type { Corpus } from "../data/types.ts";
import type { EngineOptions } from "../engine/create.ts";
import type { Engine, EngineChoice } from "../engine/types.ts";
import { loadFinalCheckpoint } from "../store/checkpoint.ts";
import { runIdOf, runNameOf } from "../store/identity.ts";
import { inspectRun } from "../store/read-run.ts";
import { keepTokenizer } from "../data/tokenizers/tokenizer-file.ts";
import { openRun } from "../store/write-run.ts";
import type { RunPlan, RunWriter } from "../store/write-run.ts";
import type { Checkpoint, TimeSteps, Train, TrainingHooks, TrainingJob } from "../train/types.ts";
import { modelRouters, type ModelRouters } from "./model-routers.ts";
import { planRun } from "./run-plan.ts";
import { type ModelSpec, modelSpec } from "../model/spec.ts";
import type { VariantSpec, FromWorker, RunEnd, RunSpec, TimingSpec } from "./messages.ts";
import { provenanceOf } from "./provenance.ts";
import type { LoadedRouter } from "./user-router.ts";

/** Everything heavy that a worker uses, injected so that tests can do without. */
export interface WorkerServices {
  readonly createEngine: (name: EngineChoice, options: EngineOptions) => Promise<Engine>;
  readonly loadCorpus: (data: DataSettings, options: { readonly cacheFolder: string | null }) => Corpus;
  /** @param file absolute path of a user's file; null for a shipped router. */
  readonly loadRouter: (name: string, file: string | null) => Promise<LoadedRouter>;
  readonly train: Train;
  readonly timeSteps: TimeSteps;
}

/** A worker's line to its parent. */
export interface WorkerChannel {
  readonly send: (message: FromWorker) => void;
  /** Whether the parent asked to stop, or is gone. */
  readonly stopRequested: () => boolean;
}

/** Progress messages are sent at most this often. */
const PROGRESS_INTERVAL_MS = 200;

/**
 * Does one run in this process: takes its folder, trains from its newest checkpoint (or from its parent's final weights),
 * writes its files.
 * What goes wrong is recorded in the run and returned, not thrown.
 */
export async function doRun(
  spec: RunSpec,
  services: WorkerServices,
  channel: WorkerChannel,
): Promise<RunEnd> {
  let run: RunWriter | null = null;
  try {
    const { plan, model, corpus, parent } = await planVariant(
      spec.variant,
      spec.seed,
      spec.cacheFolder,
      services,
    );
    if (runNameOf(plan.identity) !== spec.runName) {
      throw new RunError(
        `the run was planned as ${spec.runName}, but is now ${runNameOf(plan.identity)}`,
        "The text or the router's file changed after the start; start the command again.",
      );
    }
    const engine = await services.createEngine(spec.engine, { threads: spec.threads, passes: spec.passes });
    const opened = openRun(spec.runsFolder, plan, provenanceOf(engine));
    if (opened.kind === "finished") return { status: "finished", reused: true };
    if (opened.kind === "busy") return { status: "busy", owner: opened.owner };
    run = opened.run;
    keepTokenizer(run.folder, corpus.tokenizer);
    const { notes } = run;
    channel.send({ type: "started", step: run.resume?.step ?? 0, ...(notes.length > 0 && { notes }) });
    // One that goes on from a checkpoint has left its parent behind, unless it measures against it.
    const needsParent = run.resume === null || model.objective.hasReference;
    const start = needsParent && parent !== null ? finalWeights(spec.runsFolder, parent.plan) : null;
    const job = { model, seed: spec.seed, corpus, engine, parent: start };
    const hooks = hooksOf(run, channel, spec.keepsWeights ?? true);
    const from = run.resume;
    const outcome = await withLongTraces(() => services.train(job, from, hooks));
    if (outcome.status === "finished" && !Number.isFinite(outcome.results.validationLossNats)) {
      throw new DivergedError(
        `the validation loss after step ${outcome.stepsDone} is ${outcome.results.validationLossNats}`,
        "Training diverged at its end; try a lower training.learningRate.",
      );
    }
    run.end(outcome);
    return outcome.status === "finished"
      ? { status: "finished", reused: false }
      : { status: "interrupted", stepsDone: outcome.stepsDone };
  } catch (error) {
    const hasOwn = Object.keys(spec.variant.routerFiles).length > 0;
    return recordFailure(run, (hasOwn && routerFailure(error)) || failureOf(error));
  }
}

/** What a run computes, as this process sees it. */
interface PlannedVariant {
  readonly plan: RunPlan;
  readonly model: ModelSpec;
  readonly corpus: Corpus;
  readonly parent: PlannedVariant | null;
}

async function planVariant(
  variant: VariantSpec,
  seed: number,
  cacheFolder: string | null,
  services: WorkerServices,
): Promise<PlannedVariant> {
  const parentSeed = variant.settings.parent?.seed ?? seed;
  const parent = variant.parent && (await planVariant(variant.parent, parentSeed, cacheFolder, services));
  const routers = await loadRouters(variant, services);
  const corpus = services.loadCorpus(variant.settings.data, { cacheFolder });
  const model = modelSpec(variant.settings, routers.find, corpus.vocabulary);
  const plan = planRun({ model, seed, routers, corpus, parent: parent && parent.plan.identity });
  return { plan, model, corpus, parent };
}

async function loadRouters(
  { settings: { router }, routerFiles }: VariantSpec,
  services: Pick<WorkerServices, "loadRouter">,
): Promise<ModelRouters> {
  const loaded = new Map<string, LoadedRouter>();
  for (const name of routerNames(router)) {
    loaded.set(name, await services.loadRouter(name, routerFiles[name] ?? null));
  }
  return modelRouters(router, (name) => {
    const found = loaded.get(name);
    if (found === undefined) throw new Error(`router ${name} was not loaded`);
    return found;
  });
}

/** The final weights of a finished run. @throws RunError where they are not there. */
function finalWeights(runsFolder: string, { identity }: RunPlan): Checkpoint {
  const name = runNameOf(identity);
  const folder = join(runsFolder, name);
  const { record, damage } = inspectRun(folder);
  if (record?.status !== "finished") {
    const why = damage.length === 0 ? "" : `: ${damage.join("; ")}`;
    const message = `the parent run ${name} is ${record?.status ?? "missing"}${why}`;
    throw new RunError(message, "The same command trains it first.");
  }
  try {
    return loadFinalCheckpoint(join(folder, "checkpoint"), runIdOf(identity));
  } catch (error) {
    throw new RunError(
      `the final weights of the parent run ${name} can't be read: ${messageOf(error)}`,
      `Delete ${folder}; the same command then trains it again.`,
    );
  }
}

/**
 * Times every variant's training step, in turn.
 * @returns seconds, [variant][round]; in the place of a variant's that can't be loaded, compiled or stepped, why.
 * @throws what making the engine throws.
 */
export async function doTiming(
  spec: TimingSpec,
  services: WorkerServices,
): Promise<readonly (readonly number[] | string)[]> {
  const engine = await services.createEngine(spec.engine, { threads: spec.threads, passes: spec.passes });
  const jobs = new Map<VariantSpec, TrainingJob>();
  const found = new Map<VariantSpec, readonly number[] | string>();
  for (const variant of spec.variants) {
    try {
      const routers = await loadRouters(variant, services);
      const corpus = services.loadCorpus(variant.settings.data, { cacheFolder: spec.cacheFolder });
      const model = modelSpec(variant.settings, routers.find, corpus.vocabulary);
      jobs.set(variant, { model, seed: 1, corpus, engine, parent: null });
    } catch (error) {
      found.set(variant, messageOf(error));
    }
  }
  const limits = { rounds: spec.rounds, maxSeconds: spec.maxSeconds };
  const timed = await services.timeSteps([...jobs.values()], limits);
  for (const [index, variant] of [...jobs.keys()].entries()) found.set(variant, timed[index] ?? []);
  return spec.variants.map((variant) => found.get(variant) ?? []);
}

function hooksOf(run: RunWriter, channel: WorkerChannel, keepsWeights: boolean): TrainingHooks {
  let lastSentMs = -Infinity;
  let lastPhase = "";
  return {
    onProgress: (progress) => {
      const now = performance.now();
      const last = progress.step >= progress.steps;
      if (progress.phase === lastPhase && !last && now - lastSentMs < PROGRESS_INTERVAL_MS) return;
      lastSentMs = now;
      lastPhase = progress.phase;
      channel.send({ type: "progress", progress });
    },
    onMetrics: (row) => run.appendMetrics(row),
    onRouting: (step, load) => run.appendRouting(step, load),
    onCheckpoint: (checkpoint) => run.checkpoint(checkpoint),
    ...(keepsWeights && { onWeights: (weights) => run.keepWeights(weights) }),
    shouldStop: () => {
      run.beat();
      return channel.stopRequested();
    },
  };
}

/** Why a run failed. */
interface RunFailure {
  readonly status: "failed" | "diverged";
  readonly message: string;
  /** What to do, without a full stop at the end or with one. */
  readonly hint: string;
}

/** A failure that began in a person's own code, which in a worker is the router's; null for any other. */
function routerFailure(error: unknown): RunFailure | null {
  const place = error instanceof RunError || systemSentence(error) !== null ? null : placeOf(error);
  if (place === null) return null;
  const kind = error instanceof Error && error.name !== "Error" ? `${error.name}: ` : "";
  return {
    status: "failed",
    message: `${showPlace(place)}: the router threw ${kind}${messageOf(error)}`,
    hint: "Correct it there: the same command fails the same way until then",
  };
}

function failureOf(error: unknown): RunFailure {
  const status = error instanceof DivergedError ? "diverged" : "failed";
  const system = systemSentence(error);
  if (system !== null) {
    return { status, message: system, hint: "The same command goes on from the last checkpoint" };
  }
  const unknown = `This is not a known kind of failure. ${error instanceof Error ? (error.stack ?? "") : ""}`;
  const hint = error instanceof RunError ? error.hint : unknown.trim();
  return { status, message: messageOf(error), hint };
}

/** Records a failure in the run's folder, if it was opened; a disk that is full may refuse even that. */
function recordFailure(run: RunWriter | null, { status, message, hint }: RunFailure): RunEnd {
  try {
    run?.end({ status, failure: `${message}. ${hint}` });
  } catch (second) {
    return { status: "failed", message: `${message}; recording it failed too: ${messageOf(second)}`, hint };
  }
  return { status: "failed", message, hint };
}

import type { DataSettings } from "../config/settings.ts";
import { RunError, messageOf } from "../core/errors.ts";
import type { Corpus } from "../data/types.ts";
import type { Engine, EngineName } from "../engine/types.ts";
import { runNameOf } from "../store/identity.ts";
import { openRun } from "../store/write-run.ts";
import type { RunWriter } from "../store/write-run.ts";
import type { TimeSteps, Train, TrainingHooks, TrainingJob } from "../train/types.ts";
import { planRun } from "./arm.ts";
import type { CostOf } from "./arm.ts";
import type { ArmSpec, FromWorker, RunEnd, RunSpec, TimingSpec } from "./messages.ts";
import { provenanceOf } from "./provenance.ts";
import type { LoadedRouter } from "./user-router.ts";

/** Everything heavy that a worker uses, injected so that tests can do without. */
export interface WorkerServices {
  readonly createEngine: (name: EngineName, options: { readonly threads: number }) => Promise<Engine>;
  readonly loadCorpus: (data: DataSettings, options: { readonly cacheFolder: string | null }) => Corpus;
  readonly loadRouter: (arm: ArmSpec) => Promise<LoadedRouter>;
  readonly costOf: CostOf;
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
 * Does one run in this process: takes its folder, trains from its newest checkpoint, writes its files.
 * What goes wrong is recorded in the run and returned, not thrown.
 */
export async function doRun(
  spec: RunSpec,
  services: WorkerServices,
  channel: WorkerChannel,
): Promise<RunEnd> {
  let run: RunWriter | null = null;
  try {
    const loaded = await services.loadRouter(spec.arm);
    const corpus = services.loadCorpus(spec.arm.settings.data, { cacheFolder: spec.cacheFolder });
    const plan = planRun(spec.arm.settings, spec.seed, loaded, corpus, services.costOf);
    if (runNameOf(plan.identity) !== spec.runName) {
      throw new RunError(
        `the run was planned as ${spec.runName}, but is now ${runNameOf(plan.identity)}`,
        "The text or the router's file changed after the start; start the command again.",
      );
    }
    const engine = await services.createEngine(spec.engine, { threads: spec.threads });
    const opened = openRun(spec.runsFolder, plan, provenanceOf(engine));
    if (opened.kind === "finished") return { status: "finished", reused: true };
    if (opened.kind === "busy") return { status: "busy", owner: opened.owner };
    run = opened.run;
    channel.send({ type: "started", step: run.resume?.step ?? 0 });
    const job = { settings: spec.arm.settings, seed: spec.seed, router: loaded.router, corpus, engine };
    const outcome = await services.train(job, run.resume, hooksOf(run, channel));
    if (outcome.status === "finished" && !Number.isFinite(outcome.results.validationLossNats)) {
      throw new RunError(
        `the validation loss after step ${outcome.stepsDone} is ${outcome.results.validationLossNats}`,
        "Training diverged at its end; try a lower training.learningRate.",
      );
    }
    run.end(outcome);
    return outcome.status === "finished"
      ? { status: "finished", reused: false }
      : { status: "interrupted", stepsDone: outcome.stepsDone };
  } catch (error) {
    return recordFailure(run, error);
  }
}

/**
 * Times every arm's training step, in turn.
 * @returns seconds, [arm][round].
 * @throws what loading or compiling throws.
 */
export async function doTiming(
  spec: TimingSpec,
  services: WorkerServices,
): Promise<readonly (readonly number[])[]> {
  const engine = await services.createEngine(spec.engine, { threads: spec.threads });
  const jobs: TrainingJob[] = [];
  for (const arm of spec.arms) {
    const { router } = await services.loadRouter(arm);
    const corpus = services.loadCorpus(arm.settings.data, { cacheFolder: spec.cacheFolder });
    jobs.push({ settings: arm.settings, seed: 1, router, corpus, engine });
  }
  return services.timeSteps(jobs, { rounds: spec.rounds, maxSeconds: spec.maxSeconds });
}

function hooksOf(run: RunWriter, channel: WorkerChannel): TrainingHooks {
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
    shouldStop: () => {
      run.beat();
      return channel.stopRequested();
    },
  };
}

/** Records a failure in the run's folder, if it was opened; a disk that is full may refuse even that. */
function recordFailure(run: RunWriter | null, error: unknown): RunEnd {
  const message = messageOf(error);
  const hint =
    error instanceof RunError
      ? error.hint
      : `This is not a known kind of failure. ${error instanceof Error ? (error.stack ?? "") : ""}`.trim();
  try {
    run?.end({ status: "failed", failure: `${message}. ${hint}` });
  } catch (second) {
    return { status: "failed", message: `${message}; recording it failed too: ${messageOf(second)}`, hint };
  }
  return { status: "failed", message, hint };
}

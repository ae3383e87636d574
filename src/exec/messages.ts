import type { RouterReport } from "../check/check-router.ts";
import type { Settings } from "../config/settings.ts";
import type { Engine, EngineChoice } from "../engine/types.ts";
import type { RouterToCheck } from "./check-job.ts";
import type { Owner } from "../store/holding/owner.ts";
import type { Progress } from "../train/types.ts";

/** What a worker process needs to know of one variant: settings, and where its routers are. */
export interface VariantSpec {
  readonly settings: Settings;
  /** Absolute paths of users' router files, by the routers' names; what is not there is shipped. */
  readonly routerFiles: Readonly<Record<string, string>>;
  /** The variant of the run that this one starts from; null where the settings name none. */
  readonly parent: VariantSpec | null;
}

/** How a worker computes. */
export interface WorkerSettings {
  readonly engine: EngineChoice;
  readonly threads: number;
  /** Names of the graph passes that run, in an engine that has any; all by default. */
  readonly passes?: readonly string[] | undefined;
  /** Where tokenised text is cached; null: nowhere. */
  readonly cacheFolder: string | null;
}

/** One run for a worker process; plain data, so that it can also be a file. */
export interface RunSpec extends WorkerSettings {
  readonly variant: VariantSpec;
  readonly seed: number;
  /** Absolute. */
  readonly runsFolder: string;
  /** Whether weights are kept on the way, for the analyses; so where it is left out. */
  readonly keepsWeights?: boolean;
  /** Name that the parent gave the run; a worker that computes another one has other data or another router file. */
  readonly runName: string;
}

/** A timing pass: every variant's step, in turn. */
export interface TimingSpec extends WorkerSettings {
  readonly variants: readonly VariantSpec[];
  readonly rounds: number;
  readonly maxSeconds: number;
}

/** Routers to check before anything trains. */
interface CheckSpec {
  readonly routers: readonly RouterToCheck[];
  readonly threads: 1;
}

/** Parent to worker. One request a process; `stop` asks a run to end after its step. */
export type ToWorker =
  | { readonly type: "run"; readonly spec: RunSpec }
  | { readonly type: "time"; readonly spec: TimingSpec }
  /** `measure`: with the speed check of about a second. */
  | { readonly type: "probe"; readonly spec: WorkerSettings; readonly measure: boolean }
  | { readonly type: "check"; readonly spec: CheckSpec }
  | { readonly type: "stop" };

/** How a run ended, as the pool reports it. */
export type RunEnd =
  /** `reused`: another process had finished it meanwhile. */
  | { readonly status: "finished"; readonly reused: boolean }
  | { readonly status: "interrupted"; readonly stepsDone: number }
  | { readonly status: "failed"; readonly message: string; readonly hint: string }
  | { readonly status: "busy"; readonly owner: Owner };

/** What an engine is, from a process that loaded it. */
export interface ProbeResult {
  readonly engine: Pick<Engine, "name" | "threads" | "versions" | "passes" | "advice">;
  /** Billions of floating-point operations a second of one float32 matrix multiply, 512 x 512 x 512; null unmeasured. */
  readonly multiplyGflops: number | null;
}

/** Worker to parent. */
export type FromWorker =
  /** The run is locked and begins at this step. `notes`: why not at that of a checkpoint that is there. */
  | { readonly type: "started"; readonly step: number; readonly notes?: readonly string[] }
  | { readonly type: "progress"; readonly progress: Progress }
  /** It lives and its loop turns. */
  | { readonly type: "beat" }
  | { readonly type: "ended"; readonly end: RunEnd }
  /** Seconds of steps, [variant][round]; in the place of a variant's that can't take one, why. */
  | { readonly type: "timed"; readonly seconds: readonly (readonly number[] | string)[] }
  | { readonly type: "probed"; readonly result: ProbeResult }
  /** In the order of the routers. */
  | { readonly type: "checked"; readonly reports: readonly RouterReport[] }
  /** `time`, `probe` or `check` could not be done. */
  | { readonly type: "refused"; readonly message: string };

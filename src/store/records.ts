import type { FinalResults, LoadTable, MatrixRecord } from "../train/types.ts";
import type { Cost } from "../model/cost.ts";
import type { Experiment, Settings } from "../config/settings.ts";
import type { LooksRecord } from "./looks.ts";

/** How a run stands. `running` with a dead owner counts as interrupted. */
export type RunStatus = "running" | "interrupted" | "failed" | "finished";

/** All that decides a run's numbers; its canonical JSON is hashed into the run's id. */
export interface RunIdentity {
  /** Resolved settings with the data's file paths replaced by the data hash below. */
  readonly settings: Settings;
  readonly seed: number;
  /** SHA-256 over the token streams of every domain and split. */
  readonly dataHash: string;
  /** SHA-256 of a user's router file with its local imports; null for a shipped router. */
  readonly routerHash: string | null;
  /** Id of the run whose final weights this one starts from; null for one that starts at random. */
  readonly parent: string | null;
  /** Raised by any code change that changes results. */
  readonly numerics: number;
}

/** What computed a run; recorded beside the numbers, not part of the id. */
export interface Provenance {
  readonly engine: string;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly passes: readonly string[];
  readonly platform: string;
  readonly cpu: string;
  readonly moeLab: string;
}

/** run.json. */
export interface RunRecord {
  readonly format: 1;
  readonly id: string;
  /** `<router>-s<seed>-<id>`, the folder's name. */
  readonly name: string;
  readonly status: RunStatus;
  readonly identity: RunIdentity;
  /** Options that the router solved (e.g. a matched init scale), by option name. */
  readonly solved: Readonly<Record<string, number>>;
  readonly causal: boolean;
  readonly cost: Cost;
  readonly provenance: Provenance | null;
  readonly stepsDone: number;
  readonly results: FinalResults | null;
  readonly load: LoadTable | null;
  readonly matrices: readonly MatrixRecord[];
  /** Why it failed: one sentence and what to try. */
  readonly failure: string | null;
}

/** One row of runs.csv: a run of an experiment, whatever its status. */
export interface RunRow {
  readonly variant: string;
  readonly seed: number;
  readonly runId: string;
  readonly status: RunStatus | "missing";
  /** Engine, versions and threads in one word, to mark pairs that differ; null when not run. */
  readonly provenance: string | null;
  readonly results: FinalResults | null;
}

/** One row of curves.csv (thinned to at most ~200 rows a run). */
export interface CurveRow {
  readonly variant: string;
  readonly seed: number;
  readonly step: number;
  readonly tokens: number;
  readonly trainLossNats: number | null;
  readonly validationLossNats: number | null;
}

/** One row of routing.csv: the share of a layer's assignments that an expert got at an evaluation during training. */
export interface RoutingRow {
  readonly variant: string;
  readonly seed: number;
  readonly step: number;
  readonly tokens: number;
  readonly layer: number;
  readonly expert: number;
  readonly share: number;
}

/** What an experiment is, without paths of the machine; experiment.json of a result folder. */
export interface ExperimentRecord {
  readonly format: 1;
  readonly experiment: Experiment;
  /** By variant name. */
  readonly variants: Readonly<
    Record<
      string,
      {
        readonly cost: Cost;
        readonly causal: boolean;
        readonly solved: Readonly<Record<string, number>>;
        /** From the timing pass (variants in turn, one thread); null when it was not done. */
        readonly trainTokensPerSecond: number | null;
      }
    >
  >;
  readonly provenance: Provenance | null;
}

/** Everything that tables and plots are made from: the small files of `results/<experiment>/`. */
export interface ExperimentResults {
  readonly record: ExperimentRecord;
  readonly runs: readonly RunRow[];
  readonly curves: readonly CurveRow[];
  /** load.csv: variant, seed, layer, expert, share. */
  readonly load: readonly {
    readonly variant: string;
    readonly seed: number;
    readonly layer: number;
    readonly expert: number;
    readonly share: number;
  }[];
  /** routing.csv: the first finished seed's, thinned to about 20 evaluations; absent in folders of older versions. */
  readonly routing?: readonly RoutingRow[];
  /** looks.json; absent where there is none. */
  readonly looks?: LooksRecord;
  /** matrices.csv: the first finished seed's, since experts of different seeds do not correspond. */
  readonly matrices: readonly ({ readonly variant: string } & MatrixRecord)[];
}

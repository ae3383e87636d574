import type { Experiment } from "../config/settings.ts";
import type { Cost } from "./cost.ts";
import type { LooksRecord } from "./looks.ts";
import type { FinalResults, MatrixRecord } from "./results.ts";
import type { Provenance, RunStatus } from "./run.ts";

/** One row of runs.csv: a run of an experiment, whatever its status. */
export interface RunRow {
  readonly variant: string;
  readonly seed: number;
  readonly runId: string;
  readonly status: RunStatus | "missing";
  /** Engine, versions and threads in one word, to mark pairs that differ; null when not run. */
  readonly provenance: string | null;
  readonly results: FinalResults | null;
  /** Why it diverged, and what to try; absent or null where it did not. */
  readonly failure?: string | null;
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

/** What a table says of a variant beside its runs. */
export interface VariantFacts {
  /** As declared, with topK experts a token. */
  readonly cost: Cost;
  /** Experts that a validation token was sent to, by layer, mean over finished seeds; absent without any, and in folders of older versions. */
  readonly expertsPerToken?: readonly number[] | undefined;
  readonly causal: boolean;
  /** Its router is told labels of the data; absent where it is not. */
  readonly seesLabels?: true | undefined;
  readonly solved: Readonly<Record<string, number>>;
  /** From the timing pass (variants in turn, one thread); null when it was not done. */
  readonly trainTokensPerSecond: number | null;
}

/** What an experiment is, without paths of the machine; experiment.json of a result folder. */
export interface ExperimentRecord {
  readonly format: 1;
  /** Version of what decides the runs' numbers (store/numerics.ts), one for all of them; absent in folders of older versions. */
  readonly numerics?: number | undefined;
  readonly experiment: Experiment;
  /** By variant name. */
  readonly variants: Readonly<Record<string, VariantFacts>>;
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

import type { Settings } from "../config/settings.ts";
import type { Cost } from "./cost.ts";
import type { FinalResults, LoadTable, MatrixRecord } from "./results.ts";

/**
 * How a run stands. `diverged`: a number was not finite, as it would be again. `running` with a dead owner counts as interrupted; a finished one whose files are not as they were
 * sealed is read as `damaged`, which no run.json says itself.
 */
export type RunStatus = "running" | "interrupted" | "failed" | "diverged" | "finished" | "damaged";

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
  /** As declared, with topK experts a token. */
  readonly cost: Cost;
  /** Training documents that filters left out, by domain and rule; absent where there are none. */
  readonly filtered?: readonly {
    readonly domain: string;
    readonly rule: string;
    readonly documents: number;
    readonly bytes: number;
  }[];
  readonly provenance: Provenance | null;
  readonly stepsDone: number;
  readonly results: FinalResults | null;
  readonly load: LoadTable | null;
  /** Experts that a validation token was sent to, mean, by layer; absent until it is finished, and in runs of older versions. */
  readonly expertsPerToken?: readonly number[] | undefined;
  readonly matrices: readonly MatrixRecord[];
  /** Why it failed, or is damaged: one sentence and what to try. */
  readonly failure: string | null;
  /** A finished run has a seal.json beside it; absent in those of older versions. */
  readonly sealed?: true;
}

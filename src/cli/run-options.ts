import type { RecipeName } from "../config/recipes.ts";
import type { EngineName } from "../engine/types.ts";

/** Flags of `run`; null where the file or the machine decides. */
export interface RunOptions {
  readonly out: string;
  readonly jobs: number | null;
  readonly threads: number;
  /** Graph passes of the compiled engine, as passes.ts reads them; null runs all. */
  readonly passes: string | null;
  readonly seeds: number | null;
  /** Seeds start here instead of at 1. */
  readonly firstSeed: number | null;
  readonly steps: number | null;
  readonly tier: string | null;
  readonly set: readonly string[];
  readonly only: readonly string[];
  readonly engine: EngineName;
  /** Looks that share the false-positive rate. */
  readonly looks: number | null;
  /** Adds seeds look by look until every variant has a verdict. */
  readonly untilDecided: boolean;
  readonly maxSeeds: number | null;
  readonly maxMinutes: number | null;
  /** Also trains and judges under these recipes. */
  readonly recipes: readonly RecipeName[];
  readonly dryRun: boolean;
  readonly json: boolean;
}

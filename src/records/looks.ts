/** A look at the results, planned or taken. */
export interface Look {
  /** All seeds looked at, those of the looks before included. A variant that had its verdict before has fewer. */
  readonly seeds: readonly number[];
  /** Two-sided level that p is held against, without Holm; null when no false-positive rate was left to pay with. */
  readonly level: number | null;
  /** Seeds were given by hand, not by the plan. */
  readonly byHand: boolean;
}

/** One chain of looks with its own false-positive rate. */
export interface Procedure {
  /** What is asked: a hash of the baseline's settings, data and router, without the seed. */
  readonly question: string;
  /** False-positive rate over all looks together. */
  readonly alpha: number;
  /** In order; the first `taken` of them were taken. */
  readonly looks: readonly Look[];
  readonly taken: number;
}

/** looks.json. */
export interface LooksRecord {
  readonly format: 1;
  /** The procedure whose results stand beside the file; null when they are of none (a single seed has no verdict). */
  readonly current: number | null;
  readonly procedures: readonly Procedure[];
}

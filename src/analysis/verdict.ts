/** What a comparison may conclude. Lower is better for every metric compared. */
export type Verdict =
  "equivalent" | "better within the margin" | "worse within the margin" | "better" | "worse" | "undecided";

/** What a verdict is made from. */
export interface Evidence {
  /** Mean of variant minus baseline. */
  readonly mean: number;
  /** Paired t, Holm-corrected. */
  readonly holmP: number;
  /** TOST against the margin, Holm-corrected; null when no margin was stated. */
  readonly equivalenceHolmP: number | null;
}

/**
 * The verdict of a comparison. Equivalence comes first: a difference that is real and smaller than the margin is
 * "better / worse within the margin". "Interval leaves zero out" is read as "Holm-corrected p at most alpha", which is the same
 * thing for a single comparison and keeps the chance of any false positive in a table of many variants at alpha.
 */
export function decide(evidence: Evidence, alpha: number): Verdict {
  const different = evidence.holmP <= alpha;
  const side = evidence.mean < 0 ? "better" : "worse";
  if (evidence.equivalenceHolmP !== null && evidence.equivalenceHolmP <= alpha) {
    return different ? `${side} within the margin` : "equivalent";
  }
  return different ? side : "undecided";
}

/** Whether a comparison needs more seeds: undecided, or not tested yet. */
export function isOpen(verdict: Verdict | null): boolean {
  return verdict === null || verdict === "undecided";
}

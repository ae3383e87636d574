import { tStatistic, type PairedT } from "./paired-t.ts";
import { studentTCdf } from "./student-t.ts";

/**
 * Two one-sided tests (TOST): p-value for the claim that the true mean difference lies strictly within +-margin.
 * It is the larger of the two one-sided p-values.
 * @param margin in the units of the differences, > 0.
 */
export function equivalenceP(test: PairedT, margin: number): number {
  const aboveLower = 1 - studentTCdf(tStatistic(test.mean + margin, test.standardError), test.n - 1);
  const belowUpper = studentTCdf(tStatistic(test.mean - margin, test.standardError), test.n - 1);
  return Math.max(aboveLower, belowUpper);
}

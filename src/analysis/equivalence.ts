import { tStatistic, type PairedT } from "./paired-t.ts";
import { studentTCdf } from "./student-t.ts";

/**
 * Two one-sided tests (TOST; Schuirmann 1987): p-value for the claim that the true mean difference lies strictly within
 * +-margin. It is the larger of the two one-sided p-values.
 * @param margin in the units of the differences, > 0.
 */
export function equivalenceP(test: PairedT, margin: number): number {
  // The upper tail of t is the lower tail of -t: no digits are lost to 1 - p.
  const aboveLower = studentTCdf(-tStatistic(test.mean + margin, test.standardError), test.n - 1);
  const belowUpper = studentTCdf(tStatistic(test.mean - margin, test.standardError), test.n - 1);
  return Math.max(aboveLower, belowUpper);
}

import type { SummaryRow } from "../../analysis/summary.ts";

/** Rows with a pair and a share to draw (a baseline of nothing gives none), from the best to the worst: in the order in which pictures of differences list them. */
export function byEffect(rows: readonly SummaryRow[]): readonly SummaryRow[] {
  const effectOf = ({ comparison }: SummaryRow): number => comparison?.relative.mean ?? NaN;
  return rows
    .filter(({ comparison }) => comparison !== null && comparison.scale !== 0)
    .toSorted((a, b) => effectOf(a) - effectOf(b));
}

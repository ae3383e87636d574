import type { LayerDecisions } from "../../records/decisions.ts";
import { rowsOf } from "./counts.ts";

/** Tokens that one expert of a layer has in common with one of a later layer. */
export interface Flow {
  readonly from: number;
  readonly to: number;
  /** N_ij. */
  readonly tokens: number;
  /** N_ij / N_i, of the tokens of the lower expert. */
  readonly share: number;
  /** N_ij n / (N_i N_j), n all tokens: 1 where the upper expert is chosen without regard to the lower. */
  readonly lift: number;
}

/**
 * How tokens go from the experts of one layer to those of another (OLMoE, arXiv 2409.02060, section 5, cross-layer figure). All ranks of one
 * layer are paired with all of the other; the paper's script pairs equal ranks only.
 * @returns all pairs of experts that were chosen at all.
 */
export function flowsBetween(lower: LayerDecisions, upper: LayerDecisions, experts: number): Flow[] {
  const both = new Float64Array(experts * experts);
  const [below, above] = [new Float64Array(experts), new Float64Array(experts)];
  const tokens = lower.first.length - 1;
  for (let t = 0; t < tokens; t++) {
    const [start, end] = rowsOf(lower.first, t);
    const [startAbove, endAbove] = rowsOf(upper.first, t);
    for (let b = startAbove; b < endAbove; b++) {
      const to = upper.expert[b] ?? 0;
      above[to] = (above[to] ?? 0) + 1;
    }
    for (let a = start; a < end; a++) {
      const from = lower.expert[a] ?? 0;
      below[from] = (below[from] ?? 0) + 1;
      for (let b = startAbove; b < endAbove; b++) {
        const cell = from * experts + (upper.expert[b] ?? 0);
        both[cell] = (both[cell] ?? 0) + 1;
      }
    }
  }
  return Array.from(both, (count, cell): Flow => {
    const [from, to] = [Math.floor(cell / experts), cell % experts];
    const [own, other] = [below[from] ?? 0, above[to] ?? 0];
    return { from, to, tokens: count, share: count / own, lift: (count * tokens) / (own * other) };
  }).filter(({ lift }) => Number.isFinite(lift));
}

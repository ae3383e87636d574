import type { LayerDecisions } from "../../records/decisions.ts";
import { rowsOf } from "./counts.ts";

/** A share, and what it would be without any tie between the two. */
export interface AgainstChance {
  readonly share: number;
  /** Of experts chosen at random, each as often as any other: k / E. */
  readonly chanceEven: number;
  /** Of experts chosen at random as often as they are: the choices of one side dealt out anew among the tokens. Above the other where loads are uneven. */
  readonly chanceAtLoad: number;
}

/** How far the choices of one model are those of another on the same tokens. */
export interface Agreement {
  /** Share of tokens whose first expert is the same. */
  readonly top1: AgainstChance;
  /** |A and B| / |B|, mean over the tokens that B gives any expert. */
  readonly topK: AgainstChance;
}

/**
 * Router saturation (OLMoE, arXiv 2409.02060, section 5.1): how far a layer's choices at some time are those of the end of training. The share
 * of tokens that change their expert between two checkpoints is 1 - top1 of these two.
 * @param now A; @param end B, on the same tokens.
 */
export function agreement(now: LayerDecisions, end: LayerDecisions, experts: number): Agreement {
  const tokens = end.first.length - 1;
  const load = { top1: new Float64Array(experts), all: new Float64Array(experts) }; // tokens of A's experts
  let assigned = 0;
  for (let t = 0; t < tokens; t++) {
    const [start, stop] = rowsOf(now.first, t);
    assigned += stop - start;
    for (let r = start; r < stop; r++) {
      const e = now.expert[r] ?? 0;
      if (r === start) load.top1[e] = (load.top1[e] ?? 0) + 1;
      load.all[e] = (load.all[e] ?? 0) + 1;
    }
  }
  const sums = { top1: 0, all: 0, top1AtLoad: 0, allAtLoad: 0, routed: 0 };
  for (let t = 0; t < tokens; t++) {
    const [start, stop] = rowsOf(end.first, t);
    if (stop === start) continue;
    const mine = now.expert.subarray(...rowsOf(now.first, t));
    const theirs = end.expert.subarray(start, stop);
    const winner = theirs[0] ?? 0;
    sums.routed += 1;
    sums.top1 += mine.length > 0 && mine[0] === winner ? 1 : 0;
    sums.top1AtLoad += (load.top1[winner] ?? 0) / tokens;
    for (const e of theirs) {
      sums.all += mine.includes(e) ? 1 / theirs.length : 0;
      sums.allAtLoad += (load.all[e] ?? 0) / tokens / theirs.length;
    }
  }
  const mean = (sum: number): number => sum / sums.routed;
  const even = { top1: 1 / experts, all: assigned / tokens / experts };
  return {
    top1: { share: mean(sums.top1), chanceEven: even.top1, chanceAtLoad: mean(sums.top1AtLoad) },
    topK: { share: mean(sums.all), chanceEven: even.all, chanceAtLoad: mean(sums.allAtLoad) },
  };
}

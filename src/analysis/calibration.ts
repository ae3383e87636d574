/** Whether a regime shows what is published: one contrast at a time, and a score over the gates. Shares, as in comparisons; + is worse. */

/** What is published of a contrast, as shares of the loss, and what it asks of a regime. */
export interface Published {
  readonly gate: "effect" | "no effect" | "contested" | "shown";
  readonly least: number;
  readonly most: number;
}

/** Our mean difference with the ends of its interval; null ends with one pair. */
export interface Measured {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** What a contrast comes to. */
export type Agreement = "agreed" | "disagreed" | "undecided";

/** How ours compares with the published size. */
export type SizeWord = "as large" | "smaller" | "larger";

/** An effect below this is none, for a gate that asks for no effect: the smallest effect that a gate is made of is larger. */
export const NO_EFFECT_SHARE = 0.01;

/**
 * The rules (docs/validity.md). Of an effect: agreed when the whole interval lies on the published side of zero and reaches the margin; disagreed when
 * all of it lies short of the margin on that side: no such effect, or the opposite one. Of no effect: agreed when the whole interval lies within 1 %
 * of zero, disagreed when all of it lies beyond. Everything else, and one pair or none, is undecided.
 * @param margin share that counts as no difference.
 * @returns null for a contrast that is contested or only shown, which is not scored.
 */
export function agreementOf(published: Published, ours: Measured | null, margin: number): Agreement | null {
  if (published.gate === "contested" || published.gate === "shown") return null;
  if (ours?.low == null || ours.high === null) return "undecided";
  if (published.gate === "no effect") {
    if (ours.low >= -NO_EFFECT_SHARE && ours.high <= NO_EFFECT_SHARE) return "agreed";
    return ours.low > NO_EFFECT_SHARE || ours.high < -NO_EFFECT_SHARE ? "disagreed" : "undecided";
  }
  // Turned so that the published effect is positive.
  const [low, high] = isWorse(published) ? [ours.low, ours.high] : [-ours.high, -ours.low];
  if (high < margin) return "disagreed";
  return low > 0 ? "agreed" : "undecided";
}

/** Whether the published effects of a contrast are on the worse side. @throws Error for a gate whose sources have both signs. */
function isWorse({ least, most }: Published): boolean {
  if (least <= 0 && most >= 0)
    throw new Error(`published effects from ${least} to ${most} have no direction`);
  return least > 0;
}

/**
 * The size of ours beside the published range: smaller or larger when the whole interval lies nearer to zero than the range, or beyond it. Null
 * where the range has no direction, ours has none of its own, or there is no interval.
 */
export function sizeOf(published: Published, ours: Measured | null): SizeWord | null {
  const { least, most, gate } = published;
  if (gate !== "effect" || ours?.low == null || ours.high === null) return null;
  const isPositive = isWorse(published);
  const [low, high] = isPositive ? [ours.low, ours.high] : [-ours.high, -ours.low];
  const [from, to] = isPositive ? [least, most] : [-most, -least];
  if (high < from) return "smaller";
  return low > to ? "larger" : "as large";
}

/** How many gates of a regime agree. */
export interface CalibrationScore {
  readonly agreed: number;
  readonly disagreed: number;
  readonly undecided: number;
  /** All three together. */
  readonly gates: number;
}

/** Counts gates; contested contrasts are none. */
export function scoreOf(agreements: readonly (Agreement | null)[]): CalibrationScore {
  const count = (word: Agreement): number => agreements.filter((agreement) => agreement === word).length;
  const [agreed, disagreed, undecided] = [count("agreed"), count("disagreed"), count("undecided")];
  return { agreed, disagreed, undecided, gates: agreed + disagreed + undecided };
}

import type { ModelSettings } from "../config/settings.ts";

/**
 * Base of the rotary positions that a model uses: b' = b s^(d / (d - 2)), the NTK-aware base for sequences s times longer (Yuan 2.0-M32, arXiv 2405.17976,
 * section 4: 10 000 at s = 4 and |D| = 128 gives 40 890). The fastest pair of a head turns as before, the slowest s times slower.
 */
export function rotaryBaseOf({
  rotaryBase,
  rotaryFactor,
  width,
  heads,
}: Pick<ModelSettings, "rotaryBase" | "rotaryFactor" | "width" | "heads">): number {
  const d = width / heads;
  // A head of two has one pair, which is the fastest and the slowest.
  return rotaryFactor === 1 || d === 2 ? rotaryBase : rotaryBase * rotaryFactor ** (d / (d - 2));
}

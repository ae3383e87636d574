/** How different samples of one question are. A text is token ids, without what ends it; everything is of one question. */

/** n-grams up to this length. */
export const LONGEST_GRAM = 4;

type Text = readonly number[];

/**
 * Different n-grams of the texts as a share of all of theirs (distinct-n: Li et al. 2016, arXiv 1510.03055), 1 / (n-grams) to 1.
 * @returns null where no text has n tokens.
 */
export function distinctShare(texts: readonly Text[], n: number): number | null {
  const all = texts.flatMap((text) => gramsOf(text, n));
  return all.length === 0 ? null : new Set(all).size / all.length;
}

/**
 * Self-BLEU (Zhu et al. 2018, arXiv 1802.01886): the mean over texts of BLEU with all others as references, 0 (nothing alike) to 1 (all alike).
 * @param texts two at least.
 */
export function selfBleu(texts: readonly Text[]): number {
  const scores = texts.map((text, index) =>
    bleu(
      text,
      texts.filter((_, other) => other !== index),
    ),
  );
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/**
 * BLEU of one text, up to 4-grams, 0 to 1, as sacrebleu 2.6 computes it for sentences (`effective_order`, smoothing "exp"): lengths that the text has no n-grams
 * of are left out; the i-th precision of zero counts as 2^-i of one match. Unlike there an empty text is 1 where a reference is empty too, else 0.
 * @param references one at least; a match is counted as often as one of them has it, and the length is that of the nearest (of two, the shorter).
 */
export function bleu(text: Text, references: readonly Text[]): number {
  if (text.length === 0) return references.some(({ length }) => length === 0) ? 1 : 0;
  const orders = Array.from({ length: Math.min(LONGEST_GRAM, text.length) }, (_, index) => index + 1);
  const matches = orders.map((n) => matchesOf(text, references, n));
  if (matches.every((count) => count === 0)) return 0;
  let misses = 0;
  const logs = orders.map((n, index) => {
    const count = matches[index] ?? 0;
    if (count === 0) misses += 1;
    return Math.log((count === 0 ? 2 ** -misses : count) / (text.length - n + 1));
  });
  const precision = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  const nearest = nearestLength(text.length, references);
  return precision * (text.length < nearest ? Math.exp(1 - nearest / text.length) : 1);
}

/** n-grams of a text that some reference has, each at most as often as the one that has it most often. */
function matchesOf(text: Text, references: readonly Text[], n: number): number {
  const most = new Map<string, number>();
  for (const reference of references) {
    for (const [gram, count] of countsOf(gramsOf(reference, n))) {
      most.set(gram, Math.max(most.get(gram) ?? 0, count));
    }
  }
  return [...countsOf(gramsOf(text, n))].reduce(
    (sum, [gram, count]) => sum + Math.min(count, most.get(gram) ?? 0),
    0,
  );
}

function countsOf(grams: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const gram of grams) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  return counts;
}

function gramsOf(text: Text, n: number): string[] {
  return Array.from({ length: Math.max(0, text.length - n + 1) }, (_, at) => text.slice(at, at + n).join());
}

function nearestLength(length: number, references: readonly Text[]): number {
  const distance = (other: number): number => Math.abs(other - length);
  return references
    .map((reference) => reference.length)
    .reduce((best, other) =>
      distance(other) < distance(best) || (distance(other) === distance(best) && other < best) ? other : best,
    );
}

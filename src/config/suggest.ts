/** Help for misspelt words, and values as they are shown in messages. */

const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** A value in a message: JSON, cut at 60 characters, without characters that could play tricks on a terminal. */
export function show(value: unknown): string {
  const text = typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value);
  return visible(text);
}

/** Text in a message, as it is but for length and characters that can't be seen. */
export function visible(text: string): string {
  const escaped = text.replace(INVISIBLE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return escaped.length <= 60 ? escaped : `${escaped.slice(0, 57)}...`;
}

/** Words in quotes, separated by commas. */
export function quoted(words: Iterable<string>): string {
  return [...words].map((word) => show(word)).join(", ");
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replace = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? at(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replace, swap));
    }
  }
  return at(a.length, b.length);
}

/** The candidate that the word most likely meant, if any is near enough (a third of its letters may be wrong). */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[-_ ]/g, "");
  let best: string | undefined;
  let bestDistance = (word.length < 3 ? 0 : Math.max(1, Math.floor(word.length / 3))) + 1;
  // A word far longer than any name can't be a slip of the keyboard; comparing it would only take time.
  if (word.length > 100) return undefined;
  for (const candidate of candidates) {
    const distance = plain(word) === plain(candidate) ? 0 : editDistance(word, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `; did you mean "x"?` when a candidate is near, else nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const guess = nearest(word, candidates);
  return guess === undefined ? "" : `; did you mean ${show(guess)}?`;
}

/** Text in pixels, before there is a canvas to ask: how wide it is, and how it is broken or cut to a width. */

/** Advances of DejaVu Sans, in em, rounded up. */
const ADVANCES: readonly (readonly [number, string])[] = [
  [0.3, "'IJijl"],
  [0.4, " \u00a0,./:;|()-[]rt"],
  [0.55, '!"*_`?csz'],
  [0.65, "FLTkvxy$0123456789EPSYabdeghnopqu"],
  [0.8, "BCKRVXZANU&DGHOQ"],
];

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });
/** Behind these a word too long for its line is broken, where there are any. */
const JOINTS = /(?<=[-_/.,:;=])/;

/** Width of a text in DejaVu Sans in pixels, estimated from above; characters that are not listed count one em. */
export function textWidth(text: string, size: number): number {
  const ems = Array.from(
    text,
    (letter) => ADVANCES.find(([, letters]) => letters.includes(letter))?.[0] ?? 1,
  );
  return Math.ceil(ems.reduce((sum, em) => sum + em, 0) * size);
}

/**
 * The text in lines of at most `width` pixels, broken at spaces, but not before a footnote sign or a percent sign; a word that is longer is
 * broken behind its joints, or anywhere between two characters.
 */
export function wrapText(text: string, size: number, width: number): readonly string[] {
  const words = text.split(/ (?![†‡◊§≡¶%])/).map((word) => piecesOf(word, size, width));
  const lines: string[] = [];
  for (const [first = "", ...rest] of words) {
    const last = lines.at(-1);
    const longer = last === undefined ? first : `${last} ${first}`;
    if (last === undefined || textWidth(longer, size) > width) lines.push(first);
    else lines[lines.length - 1] = longer;
    lines.push(...rest);
  }
  return lines;
}

/** A word in pieces that fit; a single one where it is short enough. */
function piecesOf(word: string, size: number, width: number): readonly string[] {
  const fits = (text: string): boolean => textWidth(text, size) <= width;
  if (fits(word)) return [word];
  const parts = word.split(JOINTS).flatMap((part) => (fits(part) ? [part] : charactersOf(part)));
  return parts.reduce<readonly string[]>((pieces, part) => {
    const last = pieces.at(-1) ?? "";
    return fits(last + part) ? [...pieces.slice(0, -1), last + part] : [...pieces, part];
  }, []);
}

/** The text, cut with an ellipsis where it is wider than `width` pixels. */
export function fitText(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  const kept = charactersOf(text);
  while (kept.length > 0 && textWidth(`${kept.join("")}…`, size) > width) kept.pop();
  return `${kept.join("").trimEnd()}…`;
}

/** What a reader takes for one character: a letter with its accents, an emoji of several code points. */
function charactersOf(text: string): string[] {
  return [...GRAPHEMES.segment(text)].map(({ segment }) => segment);
}

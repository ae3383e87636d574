import stringWidth from "string-width";

/** What a reader takes for one character. */
const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Breaks text at spaces into lines of at most `room` columns of a terminal; a longer word has a line of its own. */
export function wrap(text: string, room: number): string[] {
  return fill(text.split(" "), room);
}

/** The same, but no line is longer: words that are, are broken. */
export function wrapWithin(text: string, room: number): string[] {
  return fill(
    text.split(" ").flatMap((word) => pieces(word, room)),
    room,
  );
}

function fill(words: readonly string[], room: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && stringWidth(longer) > room) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

/** A word in pieces of at most `room` columns; of one character where not even that fits. */
function pieces(word: string, room: number): readonly string[] {
  if (stringWidth(word) <= room) return [word];
  const characters = Array.from(GRAPHEMES.segment(word), ({ segment }) => segment);
  return characters.reduce<string[]>((all, character) => {
    const last = all.at(-1);
    if (last === undefined || stringWidth(last + character) > room) return [...all, character];
    return [...all.slice(0, -1), last + character];
  }, []);
}

/** Width of the longest word, in columns of a terminal. */
export function longestWord(text: string): number {
  return Math.max(...text.split(" ").map((word) => stringWidth(word)));
}

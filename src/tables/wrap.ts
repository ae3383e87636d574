import stringWidth from "string-width";

/** Breaks text at spaces into lines of at most `room` columns of a terminal; a longer word has a line of its own. */
export function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
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

/** Width of the longest word, in columns of a terminal. */
export function longestWord(text: string): number {
  return Math.max(...text.split(" ").map((word) => stringWidth(word)));
}

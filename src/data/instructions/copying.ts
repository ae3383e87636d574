import { drawOne, instructionTask } from "./problem.ts";
import type { InstructionTask } from "./types.ts";

/** Letters of one and of two bytes. */
const LETTERS = Array.from("abcdefghijklmnopqrstuvwxyzäéíñøßčžδж");

/** A made-up word, letter by letter. `Copy qéxbä:` is `qéxbä`. */
export const copying: InstructionTask = instructionTask(
  // `Copy ` and `:` are 6 bytes; twelve letters of two bytes 24, and 26 in quotes or with one of them doubled
  { summary: "Four to twelve letters as they stand.", longestBytes: 56 },
  (stream) => {
    const letters = Array.from({ length: 4 + stream.integer(9) }, () => drawOne(stream, LETTERS));
    const word = letters.join("");
    const at = stream.integer(letters.length);
    const before = letters.slice(0, at);
    const letter = letters[at] ?? "";
    const after = letters.slice(at + 1);
    const other = drawOne(
      stream,
      LETTERS.filter((candidate) => candidate !== letter),
    );
    return {
      key: `copy ${word}`,
      prompt: `Copy ${word}:`,
      answer: word,
      wrong: [
        [...before, other, ...after],
        [...before, ...after],
        [...before, letter, letter, ...after],
      ].map((wrong) => wrong.join("")),
      outOfForm: `"${word}"`,
    };
  },
);

import { shuffle } from "../../core/shuffle.ts";
import { drawDifferent, instructionTask } from "./problem.ts";
import type { InstructionTask } from "./types.ts";

const NUMBERS = Array.from({ length: 100 }, (_, index) => index);

/** Different numbers, rising. `Sort 42 7 19:` is `7 19 42`. */
export const sorting: InstructionTask = instructionTask(
  // six numbers: `Sort 12 11 10 15 14 13:` is 23 bytes, `10, 11, 12, 13, 14, 15` 22
  { summary: "Three to six numbers in rising order.", longestBytes: 45 },
  (stream) => {
    const given = [...drawDifferent(stream, NUMBERS, 3 + stream.integer(4))];
    const sorted = given.toSorted((one, other) => one - other);
    // In order already they would be copied, not sorted.
    while (given.every((number, at) => number === sorted[at])) shuffle(given, stream);
    return {
      key: `sort ${sorted.join(" ")}`,
      prompt: `Sort ${given.join(" ")}:`,
      answer: sorted.join(" "),
      wrong: [sorted.toReversed(), given, ...turnedPairs(sorted)].map((numbers) => numbers.join(" ")),
      outOfForm: sorted.join(", "),
    };
  },
);

/** The list with each pair of neighbours turned. */
function turnedPairs(sorted: readonly number[]): readonly (readonly number[])[] {
  return sorted.slice(1).map((number, index) => {
    const before = sorted.slice(0, index);
    return [...before, number, sorted[index] ?? 0, ...sorted.slice(index + 2)];
  });
}

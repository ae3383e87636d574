import { drawDifferent, drawOne, instructionTask } from "./problem.ts";
import type { InstructionTask } from "./types.ts";
import { NAMES, THINGS } from "./vocabulary.ts";

/** Numbers that somebody may have: 2 to 99. */
const NUMBERS = Array.from({ length: 98 }, (_, index) => String(index + 2));

/** A number, a name or a thing out of a text. `Zoë has 12 cups, Ben 7 pens. Who has pens?` is `Ben`. */
export const extraction: InstructionTask = instructionTask(
  // `Anna has 12 books, Juan 34 coins. How many has Juan?` is 52 bytes, `It is 34` 8
  { summary: "A number, a name or a thing out of a sentence.", longestBytes: 60 },
  (stream) => {
    const names = drawDifferent(stream, NAMES, 2);
    const things = drawDifferent(stream, THINGS, 2);
    const numbers = drawDifferent(stream, NUMBERS, 2);
    const asked = stream.integer(2);
    const [first, second] = [0, 1].map((at) => `${numbers[at]} ${things[at]}`);
    const text = `${names[0]} has ${first}, ${names[1]} ${second}.`;
    const question = drawOne(stream, [
      { words: `How many has ${names[asked]}?`, found: numbers, all: NUMBERS },
      { words: `What has ${names[asked]}?`, found: things, all: THINGS },
      { words: `Who has ${things[asked]}?`, found: names, all: NAMES },
    ]);
    const answer = question.found[asked] ?? "";
    // What the text says of the other one is the likeliest mistake: always among them.
    const others = question.all.filter((value) => !question.found.includes(value));
    const wrong = [question.found[1 - asked] ?? "", ...drawDifferent(stream, others, 2)];
    return {
      key: text,
      prompt: `${text} ${question.words}`,
      answer,
      wrong,
      outOfForm: `It is ${answer}`,
    };
  },
);

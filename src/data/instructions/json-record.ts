import { drawDifferent, drawOne, instructionTask } from "./problem.ts";
import type { InstructionTask } from "./types.ts";
import { NAMES, TOWNS } from "./vocabulary.ts";

/** Two digits, so that every record is of one form. */
const AGES = Array.from({ length: 90 }, (_, index) => index + 10);

interface Person {
  readonly name: string;
  readonly age: number;
  readonly city: string;
}

/** A record of a sentence, keys in one order, no spaces. `JSON Zoë of Åbo is 31:` is `{"name":"Zoë","age":31,"city":"Åbo"}`. */
export const jsonRecord: InstructionTask = instructionTask(
  // `JSON Anna of Oslo is 31:` is 24 bytes, its record 38
  { summary: "A sentence as a JSON record with three keys.", longestBytes: 62 },
  (stream) => {
    const [name = "", otherName = ""] = drawDifferent(stream, NAMES, 2);
    const [city = "", otherCity = ""] = drawDifferent(stream, TOWNS, 2);
    const [age = 0, otherAge = 0] = drawDifferent(stream, AGES, 2);
    const sentence = drawOne(stream, [
      `${name} of ${city} is ${age}`,
      `${name}, ${age}, of ${city}`,
      `in ${city} ${name} is ${age}`,
    ]);
    return {
      key: `${name} ${city} ${age}`,
      prompt: `JSON ${sentence}:`,
      answer: recordOf({ name, age, city }),
      wrong: [
        recordOf({ name: otherName, age, city }),
        recordOf({ name, age, city: otherCity }),
        recordOf({ name, age: otherAge, city }),
        recordOf({ name: city, age, city: name }),
      ],
      outOfForm: `name: ${name}, age: ${age}, city: ${city}`,
    };
  },
);

function recordOf({ name, age, city }: Person): string {
  return JSON.stringify({ name, age, city });
}

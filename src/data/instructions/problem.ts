import { createHash } from "node:crypto";
import type { Stream } from "../../core/streams.ts";
import type { Split } from "../types.ts";
import { type Instruction, type InstructionTask, type RejectedAnswer, WRONG_ANSWERS } from "./types.ts";

/** An instruction with what it is about. */
export interface Problem {
  /**
   * What is asked, whatever the words and the order: 12 + 30, 30 + 12 and "thirty plus twelve" are one problem. A function of the
   * prompt, so that a prompt has one split; problems that give each other away have one too.
   */
  readonly key: string;
  readonly prompt: string;
  readonly answer: string;
  /** Answers in form, more than are needed; repeated ones and the right one are left out. */
  readonly wrong: readonly string[];
  /** The right answer, out of form. */
  readonly outOfForm: string;
}

/** A task from what draws one problem. */
export function instructionTask(
  about: Pick<InstructionTask, "summary" | "longestBytes">,
  drawProblem: (stream: Stream) => Problem,
): InstructionTask {
  return {
    ...about,
    draw: (count, split, stream) =>
      Array.from({ length: count }, (_, index) => {
        const own = stream.fork(index);
        let problem = drawProblem(own);
        while (splitOfProblem(problem.key) !== split) problem = drawProblem(own);
        return instructionOf(problem, own);
      }),
  };
}

/** The split of a problem: the first four bytes of the SHA-256 of its key, modulo 10: 0 is validation, 1 test, all else train. */
function splitOfProblem(key: string): Split {
  const number = createHash("sha256").update(key, "utf8").digest().readUInt32BE(0) % 10;
  return number === 0 ? "validation" : number === 1 ? "test" : "train";
}

function instructionOf({ prompt, answer, wrong, outOfForm }: Problem, stream: Stream): Instruction {
  const different = [...new Set(wrong)].filter((candidate) => candidate !== answer);
  const chosen = drawDifferent(stream, different, WRONG_ANSWERS);
  const rejected: readonly RejectedAnswer[] = [
    ...chosen.map((text): RejectedAnswer => ({ kind: "wrong", answer: text })),
    { kind: "form", answer: outOfForm },
  ];
  return { prompt, answer, rejected };
}

/** One of several, evenly. @param values at least one */
export function drawOne<T>(stream: Stream, values: readonly T[]): T {
  return values[stream.integer(values.length)] as T;
}

/** So many different ones of several, in the order in which they are drawn. @param values at least `count`, all different */
export function drawDifferent<T>(stream: Stream, values: readonly T[], count: number): readonly T[] {
  const left = [...values];
  return Array.from({ length: count }, () => left.splice(stream.integer(left.length), 1)[0] as T);
}

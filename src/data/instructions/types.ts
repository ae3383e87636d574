import type { Stream } from "../../core/streams.ts";
import type { Split } from "../types.ts";

/** An answer that is not to be given. */
export interface RejectedAnswer {
  /** "wrong": in the form of a right answer, and wrong. "form": right, but not in the form that is asked for. */
  readonly kind: "wrong" | "form";
  readonly answer: string;
}

/** Something to do and the one answer that is right, all UTF-8. What is learned is the answer, given the prompt. */
export interface Instruction {
  readonly prompt: string;
  readonly answer: string;
  /** WRONG_ANSWERS of kind "wrong", then one of kind "form"; all different, none of them the answer. */
  readonly rejected: readonly RejectedAnswer[];
}

/** Wrong answers of an instruction: a choice between these and the right one has chance level 1 / (1 + WRONG_ANSWERS). */
export const WRONG_ANSWERS = 3;

/** A kind of instruction whose answers can be checked without a model. */
export interface InstructionTask {
  /** One sentence for lists. */
  readonly summary: string;
  /** Most bytes of a prompt with the longest of its answers, rejected ones too, in UTF-8. */
  readonly longestBytes: number;
  /**
   * Draws instructions of a split, each on its own: one may come twice, and the first n of a draw of more are the draw of n. No prompt
   * is in two splits, whatever the streams: the problem itself decides its split (problem.ts).
   */
  draw(count: number, split: Split, stream: Stream): readonly Instruction[];
}

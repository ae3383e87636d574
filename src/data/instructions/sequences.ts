import type { Instruction } from "./types.ts";

/** Ends an answer, and fills what is left of a sequence: a line feed, which no answer may contain. */
export const END_BYTE = 0x0a;

/** Instructions as sequences side by side. */
export interface AnswerSequences {
  /** [sequences, T + 1]: the prompt's bytes, the answer's, END_BYTE, and more of these up to the end. */
  readonly tokens: Uint8Array;
  /** [sequences, T + 1]: 1 for the answer's bytes and the END_BYTE behind them, else 0. */
  readonly mask: Uint8Array;
}

/** A prompt and what is answered. */
export type Answered = Pick<Instruction, "prompt" | "answer">;

/** Bytes of a sequence up to the end of its answer, the byte that ends it included. */
export function bytesOfAnswered({ prompt, answer }: Answered): number {
  return Buffer.byteLength(prompt) + Buffer.byteLength(answer) + 1;
}

/**
 * Writes answered prompts as sequences.
 * @param sequenceTokens T + 1
 * @throws Error for one that does not fit, that has no prompt (its first byte could not be learned), or whose answer contains END_BYTE.
 */
export function answerSequences(all: readonly Answered[], sequenceTokens: number): AnswerSequences {
  const size = all.length * sequenceTokens;
  const [tokens, mask] = [new Uint8Array(size).fill(END_BYTE), new Uint8Array(size)];
  for (const [index, answered] of all.entries()) {
    const [prompt, answer] = [Buffer.from(answered.prompt), Buffer.from(answered.answer)];
    const start = index * sequenceTokens;
    const end = prompt.length + answer.length + 1;
    if (end > sequenceTokens) throw new Error(`${end} bytes do not fit into ${sequenceTokens}`);
    if (prompt.length === 0) throw new Error("a prompt is empty");
    if (answer.includes(END_BYTE))
      throw new Error(`an answer contains a line feed, which ends answers: ${answered.answer}`);
    tokens.set(prompt, start);
    tokens.set(answer, start + prompt.length);
    mask.fill(1, start + prompt.length, start + end);
  }
  return { tokens, mask };
}

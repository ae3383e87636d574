import { closeSync, openSync, readSync } from "node:fs";
import { InputError, messageOf, type Problem } from "../../core/errors.ts";

const CHUNK_BYTES = 1 << 20;

/** A line of a file. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Whether a line feed ends it; the last of a file that was cut off has none. */
  readonly isWhole: boolean;
}

/** The lines of a file one by one, whatever its size; empty ones are left out. @throws InputError where it can't be read. */
export function* linesOf(path: string): Generator<Line> {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw new InputError([{ where: path, path: "", message: `can't be read: ${messageOf(error)}` }]);
  }
  try {
    const decoder = new TextDecoder("utf-8");
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let [rest, number] = ["", 0];
    for (;;) {
      const bytes = readSync(file, chunk, 0, CHUNK_BYTES, null);
      const text = rest + decoder.decode(chunk.subarray(0, bytes), { stream: bytes > 0 });
      const lines = text.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        number += 1;
        const trimmed = line.trim();
        if (trimmed !== "") yield { number, text: trimmed, isWhole: true };
      }
      if (bytes === 0) break;
    }
    if (rest.trim() !== "") yield { number: number + 1, text: rest.trim(), isWhole: false };
  } finally {
    closeSync(file);
  }
}

/** What is wrong with a file, until it is enough. */
export interface ProblemList {
  readonly add: (line: number, message: string) => void;
  readonly isFull: () => boolean;
  /** @throws InputError where there are any. */
  readonly refuse: () => void;
}

const MOST_PROBLEMS = 10;

/** Collects problems of a file by line. */
export function problemsOf(path: string): ProblemList {
  const problems: Problem[] = [];
  return {
    add: (line, message) => void problems.push({ where: `${path}:${line}`, path: "", message }),
    isFull: () => problems.length >= MOST_PROBLEMS,
    refuse: () => {
      if (problems.length === 0) return;
      const more = { where: path, path: "", message: "was read no further: these are enough" };
      throw new InputError(problems.length < MOST_PROBLEMS ? problems : [...problems, more]);
    },
  };
}

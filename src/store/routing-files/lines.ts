import { closeSync, openSync, readSync } from "node:fs";
import { InputError, messageOf, type Problem } from "../../core/errors.ts";

const CHUNK_BYTES = 1 << 20;
const FEED = 10;

/** A line of a file. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Whether a line feed ends it; the last of a file that was cut off has none. */
  readonly isWhole: boolean;
}

/** A line as it stands in the file: bytes `start` to `end` of a buffer that the next line may overwrite. */
export interface RawLine {
  /** From 1. */
  readonly number: number;
  readonly bytes: Buffer;
  readonly start: number;
  /** Behind the last byte, without the line feed. */
  readonly end: number;
  readonly isWhole: boolean;
}

/** The lines of a file one by one, whatever its size; empty ones are left out. @throws InputError where it can't be read. */
export function* linesOf(path: string): Generator<Line> {
  for (const raw of rawLinesOf(path)) {
    const line = lineOf(raw);
    if (line !== null) yield line;
  }
}

/** A line as text, without white space around it; null where there is nothing else. */
export function lineOf({ number, bytes, start, end, isWhole }: RawLine): Line | null {
  // Also the mark of byte order, which trim() takes for white space, as the first line may have.
  const text = bytes.toString("utf8", start, end).trim();
  return text === "" ? null : { number, text, isWhole };
}

/** The lines of a file as bytes, empty ones too. @throws InputError where it can't be read. */
export function* rawLinesOf(path: string): Generator<RawLine> {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw new InputError([{ where: path, path: "", message: `can't be read: ${messageOf(error)}` }]);
  }
  try {
    let bytes = Buffer.allocUnsafe(CHUNK_BYTES);
    let [filled, number] = [0, 0];
    for (;;) {
      // What is left of a line is at the beginning; a line longer than the buffer makes it grow.
      if (filled === bytes.length) bytes = Buffer.concat([bytes], 2 * bytes.length);
      const count = readSync(file, bytes, filled, bytes.length - filled, null);
      const read = filled + count;
      let start = 0;
      let feed = bytes.indexOf(FEED, filled);
      while (feed >= 0 && feed < read) {
        number += 1;
        yield { number, bytes, start, end: feed, isWhole: true };
        start = feed + 1;
        feed = bytes.indexOf(FEED, start);
      }
      bytes.copyWithin(0, start, read);
      filled = read - start;
      if (count === 0) break;
    }
    if (filled > 0) yield { number: number + 1, bytes, start: 0, end: filled, isWhole: false };
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

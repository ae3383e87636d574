import { isAbsolute, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Where moe-lab itself lies. */
const OWN = fileURLToPath(new URL("..", import.meta.url));
const FRAME = /[\s(]((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^()\n]*?):(\d+):(\d+)\)?$/;

/** Frames: a tfjs operation takes about ten, a scope inside a gradient ten more. */
const LONG_TRACE = 100;

/** A position in somebody's file. */
export interface Place {
  /** Absolute. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The first frame of an error that lies in a person's own code: outside of moe-lab, of packages and of Node. */
export function placeOf(error: unknown): Place | null {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const line of stack.split("\n")) {
    const [, path, at, column] = (line.trimStart().startsWith("at ") && FRAME.exec(line)) || [];
    if (path === undefined) continue;
    const file = path.startsWith("file:") ? fileURLToPath(path.replace(/[?#].*$/, "")) : path;
    if (file.startsWith(OWN) || file.includes(`${sep}node_modules${sep}`)) continue;
    return { file, line: Number(at), column: Number(column) };
  }
  return null;
}

/** Where Node points with a caret below a line of code, as it does for syntax errors; null where the text is no such thing. */
export function pointedPlace(text: string): Place | null {
  const [first = "", , caret = ""] = text.split("\n");
  const [, file, line] = /^(?:file:\/\/)?(.*):(\d+)$/.exec(first) ?? [];
  if (file === undefined || !caret.includes("^")) return null;
  return { file, line: Number(line), column: caret.indexOf("^") + 1 };
}

/** `my-router.js:3:7`, from the current folder where the file lies below it. */
export function showPlace({ file, line, column }: Place): string {
  return `${showFile(file)}:${line}:${column}`;
}

/** A path from the current folder where it lies below it, else as it is. */
export function showFile(file: string): string {
  const path = relative(process.cwd(), file);
  return path === "" || path.startsWith("..") || isAbsolute(path) ? file : path;
}

/** Runs something with stack traces long enough to lead from a tfjs kernel back to a person's code. */
export async function withLongTraces<T>(work: () => Promise<T>): Promise<T> {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = LONG_TRACE;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = before;
  }
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { WriteFile } from "../core/files.ts";
import { sha256 } from "../core/json.ts";
import { metricsHeader, ROUTING_HEADER } from "./run-csv.ts";

/** A run's tables while it trains. */
const TABLES = ["metrics.csv", "routing.csv"] as const;
type Table = (typeof TABLES)[number];

/** What stands in a checkpoint of the rows before it: `<bytes> <SHA-256>` of each table's beginning. */
type RowMarks = Readonly<Record<Table, string>>;

/**
 * The rows of a run so far. Files are written whole and together with the checkpoint to which their rows belong, never
 * appended to: a process that has lost its run, or died in the middle, leaves no row that a checkpoint does not vouch for.
 */
export interface RunRows {
  append(table: Table, lines: readonly string[]): void;
  /** Replaces both files by all rows so far. @throws the file system's error. */
  write(writeFile: WriteFile): void;
  /** For the checkpoint that all rows so far belong to. */
  marks(): RowMarks;
}

/** The tables of a run that starts, without rows. @param reports what its objective reports */
export function noRows(folder: string, reports: readonly string[]): RunRows {
  return rowsFrom(
    folder,
    new Map([
      ["metrics.csv", `${metricsHeader(reports)}\n`],
      ["routing.csv", `${ROUTING_HEADER}\n`],
    ]),
  );
}

/**
 * The tables as they were at a checkpoint; rows after it are left out.
 * @param marks from the checkpoint's metadata; those of older versions have none.
 * @returns null when a row before it is missing or differs: going on would make a run with a hole.
 */
export function rowsUpTo(folder: string, marks: Readonly<Record<string, string>>): RunRows | null {
  const texts = new Map<Table, string>();
  for (const table of TABLES) {
    const text = beginning(join(folder, table), marks[table] ?? "");
    if (text === null) return null;
    texts.set(table, text);
  }
  return rowsFrom(folder, texts);
}

function rowsFrom(folder: string, texts: Map<Table, string>): RunRows {
  const textOf = (table: Table): string => texts.get(table) ?? "";
  const markOf = (text: string): string => `${Buffer.byteLength(text)} ${sha256(text)}`;
  return {
    append: (table, lines) => texts.set(table, textOf(table) + lines.map((line) => `${line}\n`).join("")),
    write: (writeFile) => {
      for (const table of TABLES) writeFile(join(folder, table), textOf(table));
    },
    marks: () => ({
      "metrics.csv": markOf(textOf("metrics.csv")),
      "routing.csv": markOf(textOf("routing.csv")),
    }),
  };
}

/** The part of a file that a mark stands for; null when it is not there as it was. */
function beginning(path: string, mark: string): string | null {
  const [bytes, hash] = mark.split(" ");
  let content: Uint8Array;
  try {
    content = readFileSync(path).subarray(0, Number(bytes));
  } catch {
    return null;
  }
  return content.byteLength === Number(bytes) && sha256(content) === hash
    ? Buffer.from(content).toString("utf8")
    : null;
}

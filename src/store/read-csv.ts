import { readFileSync } from "node:fs";
import { CsvError, parse } from "csv-parse/sync";
import { InputError } from "../core/errors.ts";
import { csvText } from "./csv.ts";

/** One row of a CSV file; its readers throw InputError naming file, line and column. */
export interface CsvRow {
  /** `file:line`. */
  readonly where: string;
  text(column: string): string;
  /** Null for an empty cell. */
  optionalText(column: string): string | null;
  /** A finite number. */
  number(column: string): number;
  /** Null for an empty cell. */
  optionalNumber(column: string): number | null;
}

/** A CSV file read: its header and rows. */
export interface CsvFile {
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

/**
 * Reads a CSV file of the project.
 * @param required columns that must be there; further ones are allowed.
 * @param remedy what to do about a damaged file: a sentence's end.
 * @throws InputError naming the file, and the line where there is one.
 */
export function readCsv(path: string, required: readonly string[], remedy: string): CsvFile {
  const refuse = (where: string, message: string): InputError =>
    new InputError([{ where, path: "", message: `${message}; ${remedy}` }]);
  let records: readonly CsvRecord[];
  try {
    const text = readFileSync(path, "utf8");
    records = plainRecords(text) ?? (parse(text, { bom: true, info: true, skip_empty_lines: true }) as never);
  } catch (error) {
    if (error instanceof CsvError) {
      const line: unknown = (error as { lines?: unknown }).lines;
      throw refuse(typeof line === "number" ? `${path}:${line}` : path, `is not CSV (${error.message})`);
    }
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw refuse(path, missing ? "does not exist" : `can't be read (${String(error)})`);
  }
  const [header, ...body] = records;
  if (header === undefined) throw refuse(path, "is empty");
  const columns = header.record.map(csvText);
  const absent = required.filter((column) => !columns.includes(column));
  if (absent.length > 0) throw refuse(`${path}:1`, `has no column ${absent.join(", ")}`);
  const rows = body.map(({ record, info }): CsvRow => {
    const where = `${path}:${info.lines}`;
    const cell = (column: string): string => csvText(record[columns.indexOf(column)] ?? "");
    const optionalNumber = (column: string): number | null => {
      const text = cell(column);
      if (text === "") return null;
      const value = text.trim() === "" ? NaN : Number(text);
      if (!Number.isFinite(value))
        throw refuse(where, `${column} is "${text.slice(0, 40)}", which is no number`);
      return value;
    };
    const required = <T>(value: T | null, column: string): T => {
      if (value === null) throw refuse(where, `${column} is empty`);
      return value;
    };
    const optionalText = (column: string): string | null => (cell(column) === "" ? null : cell(column));
    return {
      where,
      optionalText,
      optionalNumber,
      text: (column) => required(optionalText(column), column),
      number: (column) => required(optionalNumber(column), column),
    };
  });
  return { columns, rows };
}

/** What csv-parse makes of a record when asked for its line. */
interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** One cell with what ends it: text without quotes, or text in quotes with its own doubled. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;

/**
 * The records of a file whose cells have no line ends, as ours are: a tenth of csv-parse's time.
 * @returns null where csv-parse must decide: odd quotes, other line ends than \n, a byte order mark, rows of unequal length.
 */
function plainRecords(text: string): readonly CsvRecord[] | null {
  if (/[\r\uFEFF]/.test(text)) return null;
  const records: CsvRecord[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const record = line.includes('"') ? quotedCells(line) : line.split(",");
    if (record === null || record.length !== (records[0] ?? { record }).record.length) return null;
    records.push({ record, info: { lines: index + 1 } });
  }
  return records;
}

/** @returns null when the line is not whole cells. */
function quotedCells(line: string): readonly string[] | null {
  const cells: string[] = [];
  CELL.lastIndex = 0;
  for (;;) {
    const match = CELL.exec(line);
    if (match === null) return null;
    const [, quoted, plain = "", end] = match;
    cells.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "") return cells;
  }
}

import { stringify } from "csv-stringify/sync";
import { writeFileAtomic } from "../../core/files.ts";
import { csvCell } from "../../store/csv.ts";

/** One value of a table. */
export type CsvValue = string | number | boolean | null;

/** Writes a table as CSV: a header, one line a row, numbers as they are, missing ones empty. */
export function writeCsv<Row>(
  path: string,
  columns: Readonly<Record<string, (row: Row) => CsvValue>>,
  rows: readonly Row[],
): string {
  const lines = rows.map((row) => Object.values(columns).map((valueOf) => csvCell(valueOf(row))));
  writeFileAtomic(path, stringify([Object.keys(columns), ...lines]));
  return path;
}

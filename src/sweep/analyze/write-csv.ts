import { stringify } from "csv-stringify/sync";
import { writeFileAtomic } from "../../core/files.ts";
import { csvCell } from "../../store/csv.ts";

/** One value of a table. */
type CsvValue = string | number | boolean | null;

/** Columns of a table by name, each with its value of a row. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => CsvValue>>;

/** Writes a table as CSV: a header, one line a row, numbers as they are, missing ones empty. */
export function writeCsv<Row>(path: string, columns: Columns<Row>, rows: readonly Row[]): string {
  const lines = rows.map((row) => Object.values(columns).map((valueOf) => csvCell(valueOf(row))));
  writeFileAtomic(path, stringify([Object.keys(columns), ...lines]));
  return path;
}

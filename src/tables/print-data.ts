import { stringify } from "csv-stringify/sync";
import { InputError } from "../core/errors.ts";
import { csvCell } from "../store/csv.ts";
import { clean } from "./format.ts";
import { columnsFor, type Table, type Value } from "./table.ts";

/**
 * Tables of equal columns as one CSV text: full precision, units in the column names, missing cells empty, text that a
 * spreadsheet would take for a formula defused.
 * @throws InputError when the columns differ.
 */
export function printCsv(tables: readonly Table[]): string {
  const headers = tables.map((table) => columnsFor(table, "data").map((column) => column.id));
  const [header = []] = headers;
  if (headers.some((other) => other.join("\n") !== header.join("\n"))) {
    const names = tables.map((table) => table.name).join(", ");
    throw new InputError(`${names}: their columns differ, so they don't fit in one CSV; print one at a time`);
  }
  const rows = tables.flatMap((table) =>
    table.rows.map((row) => header.map((id) => cell(row.cells[id] ?? null))),
  );
  return stringify([header.map(csvCell), ...rows]);
}

function cell(value: Value): string {
  return csvCell(typeof value === "string" ? clean(value) : value);
}

/** A table as a JSON value: rows by column id, numbers in full, missing cells null. */
export function tableJson(table: Table): unknown {
  const columns = columnsFor(table, "data");
  return {
    name: table.name,
    title: table.title,
    lead: table.lead,
    columns: columns.map(({ id, header, unit, source }) => ({ id, header, unit, source })),
    rows: table.rows.map((row) =>
      Object.fromEntries(columns.map(({ id }): [string, Value] => [id, finite(row.cells[id] ?? null)])),
    ),
    notes: table.notes,
  };
}

/** JSON has no infinities; they don't occur in a table, and would be missing rather than wrong. */
function finite(value: Value): Value {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

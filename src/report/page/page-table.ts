import { clean, headerOf, printedCells } from "../../tables/format.ts";
import { printCsv } from "../../tables/print-data.ts";
import { columnsFor, type Column, type Row, type Table } from "../../tables/table.ts";
import { html, type Html } from "./html.ts";
import { jsonIsland } from "./island.ts";

/** What of a table is shown. */
interface Shown {
  /** Unique on the page. */
  readonly id: string;
  /** Printed columns; all of them when not given. */
  readonly columns?: readonly Column[];
  readonly notes?: readonly string[];
}

/**
 * A table to sort and to copy: cells know their numbers in full, and its CSV (every column, in full) stands beside it for the button that
 * scripts make.
 */
export function pageTable(
  table: Table,
  { id, columns = columnsFor(table, "print"), notes = [] }: Shown,
): Html {
  const heads = columns.map(
    (column) => html`<th scope="col" class="${column.align}">${headerOf(column)}</th>`,
  );
  return html`<figure class="table" id="${id}">
    <figcaption>${clean(table.title)}</figcaption>
    <div class="wide" role="region" tabindex="0" aria-label="${clean(table.title)}">
      <table class="sortable">
        <thead>
          <tr>
            ${heads}
          </tr>
        </thead>
        <tbody>
          ${table.rows.map((row) => rowOf(row, columns))}
        </tbody>
      </table>
    </div>
    ${jsonIsland("csv", printCsv([table]))} ${notes.map((note) => html`<p class="note">${clean(note)}</p>`)}
  </figure>`;
}

function rowOf(row: Row, columns: readonly Column[]): Html {
  const cells = printedCells(row, columns).map((text, index) => {
    const column = columns[index];
    if (index === 0 || column === undefined) return html`<th scope="row">${text}</th>`;
    const value = row.cells[column.id];
    const kind = column.style === "verdict" ? `${column.align} ${verdictClass(text)}` : column.align;
    return typeof value === "number"
      ? html`<td class="${kind}" data-value="${value}">${text}</td>`
      : html`<td class="${kind}">${text}</td>`;
  });
  return html`<tr>
    ${cells}
  </tr>`;
}

/** The class that colours a verdict: its first word where that is one. */
export function verdictClass(verdict: string | null): string {
  const [word = ""] = (verdict ?? "").split(" ");
  return ["better", "worse", "equivalent", "diverged"].includes(word) ? `verdict ${word}` : "verdict";
}

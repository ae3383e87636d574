// Tables of the page: sorted by a click on a column's head, copied as CSV. Without scripts they stand as they were written.
import { buttonOf, element } from "./dom.js";

/** Rows in the order of the page's file. @param {HTMLTableElement} table */
function makeSortable(table) {
  const body = table.tBodies[0];
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  if (body === undefined) return;
  const original = [...body.rows];
  heads.forEach((head, column) => {
    const name = [...head.childNodes];
    const button = buttonOf("", "", () => {
      const direction = nextDirection(head.getAttribute("aria-sort"));
      for (const other of heads) other.removeAttribute("aria-sort");
      if (direction !== null) head.setAttribute("aria-sort", direction);
      body.append(...(direction === null ? original : sorted(original, column, direction)));
    });
    button.append(...name);
    head.append(button);
  });
}

/** Up, down, as it was. @param {string | null} direction @returns {"ascending" | "descending" | null} */
function nextDirection(direction) {
  if (direction === "ascending") return "descending";
  return direction === "descending" ? null : "ascending";
}

/**
 * Numbers by value, text by the alphabet, empty cells last both ways.
 * @param {readonly HTMLTableRowElement[]} rows @param {number} column @param {"ascending" | "descending"} direction
 */
function sorted(rows, column, direction) {
  const sign = direction === "ascending" ? 1 : -1;
  return rows.toSorted((one, other) => {
    const [a, b] = [cellValue(one.cells[column]), cellValue(other.cells[column])];
    if (a === "" || b === "") return Number(a === "") - Number(b === "");
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * String(a).localeCompare(String(b), "en", { numeric: true });
  });
}

/** @param {HTMLTableCellElement | undefined} cell @returns {number | string} */
function cellValue(cell) {
  const written = cell?.dataset["value"];
  return written === undefined ? (cell?.textContent.trim() ?? "") : Number(written);
}

/** A button that copies the CSV text that stands in the page beside a table. @param {Element} source */
function makeCopyButton(source) {
  const said = element("span", { role: "status", class: "said" });
  const text = /** @type {string} */ (JSON.parse(source.textContent));
  const button = buttonOf("tool", "Copy as CSV", () => {
    void copy(text).then((isCopied) => {
      said.textContent = isCopied ? "copied" : "this browser does not allow it";
    });
  });
  source.after(button, said);
}

/** @param {string} text @returns {Promise<boolean>} */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Where a page may not use the clipboard, its user may. @param {string} text @returns {boolean} */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the way of browsers without a clipboard for pages from files
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}

document.querySelectorAll("table.sortable").forEach((table) => {
  if (table instanceof HTMLTableElement) makeSortable(table);
});
document.querySelectorAll("script.csv").forEach(makeCopyButton);

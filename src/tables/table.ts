/** A table as data: builders make it, printers only print it. */

/** A cell. Null is missing, and printed as nothing. */
export type Value = number | string | boolean | null;

/** How a cell is written for people; data formats write numbers in full. */
export type Style =
  /** A number with `digits` after the point. */
  | "fixed"
  /** The same with its sign. */
  | "signed"
  /** A large count with three significant digits and a suffix: 3.48 M. */
  | "compact"
  /** A p-value: three digits, `<0.001` below. */
  | "p"
  | "text"
  /** A verdict; coloured where there is colour. */
  | "verdict"
  /** yes or no. */
  | "flag";

export interface Column {
  /** Name in CSV and JSON, with its unit. */
  readonly id: string;
  /** For people, without the unit. */
  readonly header: string;
  /** "" where it has none. */
  readonly unit: string;
  readonly style: Style;
  /** Digits after the point, for people. */
  readonly digits: number;
  readonly align: "left" | "right";
  /** Whose number it is; a paper's own are marked. */
  readonly source: "measured" | "paper";
  /** Columns with the ends of its interval, printed as +- half its width. */
  readonly interval: { readonly low: string; readonly high: string } | null;
  /** Data columns are left out in print, print columns (made from data columns) in CSV and JSON. */
  readonly place: "both" | "data" | "print";
  /** Columns of one panel belong together where the page is too narrow for all. */
  readonly panel: number;
}

/** One line of a table. */
export interface Row {
  /** By column id; an absent cell is missing. */
  readonly cells: Readonly<Record<string, Value>>;
  /** Footnote signs behind the first printed cell. */
  readonly marks: string;
  /** By column id: how people read a cell, where that is not its number formatted: a paper's own digits, `~2.6`. */
  readonly written?: Readonly<Record<string, string>>;
}

export interface Table {
  readonly name: string;
  readonly title: string;
  /** Sentences above. */
  readonly lead: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Sentences below. */
  readonly notes: readonly string[];
}

/** A column with the usual fields filled in: measured, right-aligned (text left), in print and data, first panel. */
export function column(
  id: string,
  header: string,
  style: Style,
  more: Partial<Omit<Column, "id" | "header" | "style">> = {},
): Column {
  const align = ["text", "verdict", "flag"].includes(style) ? "left" : "right";
  const usual = {
    unit: "",
    digits: 0,
    align,
    source: "measured",
    interval: null,
    place: "both",
    panel: 1,
  } as const;
  return { id, header, style, ...usual, ...more };
}

/** A column of data formats alone. */
export function dataColumn(id: string): Column {
  return column(id, id, "text", { place: "data" });
}

/** The columns of one kind of format. */
export function columnsFor(table: Table, place: "data" | "print"): readonly Column[] {
  return table.columns.filter((candidate) => candidate.place === "both" || candidate.place === place);
}

/** All printed columns side by side; where they are more than `most`, the first column with each panel in turn. */
export function panelsOf(table: Table, most: number): (readonly Column[])[] {
  const columns = columnsFor(table, "print");
  const [label, ...rest] = columns;
  if (label === undefined || columns.length <= most) return [columns];
  const names = [...new Set(rest.map((candidate) => candidate.panel))];
  return names.map((panel) => [label, ...rest.filter((candidate) => candidate.panel === panel)]);
}

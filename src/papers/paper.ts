/** What a paper's table is: its numbers as they are written there, and what of ours answers them. Plain data. */

/** How a paper's number came to us. */
export type PaperSource =
  /** In the authors' PDF or official repository. */
  | "read"
  /** In a full-text copy of the paper. */
  | "copied"
  /** From the vector figures that the authors ship. */
  | "digitised";

/** The numbers of ours that a paper's column can stand beside: as relative differences, and scores in percent as differences in points. */
export type Answer =
  "validation_loss_nats" | "train_loss_nats" | "train_tokens_per_second" | "test_right_percent";

/** A column of a paper's table. */
export interface PaperColumn {
  /** Name in data formats behind `paper_`, with its unit. */
  readonly id: string;
  readonly header: string;
  readonly unit?: string;
  readonly source: PaperSource;
  /** Absent where moe-lab has nothing like it. */
  readonly answer?: Answer | undefined;
  /** The paper has a time where ours is a rate: its difference is that of the inverse. */
  readonly isTime?: boolean;
}

/** A row: a line of the paper's table, or one of ours that the paper does not have (no numbers). */
export interface PaperRow {
  /** Unique in its table. */
  readonly label: string;
  /** Variant of the experiment that answers it, `<tier>` standing for the tier's name; null where moe-lab has none. */
  readonly variant: string | null;
  /** Numbers by column id as the paper (or our digitising) has them: `2.109`, `~2.618`, `29.9-30.3`. Absent: it has none. */
  readonly paper: Readonly<Record<string, string>>;
  /** Label of the row that it is compared with, where that is not the table's reference. */
  readonly against?: string;
}

/** What a paper says that it found. */
interface Claim {
  /** Where we have the sentence from. */
  readonly source: PaperSource;
  /** Goes on after "The paper's finding: ", with what to know of it; ends with a full stop. */
  readonly says: string;
}

/** A figure of a paper: loss curves of a few runs. Its end points are the numbers of the question's rows. */
export interface CurvesFigure {
  /** Its number in the paper. */
  readonly number: string;
  /** Training tokens of the paper's runs. */
  readonly tokens: string;
  /** Whether the paper draws its runs against training time too. */
  readonly hasTime?: boolean;
  /** The losses that the paper draws, where it is not both. */
  readonly losses?: readonly ("training" | "validation")[];
  /** Other experiments in which variants of the same names differ in the same way. */
  readonly also?: readonly string[];
  /** In the paper's order: what its legend says, and the variant of the table's row. */
  readonly series: readonly { readonly legend: string; readonly variant: string }[];
}

/** A question of a paper as data: what it claims, its numbers, and what of ours answers them. Tables and figures are made of it. */
export interface PaperTable {
  readonly name: string;
  readonly title: string;
  /** Paper and place in it. */
  readonly paper: string;
  /** Name of the experiment that answers it. */
  readonly experiment: string;
  /** Header of the first column: what its rows are. */
  readonly heading: string;
  /** Label of the row that others are compared with. */
  readonly reference: string;
  /** Null where no paper asks this. */
  readonly claim: Claim | null;
  readonly columns: readonly PaperColumn[];
  readonly rows: readonly PaperRow[];
  /** What to know of the paper's half beside its claim: traps, size, tokens, what it held equal. */
  readonly notes: readonly string[];
  /** Numbers of our runs that this question needs beside loss and cost. */
  readonly measured?: readonly ("max_load_share" | "dead_experts")[];
  /** The paper's figure of it, where it draws curves. */
  readonly figure?: CurvesFigure;
  /** The paper has a figure and no table. */
  readonly isFigureAlone?: boolean;
}

/** A number as written: its value where it is one number, and whether it is written exactly. */
export interface WrittenNumber {
  readonly text: string;
  /** Null for a range. */
  readonly value: number | null;
  /** False for `~2.6` and ranges. */
  readonly isExact: boolean;
}

/**
 * Reads a number as a paper has it: `2.109`, `23,600`, `~2.618`, `~29.9-30.3`.
 * @throws Error for anything else: a table's description is wrong.
 */
export function readWritten(text: string): WrittenNumber {
  const match = /^(~?)([\d,]*\.?\d+)(?:-([\d,]*\.?\d+))?$/.exec(text);
  const digits = match?.[2];
  if (match === null || digits === undefined) throw new Error(`"${text}" is no number of a paper`);
  const isRange = match[3] !== undefined;
  const value = isRange ? null : Number(digits.replaceAll(",", ""));
  return { text, value, isExact: match[1] === "" && !isRange };
}

/** Change from a reference in percent of the reference: from 2.117 to 2.109 is -0.378. */
export function relativePercent(value: number, reference: number): number {
  return (100 * (value - reference)) / reference;
}

/**
 * The relative difference of a row's number from the number of the row that it is compared with, in percent: of the rate
 * where the column is a time. Of a score in percent it is the difference itself, in points. Null without both numbers and for the reference itself.
 */
export function paperDifference(
  table: PaperTable,
  row: PaperRow,
  column: PaperColumn,
): { readonly difference: number; readonly isExact: boolean } | null {
  const reference = referenceOf(table, row);
  const [own, other] = [row.paper[column.id], reference.paper[column.id]];
  if (reference === row || own === undefined || other === undefined) return null;
  const [a, b] = [readWritten(own), readWritten(other)];
  if (a.value === null || b.value === null) return null;
  return { difference: differenceOf(a.value, b.value, column), isExact: a.isExact && b.isExact };
}

function differenceOf(value: number, reference: number, { answer, isTime }: PaperColumn): number {
  if (answer === "test_right_percent") return value - reference;
  return isTime === true ? relativePercent(1 / value, 1 / reference) : relativePercent(value, reference);
}

/**
 * The row that a row is compared with; the reference is compared with itself.
 * @throws Error when the table has no row of that label.
 */
export function referenceOf(table: PaperTable, row: PaperRow): PaperRow {
  const label = row.against ?? table.reference;
  const found = table.rows.find((candidate) => candidate.label === label);
  if (found === undefined) throw new Error(`table ${table.name} has no row "${label}"`);
  return found;
}

/** A variant's name in a tier: some experiments have one variant for each. */
export function variantIn(tier: string, name: string): string {
  return name.replace("<tier>", tier);
}

/** A table whose variants are those of a tier. */
export function tableIn(tier: string, table: PaperTable): PaperTable {
  const rows = table.rows.map((row) => ({ ...row, variant: row.variant && variantIn(tier, row.variant) }));
  return { ...table, rows };
}

import type { SummaryRow } from "../../analysis/summary.ts";
import { column, dataColumn, type Column, type Value } from "../table.ts";

/** Numbers of what models can do that belong together: a panel of the terminal's table, a table of their own on the page. */
export interface AbilityPanel {
  /** Its columns'. */
  readonly panel: number;
  /** For ids and files. */
  readonly name: string;
  readonly title: string;
  /** How to read it, chance in it; nothing where no row has such numbers. */
  readonly notes: (rows: readonly SummaryRow[]) => readonly string[];
}

/** A mean, or what differences have of one. */
interface Interval {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A printed column with the ends of its interval as data. */
export function intervalColumns(
  id: string,
  header: string,
  style: "fixed" | "signed",
  more: Pick<Column, "unit" | "digits" | "panel">,
): Column[] {
  const [, low, high] = idsOf(id);
  return [column(id, header, style, { ...more, interval: { low, high } }), dataColumn(low), dataColumn(high)];
}

/** A number with its interval, in data alone. */
export function intervalData(id: string): Column[] {
  return idsOf(id).map(dataColumn);
}

/** The cells of both. @param scale 100 for a share in percent. */
export function intervalCells(id: string, found: Interval | null, scale = 1): Record<string, Value> {
  const [, low, high] = idsOf(id);
  const scaled = (value: number | null | undefined): number | null => (value == null ? null : scale * value);
  return { [id]: scaled(found?.mean), [low]: scaled(found?.low), [high]: scaled(found?.high) };
}

function idsOf(id: string): readonly [string, string, string] {
  return [id, `${id}_low`, `${id}_high`];
}

import { join } from "node:path";
import type { AskedMeasure, AskedRow, AskedSummary } from "../../analysis/answers/asked-text.ts";
import { ALL_DOMAINS } from "../../analysis/routing/counts.ts";
import { writeCsv, type Columns } from "./write-csv.ts";

/** What measures are called in files. */
const MEASURES: Readonly<Record<AskedMeasure, string>> = {
  whole: "chosen",
  perByte: "chosen_per_byte",
  said: "said",
};

/** Which model; and what was asked of it, by kind: an empty length or depth is all of them. */
const MODEL: Columns<Pick<AskedRow, "variant" | "step" | "trained">> = {
  variant: (row) => row.variant,
  steps: (row) => row.step,
  tokens_trained: (row) => row.trained,
};
const CELLS: Readonly<Record<AskedRow["kind"], Columns<AskedRow | AskedSummary>>> = {
  needle: { length_tokens: (row) => row.length, depth_percent: (row) => row.depth },
  cloze: { domain: (row) => row.domain ?? ALL_DOMAINS },
};

/** Writes what models answered, a file a kind and one of its means over seeds; nothing of what was not asked. @returns the paths. */
export function writeAsked(
  rows: readonly AskedRow[],
  summary: readonly AskedSummary[],
  folder: string,
): string[] {
  return (["needle", "cloze"] as const).flatMap((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    if (own.length === 0) return [];
    // Codes have equal bytes: by the byte they rank as whole ones do.
    const isTold = ({ measure }: AskedSummary): boolean => kind === "cloze" || measure !== "perByte";
    const means = summary.filter((row) => row.kind === kind && isTold(row));
    return [
      writeCsv(join(folder, `${kind}.csv`), countColumns(kind), own),
      writeCsv(join(folder, `${kind}-over-seeds.csv`), meanColumns(kind), means),
    ];
  });
}

function countColumns(kind: AskedRow["kind"]): Columns<AskedRow> {
  return {
    ...MODEL,
    seed: (row) => row.seed,
    ...CELLS[kind],
    questions: (row) => row.asked,
    chosen_right: (row) => row.whole,
    ...(kind === "needle"
      ? { said_right: (row: AskedRow) => row.said }
      : { chosen_per_byte_right: (row: AskedRow) => row.perByte }),
    chance: (row) => row.chance,
  };
}

function meanColumns(kind: AskedRow["kind"]): Columns<AskedSummary> {
  return {
    ...MODEL,
    ...CELLS[kind],
    measure: (row) => MEASURES[row.measure],
    share_right: (row) => row.share.mean,
    low_95: (row) => row.share.low,
    high_95: (row) => row.share.high,
    seeds: (row) => row.share.n,
    questions: (row) => row.asked,
    chance: (row) => row.chance,
    baseline: (row) => row.baseline,
    difference: (row) => row.difference?.mean ?? null,
    difference_low_95: (row) => row.difference?.low ?? null,
    difference_high_95: (row) => row.difference?.high ?? null,
    p: (row) => row.difference?.p ?? null,
  };
}

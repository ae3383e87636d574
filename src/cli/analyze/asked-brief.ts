import type { AskedMeasure, AskedSummary } from "../../analysis/answers/asked-text.ts";
import { intervalCells, intervalColumns } from "../../tables/abilities/panel.ts";
import { fixed } from "../../tables/format.ts";
import { column, type Column, type Table, type Value } from "../../tables/table.ts";

const TITLES = {
  needle: "Statements hidden in held-out text: found",
  cloze: "How held-out text goes on: right of four",
} as const;

/** Tables of what models answered, a row a variant; cells are in the files. */
export function askedTables(
  summary: readonly AskedSummary[],
  labelOf: (variant: string) => string,
): readonly Table[] {
  return (["needle", "cloze"] as const).flatMap((kind) => {
    const own = summary.filter((row) => row.kind === kind);
    return own.length === 0 ? [] : [tableOf(kind, own, labelOf)];
  });
}

const percent = (id: string, header: string): Column[] =>
  intervalColumns(id, header, "fixed", { unit: "%", digits: 1, panel: 1 });

function tableOf(
  kind: AskedSummary["kind"],
  own: readonly AskedSummary[],
  labelOf: (variant: string) => string,
): Table {
  const parts = partsOf(own);
  const hasStart = own.some(({ step }) => step === 0);
  const chance = own.find((row) => row.chance !== null)?.chance ?? null;
  const differs = own.some(({ difference }) => difference !== null);
  const variants = [...new Set(own.map(({ variant }) => variant))];
  return {
    ...{ name: kind, title: TITLES[kind], lead: [] },
    columns: [
      column("variant", "variant", "text"),
      ...percent("chosen", "chosen"),
      ...(hasStart ? percent("start", "at the start") : []),
      ...(differs
        ? [
            ...intervalColumns("difference", "more", "signed", { unit: "points", digits: 1, panel: 1 }),
            column("p", "p", "p"),
          ]
        : []),
      ...(kind === "needle" ? percent("said", "said") : []),
      ...parts.map(({ id, title }) => column(id, title, "fixed", { unit: "%", digits: 1, panel: 2 })),
    ],
    rows: variants.map((variant) => ({ marks: "", cells: cellsOf(variant, own, labelOf) })),
    notes: [
      `Chosen: the right one of four is the most probable (chance ${fixed(100 * (chance ?? 0), 0)} %)${kind === "needle" ? "; said: by the most probable tokens alone, exactly. By length: chosen. Yuan 2.0-M32 shows no needle table: there is nothing to compare with" : "; by domain behind it"}. ` +
        "Means over seeds, 95 %; of one seed ± is of its questions. p of differences is not corrected for how many there are.",
    ],
  };
}

/** Lengths of needles, or domains. */
function partsOf(own: readonly AskedSummary[]): { id: string; title: string }[] {
  const ids = own.flatMap(({ length, domain, depth }) => (depth === null ? (length ?? domain ?? []) : []));
  return [...new Set(ids)].map((id) => ({
    id: `of_${id}`,
    title: typeof id === "number" ? `${id} tokens` : id,
  }));
}

function cellsOf(
  variant: string,
  all: readonly AskedSummary[],
  labelOf: (variant: string) => string,
): Record<string, Value> {
  const own = all.filter((row) => row.variant === variant && row.depth === null);
  const total = (measure: AskedMeasure, isStart: boolean): AskedSummary | undefined =>
    own.find(
      (row) =>
        row.measure === measure && (row.step === 0) === isStart && row.length === null && row.domain === null,
    );
  const [chosen, start, said] = [total("whole", false), total("whole", true), total("said", false)];
  const parts = own.filter((row) => row.measure === "whole" && row.step > 0);
  return {
    variant: labelOf(variant),
    ...intervalCells("chosen", chosen?.share ?? null, 100),
    ...intervalCells("start", start?.share ?? null, 100),
    ...intervalCells("difference", chosen?.difference ?? null, 100),
    p: chosen?.difference?.p ?? null,
    ...intervalCells("said", said?.share ?? null, 100),
    ...Object.fromEntries(
      parts.map(({ length, domain, share }) => [`of_${length ?? domain ?? ""}`, 100 * share.mean]),
    ),
  };
}

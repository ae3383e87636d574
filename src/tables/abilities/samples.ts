import {
  SAMPLE_MEASURES,
  type SampleMeasure,
  type SampleStatistics,
  type SampleSummary,
} from "../../analysis/answers/sample-summary.ts";
import type { SummaryRow } from "../../analysis/summary.ts";
import { dataColumn, type Column, type Value } from "../table.ts";
import { intervalCells, intervalColumns, intervalData, type AbilityPanel } from "./panel.ts";

/** Samples stand below what models could do. */
export const SAMPLES: AbilityPanel = {
  ...{ panel: 4, name: "samples", title: "samples: right ones, and how much they differ" },
  notes: (rows) => {
    const [first] = rows.flatMap(({ answers }) => answers?.samples ?? []);
    if (first === undefined) return [];
    return [
      `Samples: ${first.each} a question at temperature 1, ${first.questions} questions of test. More diverse: a lower self-BLEU (100 % where all are alike), a higher entropy of an answer.`,
    ];
  },
};

/** How a measure is shown. */
interface Shown {
  readonly id: string;
  readonly scale: number;
  /** Header, unit and digits in print; of all others the numbers are in the data. */
  readonly print?: readonly [header: string, unit: string, digits: number];
  /** Whether the difference is printed too. */
  readonly isCompared?: true;
}

const SHOWN: Readonly<Record<SampleMeasure, Shown>> = {
  right: { id: "samples_right_percent", scale: 100, print: ["right samples", "%", 1] },
  solved: { id: "samples_solved_percent", scale: 100 },
  selfBleu: {
    ...{ id: "samples_self_bleu_percent", scale: 100, print: ["self-BLEU", "%", 1], isCompared: true },
  },
  entropyNats: {
    ...{ id: "samples_entropy_nats", scale: 1, print: ["entropy", "nats", 2], isCompared: true },
  },
  entropyNatsPerToken: { id: "samples_entropy_nats_per_token", scale: 1 },
  distinct1: { id: "samples_distinct_1_percent", scale: 100 },
  distinct2: { id: "samples_distinct_2_percent", scale: 100 },
  distinct3: { id: "samples_distinct_3_percent", scale: 100 },
  distinct4: { id: "samples_distinct_4_percent", scale: 100 },
};

/** Columns of samples, each with its difference from the baseline; none where no variant has samples. */
export function sampleColumns(rows: readonly SummaryRow[]): Column[] {
  if (rows.every(({ answers }) => answers?.samples == null)) return [];
  return Object.values(SHOWN).flatMap(({ id, print, isCompared }) => {
    const difference = `${id}_difference`;
    const shown = (name: string, header: string, style: "fixed" | "signed"): Column[] => {
      if (print === undefined) return intervalData(name);
      const [, unit, digits] = print;
      // Differences of percentages.
      const shownUnit = style === "signed" && unit === "%" ? "points" : unit;
      return intervalColumns(name, header, style, { unit: shownUnit, digits, panel: SAMPLES.panel });
    };
    const [header] = print ?? [""];
    return [
      ...shown(id, header, "fixed"),
      ...(isCompared ? shown(difference, "more", "signed") : intervalData(difference)),
      dataColumn(`${id}_p`),
    ];
  });
}

/** The cells of a variant. */
export function sampleCells(samples: SampleSummary | null): Record<string, Value> {
  if (samples === null) return {};
  const measures = Object.keys(SAMPLE_MEASURES) as SampleMeasure[];
  return Object.assign({}, ...measures.map((name) => cellsOf(SHOWN[name], samples[name]))) as Record<
    string,
    Value
  >;
}

function cellsOf({ id, scale }: Shown, { mean, difference }: SampleStatistics): Record<string, Value> {
  return {
    ...intervalCells(id, mean, scale),
    ...intervalCells(`${id}_difference`, difference, scale),
    [`${id}_p`]: difference?.p ?? null,
  };
}

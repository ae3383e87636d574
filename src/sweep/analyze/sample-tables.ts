import { join } from "node:path";
import {
  AT_ENTROPY,
  type MatchedRow,
  type TemperatureSummary,
} from "../../analysis/answers/equal-entropy.ts";
import { SAMPLE_MEASURES, type SampleMeasure } from "../../analysis/answers/sample-summary.ts";
import { writeCsv, type Columns } from "./write-csv.ts";

/** What measures are called in files. */
const NAMES: Readonly<Record<SampleMeasure, string>> = {
  right: "right_share",
  solved: "solved_share",
  selfBleu: "self_bleu",
  entropyNats: "entropy_nats",
  entropyNatsPerToken: "entropy_nats_per_token",
  distinct1: "distinct_1",
  distinct2: "distinct_2",
  distinct3: "distinct_3",
  distinct4: "distinct_4",
};
const MEASURES = Object.keys(SAMPLE_MEASURES) as readonly SampleMeasure[];

/** Writes samples at every temperature, and their means over seeds; nothing where none were drawn. @returns the paths. */
export function writeSamples(
  rows: readonly MatchedRow[],
  summary: readonly TemperatureSummary[],
  folder: string,
): string[] {
  if (rows.length === 0) return [];
  const cells = summary.flatMap((row) => MEASURES.map((measure) => ({ ...row, measure })));
  return [
    writeCsv(join(folder, "temperatures.csv"), ROW_COLUMNS, rows),
    writeCsv(join(folder, "temperatures-over-seeds.csv"), MEAN_COLUMNS, cells),
  ];
}

const MODEL: Columns<Pick<TemperatureSummary, "variant" | "step" | "trained" | "temperature">> = {
  variant: (row) => row.variant,
  steps: (row) => row.step,
  tokens_trained: (row) => row.trained,
  temperature: (row) => row.temperature,
};

const ROW_COLUMNS: Columns<MatchedRow> = {
  ...MODEL,
  seed: (row) => row.seed,
  questions: (row) => row.samples.questions,
  samples_each: (row) => row.samples.each,
  tokens: (row) => row.samples.tokens,
  ...Object.fromEntries(
    MEASURES.map((measure) => [NAMES[measure], (row: MatchedRow) => SAMPLE_MEASURES[measure](row.samples)]),
  ),
  baseline: (row) => row.baseline,
  ...Object.fromEntries(
    AT_ENTROPY.map((measure) => [
      `baseline_${NAMES[measure]}_at_entropy`,
      (row: MatchedRow) => row.matched[measure],
    ]),
  ),
};

type Cell = TemperatureSummary & { readonly measure: SampleMeasure };

/** Of a measure that is compared at equal entropy. */
function matchedOf({ measure, matched }: Cell): TemperatureSummary["matched"]["right"] | null {
  const compared = AT_ENTROPY.find((name) => name === measure);
  return compared === undefined ? null : matched[compared];
}

const MEAN_COLUMNS: Columns<Cell> = {
  ...MODEL,
  measure: (row) => NAMES[row.measure],
  mean: (row) => row.means[row.measure]?.mean ?? null,
  low_95: (row) => row.means[row.measure]?.low ?? null,
  high_95: (row) => row.means[row.measure]?.high ?? null,
  seeds: (row) => row.means[row.measure]?.n ?? 0,
  baseline: (row) => row.baseline,
  baseline_at_entropy: (row) => matchedOf(row)?.baseline?.mean ?? null,
  seeds_at_entropy: (row) => matchedOf(row)?.baseline?.n ?? null,
  difference: (row) => matchedOf(row)?.difference?.mean ?? null,
  difference_low_95: (row) => matchedOf(row)?.difference?.low ?? null,
  difference_high_95: (row) => matchedOf(row)?.difference?.high ?? null,
  p: (row) => matchedOf(row)?.difference?.p ?? null,
};

import { join } from "node:path";
import type { AskedSummary } from "../../analysis/answers/asked-text.ts";
import { GRADIENT_UNIT, MEASURE_UNITS } from "../../analysis/routing/measures.ts";
import { overSeeds, type RunMeasure, type SeedsMeasure } from "../../analysis/routing/over-seeds.ts";
import type { ExpertRow, RoutingAnalysis } from "../../analysis/routing/results.ts";
import { writeFileAtomic } from "../../core/files.ts";
import { openRenderer, type PictureFormat, type Renderer } from "../../report/draw/renderer.ts";
import { routingFigures } from "../../report/routing/figures.ts";
import type { RoutingToDraw } from "../../report/routing/routing-figure.ts";
import { writeAsked } from "./asked-tables.ts";
import { writeCsv, type Columns } from "./write-csv.ts";

const MODEL = {
  variant: ({ variant }: { variant: string }) => variant,
  seed: ({ seed }: { seed: number }) => seed,
  steps: ({ step }: { step: number }) => step,
  tokens_trained: ({ trained }: { trained: number }) => trained,
} as const;

/**
 * Writes an analysis as tables (tidy: one number a row, its unit beside it) and figures, each with the numbers in it as CSV.
 * @returns the paths.
 */
export async function writeAnalysis(
  analysis: RoutingAnalysis,
  options: {
    readonly folder: string;
    /** SVG is always among them, for the page. */
    readonly formats: readonly PictureFormat[];
    readonly labelOf: RoutingToDraw["labelOf"];
    /** Means over seeds of what was asked about text. */
    readonly asked: readonly AskedSummary[];
    /** Given in tests; the best that is installed otherwise. */
    readonly renderer?: Renderer;
  },
): Promise<readonly string[]> {
  const { folder, formats, labelOf, asked } = options;
  const summary = overSeeds(analysis.measures);
  const paths = [...writeTables(analysis, summary, folder), ...writeAsked(analysis.asked, asked, folder)];
  const figures = routingFigures({ analysis, summary, asked, labelOf });
  if (figures.length === 0) return paths;
  const renderer = options.renderer ?? (await openRenderer("chartjs-node-canvas"));
  for (const { spec, table } of figures) {
    const { columns, rows } = table;
    const cells = Object.fromEntries(
      columns.map((name, index) => [name, (row: readonly (string | number | null)[]) => row[index] ?? null]),
    );
    paths.push(writeCsv(join(folder, `${spec.name}.csv`), cells, rows));
    for (const format of new Set([...formats, "svg"] as const)) {
      const path = join(folder, `${spec.name}.${format}`);
      writeFileAtomic(path, await renderer.render(spec, format));
      paths.push(path);
    }
  }
  // The page of a result folder shows them (report/page/kept-figures.ts).
  const list = join(folder, "figures.json");
  const shown = figures.map(({ spec: { name, caption } }) => ({ name, caption }));
  writeFileAtomic(list, `${JSON.stringify({ figures: shown }, null, 2)}\n`);
  return [...paths, list];
}

/** Both of measures, then those of experts. */
function writeTables(analysis: RoutingAnalysis, summary: readonly SeedsMeasure[], folder: string): string[] {
  const at = (name: string): string => join(folder, name);
  const matrices = matrixCells(analysis);
  return [
    writeCsv(at("measures.csv"), MEASURE_COLUMNS, analysis.measures),
    writeCsv(at("measures-over-seeds.csv"), SUMMARY_COLUMNS, summary),
    writeCsv(at("experts.csv"), EXPERT_COLUMNS, analysis.experts),
    writeCsv(at("pairs.csv"), PAIR_COLUMNS, analysis.pairs),
    writeCsv(at("flows.csv"), FLOW_COLUMNS, analysis.flows),
    ...(analysis.positions.length === 0
      ? []
      : [writeCsv(at("positions.csv"), POSITION_COLUMNS, analysis.positions)]),
    ...(analysis.gradients.length === 0
      ? []
      : [writeCsv(at("gradients.csv"), GRADIENT_COLUMNS, analysis.gradients)]),
    ...(analysis.paired.length === 0
      ? []
      : [writeCsv(at("paired-tokens.csv"), PAIRED_COLUMNS, analysis.paired)]),
    ...(matrices.length === 0 ? [] : [writeCsv(at("matrices.csv"), MATRIX_COLUMNS, matrices)]),
  ];
}

const unit = ({ measure, unit: declared }: Pick<RunMeasure, "measure" | "unit">): string =>
  declared ?? MEASURE_UNITS[measure] ?? "";

const MEASURE_COLUMNS: Columns<RunMeasure> = {
  ...MODEL,
  layer: (row) => row.layer,
  domain: (row) => row.domain,
  measure: (row) => row.measure,
  value: (row) => row.value,
  chance: (row) => row.chance,
  unit,
};

const SUMMARY_COLUMNS: Columns<SeedsMeasure> = {
  variant: MODEL.variant,
  steps: MODEL.steps,
  tokens_trained: MODEL.tokens_trained,
  layer: (row) => row.layer,
  domain: (row) => row.domain,
  measure: (row) => row.measure,
  mean: (row) => row.value,
  half_width_95: (row) => row.halfWidth,
  seeds: (row) => row.seeds,
  chance: (row) => row.chance,
  unit,
};

const EXPERT_COLUMNS: Columns<ExpertRow> = {
  ...MODEL,
  layer: (row) => row.layer,
  domain: (row) => row.domain,
  expert: (row) => row.expert,
  domain_tokens: (row) => row.tokens,
  assigned_tokens: (row) => row.assigned,
  share_of_tokens: (row) => row.assigned / row.tokens,
  even_share: (row) => row.even,
};

const PAIR_COLUMNS: Columns<RoutingAnalysis["pairs"][number]> = {
  ...MODEL,
  layer: (row) => row.layer,
  expert: (row) => row.expert,
  other: (row) => row.other,
  tokens_of_both: (row) => row.tokens,
  share_of_expert: (row) => row.share,
  lift: (row) => row.lift,
};

const FLOW_COLUMNS: Columns<RoutingAnalysis["flows"][number]> = {
  ...MODEL,
  lower_layer: (row) => row.lower,
  upper_layer: (row) => row.upper,
  from_expert: (row) => row.from,
  to_expert: (row) => row.to,
  tokens_of_both: (row) => row.tokens,
  share_of_lower: (row) => row.share,
  lift: (row) => row.lift,
};

const POSITION_COLUMNS: Columns<RoutingAnalysis["positions"][number]> = {
  ...MODEL,
  tokens_seen_from: (row) => row.from,
  tokens_seen_to: (row) => row.to,
  tokens: (row) => row.tokens,
  loss_nats: (row) => row.lossNats,
};

const GRADIENT_COLUMNS: Columns<RoutingAnalysis["gradients"][number]> = {
  ...MODEL,
  layer: (row) => row.layer,
  part: (row) => row.part,
  expert: (row) => row.expert,
  statistic: (row) => row.statistic,
  value: (row) => row.value,
  unit: () => GRADIENT_UNIT,
};

const PAIRED_COLUMNS: Columns<RoutingAnalysis["paired"][number]> = {
  variant: (row) => row.variant,
  baseline: (row) => row.baseline,
  seed: (row) => row.seed,
  layer: (row) => row.layer,
  domain: (row) => row.domain,
  measure: (row) => row.measure,
  difference: (row) => row.difference,
  low_95: (row) => row.low,
  high_95: (row) => row.high,
  sequences: (row) => row.sequences,
  tokens: (row) => row.tokens,
  unit: () => "nats",
};

type MatrixCell = RoutingAnalysis["matrices"][number] & { readonly value: number; readonly index: number };

const MATRIX_COLUMNS: Columns<MatrixCell> = {
  ...MODEL,
  layer: (row) => row.layer,
  domain: (row) => row.domain,
  name: (row) => row.name,
  row: ({ index, columns }) => Math.floor(index / columns),
  column: ({ index, columns }) => index % columns,
  value: (row) => row.value,
};

function matrixCells({ matrices }: RoutingAnalysis): MatrixCell[] {
  return matrices.flatMap((matrix) =>
    Array.from(matrix.values, (value, index) => ({ ...matrix, value, index })),
  );
}

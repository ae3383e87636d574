import { join } from "node:path";
import type { Summary } from "../../analysis/summary.ts";
import { writeFileAtomic } from "../../core/files.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import type { ChartSpec } from "../draw/chart-spec.ts";
import { correlationChart } from "./correlation-chart.ts";
import { curvesChart } from "./curves-chart.ts";
import { differenceChart } from "./difference-chart.ts";
import { effectChart } from "./effect-chart.ts";
import { finalLossChart } from "./final-loss-chart.ts";
import { loadChart } from "./load-chart.ts";
import { powerChart } from "./power-chart.ts";
import { slopesChart } from "./slopes-chart.ts";
import { tradeOffChart } from "./trade-off-chart.ts";
import { openRenderer, PICTURE_FORMATS, type PictureFormat, type Renderer } from "../draw/renderer.ts";

/** Names of all of them. */
const CHART_NAMES = [
  "difference",
  "slopes",
  "final-loss",
  "curves",
  "effect",
  "trade-off",
  "power",
  "load",
  "correlation",
] as const;

/** Every file that pictures of some results can be. */
export function pictureFiles(): readonly string[] {
  return CHART_NAMES.flatMap((name) => PICTURE_FORMATS.map((format) => `${name}.${format}`));
}

/**
 * Every chart that the results have data for, in the order in which a reader wants them.
 * @param summary of the same results.
 */
export function chartsOf(results: ExperimentResults, summary: Summary): readonly ChartSpec[] {
  const charts = [
    differenceChart,
    slopesChart,
    finalLossChart,
    curvesChart,
    effectChart,
    tradeOffChart,
    powerChart,
    loadChart,
    correlationChart,
  ];
  return charts.flatMap((chart) => chart(results, summary) ?? []);
}

/**
 * Draws charts into a folder, each in every format. Files appear whole or not at all; equal charts give equal bytes.
 * @returns the paths written.
 * @throws Error when the font or the canvas is missing.
 */
export async function plotCharts(
  charts: readonly ChartSpec[],
  options: {
    readonly folder: string;
    readonly formats: readonly PictureFormat[];
    /** Given in tests; the best that is installed otherwise. */
    readonly renderer?: Renderer;
  },
): Promise<readonly string[]> {
  const renderer = options.renderer ?? (await openRenderer("chartjs-node-canvas"));
  const pictures = charts.flatMap((spec) =>
    options.formats.map(async (format) => ({
      path: join(options.folder, `${spec.name}.${format}`),
      bytes: await renderer.render(spec, format),
    })),
  );
  const files = await Promise.all(pictures);
  for (const { path, bytes } of files) writeFileAtomic(path, bytes);
  return files.map(({ path }) => path);
}

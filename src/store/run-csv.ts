import { existsSync, readFileSync } from "node:fs";
import type { LoadTable, MetricRow } from "../records/results.ts";
import type { RoutingRow } from "../records/experiment.ts";

/** First line of metrics.csv, before what the objective reports; units are in the names, an empty cell is a number that does not exist. */
const METRICS_HEADER =
  "step,tokens,learning_rate,train_loss_nats,balance_loss,z_loss,gradient_norm,validation_loss_nats";

/** First line of routing.csv: share of a layer's assignments at an evaluation step. */
export const ROUTING_HEADER = "step,layer,expert,share";

/** First line of metrics.csv of a run whose objective reports these numbers. */
export function metricsHeader(reports: readonly string[]): string {
  return [METRICS_HEADER, ...reports.map((name) => `${OBJECTIVE_PREFIX}${name}`)].join(",");
}

const OBJECTIVE_PREFIX = "objective_";

/** A line of metrics.csv, without the line's end. */
export function metricLine(row: MetricRow): string {
  return [
    row.step,
    row.tokens,
    row.learningRate,
    row.trainLossNats,
    row.balanceLoss,
    row.zLoss,
    row.gradientNorm,
    row.validationLossNats,
    ...Object.values(row.objective ?? {}),
  ]
    .map((cell) => (cell === null ? "" : String(cell)))
    .join(",");
}

/** The lines of routing.csv for one evaluation. */
export function routingLines(step: number, load: LoadTable): string[] {
  return load.flatMap((shares, layer) =>
    shares.map((share, expert) => `${step},${layer},${expert},${share}`),
  );
}

/**
 * Reads metrics.csv; an incomplete last line (a kill while writing) is left out.
 * @throws Error naming the file and line when a complete line is not a row.
 */
export function readMetrics(path: string): MetricRow[] {
  const { header, lines } = completeLines(path, METRICS_HEADER);
  const [plain, reports] = [METRICS_HEADER.split(",").length, header.split(`,${OBJECTIVE_PREFIX}`).slice(1)];
  return lines.map((line, index) => {
    const cells = line.split(",").map((cell) => (cell === "" ? null : Number(cell)));
    const number = (column: number): number => {
      const value = cells[column] ?? null;
      if (value === null || Number.isNaN(value))
        throw new Error(`${path}:${index + 2}: "${line}" is not a metrics row`);
      return value;
    };
    const count = plain + reports.length;
    if (cells.length !== count)
      throw new Error(`${path}:${index + 2}: ${cells.length} cells instead of ${count}`);
    const objective = Object.fromEntries(reports.map((name, place) => [name, number(plain + place)]));
    return {
      step: number(0),
      tokens: number(1),
      learningRate: number(2),
      trainLossNats: number(3),
      balanceLoss: cells[4] === null ? null : number(4),
      zLoss: cells[5] === null ? null : number(5),
      gradientNorm: number(6),
      validationLossNats: cells[7] === null ? null : number(7),
      ...(reports.length > 0 && { objective }),
    };
  });
}

/**
 * Reads routing.csv; an incomplete last line is left out.
 * @throws Error naming the file and line when a complete line is not a row.
 */
export function readRouting(path: string): Omit<RoutingRow, "variant" | "seed" | "tokens">[] {
  return completeLines(path, ROUTING_HEADER).lines.map((line, index) => {
    const [step, layer, expert, share, ...more] = line.split(",").map(Number);
    if (step === undefined || layer === undefined || expert === undefined || share === undefined) {
      throw new Error(`${path}:${index + 2}: "${line}" is not a routing row`);
    }
    if (more.length > 0 || Number.isNaN(step + layer + expert + share)) {
      throw new Error(`${path}:${index + 2}: "${line}" is not a routing row`);
    }
    return { step, layer, expert, share };
  });
}

/** Data lines that end in a line feed, below the header that stands there; none when the file is missing or its header begins otherwise. */
function completeLines(
  path: string,
  expected: string,
): { readonly header: string; readonly lines: readonly string[] } {
  if (!existsSync(path)) return { header: "", lines: [] };
  const [header = "", ...lines] = readFileSync(path, "utf8").split("\n").slice(0, -1);
  const isExpected = header === expected || header.startsWith(`${expected},${OBJECTIVE_PREFIX}`);
  return isExpected ? { header, lines } : { header: "", lines: [] };
}

import { sizeOf } from "../core/axes.ts";
import type { ModelSettings } from "../config/settings.ts";
import { weightedLoss } from "../data/losses.ts";
import type { EvaluationBatch } from "../data/types.ts";
import type { Executable, HostArray } from "../engine/types.ts";
import { NAMES } from "../model/programs.ts";
import type { LoadTable, MatrixRecord } from "../records/results.ts";
import { evaluationFeeds } from "./feeds.ts";
import type { RoutedBatch } from "./label-information.ts";
import type { TrainingJob } from "./types.ts";

/** What an evaluation found, on all its tokens. */
export interface Evaluation {
  /** Domain losses by their validation weights, nats per token. */
  readonly lossNats: number;
  readonly domainLossNats: Readonly<Record<string, number>>;
  /** Mean over layers; null where the router has none. */
  readonly balanceLoss: number | null;
  readonly zLoss: number | null;
  /** Shares of assignments, [L][E]. */
  readonly load: LoadTable;
  /** Experts that a token was sent to, by layer. */
  readonly expertsPerToken: readonly number[];
  /** Maximum over layers. */
  readonly unroutedShare: number;
  readonly matrices: readonly MatrixRecord[];
  /** Of every batch, where the program says who processed which token; else empty. */
  readonly routed: readonly RoutedBatch[];
}

/**
 * Runs an evaluation program over fixed batches.
 * @param inputs the model's numbers by program input name, without the batch.
 */
export async function evaluate(
  executable: Executable,
  { model, corpus, seed }: Pick<TrainingJob, "model" | "corpus" | "seed">,
  batches: readonly EvaluationBatch[],
  inputs: Readonly<Record<string, HostArray>>,
): Promise<Evaluation> {
  const sums = new Map<string, Float64Array>();
  const routed: RoutedBatch[] = [];
  const domainSums = new Map<string, { total: number; weight: number }>();
  for (const [index, batch] of batches.entries()) {
    const outputs = await executable.run({ ...inputs, ...evaluationFeeds(model, batch, seed, index) });
    for (const [name, values] of Object.entries(outputs)) {
      if (name === NAMES.chosen) {
        routed.push({ chosen: values.slice(), labels: batch.labels });
        continue;
      }
      const sum = sums.get(name) ?? new Float64Array(values.length);
      values.forEach((value, index) => (sum[index] = (sum[index] ?? 0) + value));
      sums.set(name, sum);
    }
    const domain = domainSums.get(batch.domain) ?? { total: 0, weight: 0 };
    const weight = model.objective.needs === "tokens" ? 1 : answerTokens(batch);
    domain.total += weight * (outputs[NAMES.loss]?.[0] ?? Number.NaN);
    domain.weight += weight;
    domainSums.set(batch.domain, domain);
  }
  const mean = (name: string): Float64Array | undefined => sums.get(name)?.map((sum) => sum / batches.length);
  const domainLossNats = Object.fromEntries(
    [...domainSums].map(([name, sum]) => [name, sum.total / sum.weight]),
  );
  return {
    lossNats: weightedLoss(corpus, domainLossNats),
    domainLossNats,
    balanceLoss: average(mean(NAMES.balance)),
    zLoss: average(mean(NAMES.z)),
    load: loadTable(sums.get(NAMES.counts) ?? new Float64Array(0), model.settings.model),
    expertsPerToken: Array.from(mean(NAMES.expertsPerToken) ?? []),
    unroutedShare: Math.max(0, ...(mean(NAMES.unrouted) ?? [])),
    matrices: matrixRecords(model, (name) => mean(NAMES.matrix(name))),
    routed,
  };
}

/** Tokens of answers in a batch: batches differ in them, and each token weighs alike. */
export function answerTokens({ weights }: EvaluationBatch): number {
  return weights?.reduce((sum, weight) => sum + weight, 0) ?? Number.NaN;
}

/** Shares of each layer's assignments from counts [layers with experts, E]; zero where a layer assigned nothing, no shares where it is dense. */
function loadTable(
  counts: ArrayLike<number>,
  { layers, denseLayers }: Pick<ModelSettings, "layers" | "denseLayers">,
): LoadTable {
  const E = counts.length / (layers - denseLayers);
  const dense = Array.from({ length: denseLayers }, () => []);
  const routed = Array.from({ length: layers - denseLayers }, (_, layer) => {
    const row = Array.from({ length: E }, (__, expert) => counts[layer * E + expert] ?? 0);
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => (total === 0 ? 0 : count / total));
  });
  return [...dense, ...routed];
}

/** Largest share of any layer, and experts under 1 % of the uniform share over all layers. */
export function loadSummary(load: LoadTable): { maxLoadShare: number; deadExperts: number } {
  const shares = load.flat();
  const E = load.at(-1)?.length ?? 1;
  return {
    maxLoadShare: Math.max(...shares),
    deadExperts: shares.filter((share) => share < 0.01 / E).length,
  };
}

function average(values: Float64Array | undefined): number | null {
  return values === undefined || values.length === 0
    ? null
    : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * The matrices of all layers' routers, a record each, name by name.
 * @param valuesOf a name's matrices of all layers that have it, one behind the other
 */
function matrixRecords(
  { routers, settings: { model } }: TrainingJob["model"],
  valuesOf: (name: string) => Float64Array | undefined,
): MatrixRecord[] {
  const withExperts = [...routers.entries()].slice(model.denseLayers);
  const names = new Set(withExperts.flatMap(([, { matrices }]) => Object.keys(matrices)));
  return [...names].flatMap((name) => {
    const values = valuesOf(name);
    let start = 0;
    return withExperts.flatMap(([layer, { matrices }]): MatrixRecord[] => {
      const shape = matrices[name];
      if (shape === undefined || values === undefined) return [];
      const own = values.subarray(start, (start += sizeOf(shape)));
      return [{ name, layer, values: rowsOf(own, shape) }];
    });
  });
}

/** @param values [rows, columns] */
function rowsOf(values: Float64Array, [rows = 0, columns = 0]: readonly number[]): number[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns)),
  );
}

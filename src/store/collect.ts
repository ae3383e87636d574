import { join } from "node:path";
import type { Experiment } from "../config/settings.ts";
import type { MetricRow } from "../records/results.ts";
import { provenanceTag, withoutPaths } from "./identity.ts";
import { NUMERICS } from "./numerics.ts";
import type { CurveRow, ExperimentResults, RoutingRow, VariantFacts } from "../records/experiment.ts";
import type { RunRecord } from "../records/run.ts";
import { readMetrics, readRouting } from "./run-csv.ts";

/** Facts of a variant, with the name that its router declares. */
export interface NamedFacts extends VariantFacts {
  readonly routerName: string;
}

/** A run that an experiment asks for. */
interface AskedRun {
  readonly variant: string;
  readonly seed: number;
  readonly runId: string;
  /** Folder name below the runs folder. */
  readonly runName: string;
  /** Its run.json; null where there is none. */
  readonly known: RunRecord | null;
}

/** What results are made from. */
export interface Collected {
  readonly experiment: Experiment;
  readonly facts: Readonly<Record<string, NamedFacts>>;
  readonly asked: readonly AskedRun[];
}

/** Points of a run's curve are thinned to about this many. */
const CURVE_POINTS = 100;
/** Evaluations whose routing is kept: a row is needed for every expert of every layer. */
const ROUTING_POINTS = 20;

/** The part of an experiment's results that statistics are made from; paths of this machine are left out. */
export function collectRows({
  experiment,
  facts,
  asked,
}: Collected): Pick<ExperimentResults, "record" | "runs"> {
  return {
    record: {
      format: 1,
      numerics: NUMERICS,
      experiment: {
        ...experiment,
        variants: experiment.variants.map((variant) => ({
          ...variant,
          settings: withoutPaths(variant.settings, factsOf(facts, variant.name).routerName),
        })),
      },
      variants: Object.fromEntries(
        experiment.variants.map(({ name }) => {
          const { cost, causal, seesLabels, solved, trainTokensPerSecond } = factsOf(facts, name);
          const measured = expertsPerTokenOf(asked.filter(({ variant }) => variant === name));
          return [
            name,
            { cost, ...measured, causal, ...(seesLabels && { seesLabels }), solved, trainTokensPerSecond },
          ];
        }),
      ),
      provenance: asked.find(({ known }) => known?.status === "finished")?.known?.provenance ?? null,
    },
    runs: asked.map(({ variant, seed, runId, known }) => ({
      variant,
      seed,
      runId,
      status: known?.status ?? "missing",
      provenance: known?.provenance ? provenanceTag(known.provenance) : null,
      results: known?.status === "finished" ? known.results : null,
      ...(known?.status === "diverged" && { failure: known.failure }),
    })),
  };
}

/** Experts a token by layer, mean over the finished runs that counted them; nothing where none did. */
function expertsPerTokenOf(runs: readonly AskedRun[]): Pick<VariantFacts, "expertsPerToken"> {
  const counted = runs.flatMap(({ known }) =>
    known?.status === "finished" && known.expertsPerToken !== undefined ? [known.expertsPerToken] : [],
  );
  const [first] = counted;
  if (first === undefined) return {};
  return { expertsPerToken: first.map((_, layer) => mean(counted.map((layers) => layers[layer] ?? 0))) };
}

/**
 * Makes an experiment's results from its runs' records and the files beside them, nothing else.
 * @throws Error when a finished run's metrics.csv is damaged.
 */
export function collectResults(collected: Collected, runsFolder: string): ExperimentResults {
  const { experiment } = collected;
  const finished = collected.asked.flatMap((run) =>
    run.known?.status === "finished" ? [{ ...run, record: run.known }] : [],
  );
  return {
    ...collectRows(collected),
    curves: finished.flatMap(({ variant, seed, runName }) =>
      thinCurve(readMetrics(join(runsFolder, runName, "metrics.csv"))).map((point) => ({
        variant,
        seed,
        ...point,
      })),
    ),
    load: finished.flatMap(({ variant, seed, record }) =>
      (record.load ?? []).flatMap((shares, layer) =>
        shares.map((share, expert) => ({ variant, seed, layer, expert, share })),
      ),
    ),
    // Of the first seed: expert i of one seed has nothing to do with expert i of another, so a mean would only blur.
    routing: experiment.variants.flatMap(({ name }): RoutingRow[] => {
      const first = finished.find((run) => run.variant === name);
      return first === undefined ? [] : routingOf(join(runsFolder, first.runName), first);
    }),
    matrices: experiment.variants.flatMap(({ name }) =>
      (finished.find((run) => run.variant === name)?.record.matrices ?? []).map((matrix) => ({
        variant: name,
        ...matrix,
      })),
    ),
  };
}

/**
 * Thins a metrics table to about 100 training points and at most about 100 evaluations. A training loss kept is the
 * mean over the steps since the point before.
 */
export function thinCurve(rows: readonly MetricRow[]): Omit<CurveRow, "variant" | "seed">[] {
  const stride = Math.ceil(rows.length / CURVE_POINTS);
  const evaluations = rows.filter((row) => row.validationLossNats !== null);
  const evaluationStride = Math.ceil(evaluations.length / CURVE_POINTS);
  const keptEvaluations = new Set(
    evaluations.filter((_, index) => (evaluations.length - 1 - index) % evaluationStride === 0),
  );
  const points: Omit<CurveRow, "variant" | "seed">[] = [];
  let since: number[] = [];
  for (const [index, row] of rows.entries()) {
    since.push(row.trainLossNats);
    const evaluated = keptEvaluations.has(row);
    if (!evaluated && (index + 1) % stride !== 0 && index !== rows.length - 1) continue;
    points.push({
      step: row.step,
      tokens: row.tokens,
      trainLossNats: mean(since),
      validationLossNats: evaluated ? row.validationLossNats : null,
    });
    since = [];
  }
  return points;
}

/** A run's load at about 20 evaluations, the last of them included. */
function routingOf(
  folder: string,
  { variant, seed, record }: { readonly variant: string; readonly seed: number; readonly record: RunRecord },
): RoutingRow[] {
  const rows = readRouting(join(folder, "routing.csv"));
  const steps = [...new Set(rows.map(({ step }) => step))];
  const stride = Math.ceil(steps.length / ROUTING_POINTS);
  const kept = new Set(steps.filter((_, index) => (steps.length - 1 - index) % stride === 0));
  const { batchSequences, sequenceLength } = record.identity.settings.data;
  return rows
    .filter(({ step }) => kept.has(step))
    .map((row) => ({ variant, seed, tokens: row.step * batchSequences * sequenceLength, ...row }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function factsOf(facts: Readonly<Record<string, NamedFacts>>, variant: string): NamedFacts {
  const found = facts[variant];
  if (found === undefined) throw new Error(`no facts of variant ${variant}`);
  return found;
}

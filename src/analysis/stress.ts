import type { ExperimentResults, RunRow } from "../records/experiment.ts";
import type { TaskResults } from "../records/results.ts";
import { fieller, type RatioInterval } from "./fieller.ts";
import { type MeanInterval, meanInterval } from "./paired-t.ts";
import { summarise, type Summary, type SummaryRow } from "./summary.ts";

/** One router on one task. */
export interface StressRow {
  /** The domain. */
  readonly task: string;
  readonly arm: string;
  /** Against the frozen router: whether it found anything. */
  readonly row: SummaryRow;
  /** Loss minus that of the best possible predictor, nats/token. */
  readonly regretNats: MeanInterval | null;
  /** (frozen - router) / (frozen - oracle). */
  readonly gapClosed: RatioInterval | null;
  /** Mutual information of expert and label minus that of shuffled labels, over the entropy of labels. */
  readonly labelShare: MeanInterval | null;
}

/** The suite's answer. */
export interface StressAnswer {
  /** With the frozen router as the baseline of every task. */
  readonly summary: Summary;
  readonly rows: readonly StressRow[];
}

/**
 * Reads a run of the stress suite: variants `arm, data.domains=task`; among the arms are the floor that the experiment names, and one that
 * is told labels, the oracle. Everything is paired by seed; verdicts are those of `summarise` against the frozen router, one Holm family over all tasks.
 */
export function stressAnswer(results: ExperimentResults): StressAnswer {
  const { experiment, variants } = results.record;
  const floor = split(experiment.controls.floor ?? experiment.baseline)[0];
  const oracle = split(Object.keys(variants).find((name) => variants[name]?.seesLabels === true) ?? "")[0];
  const summary = summarise(results, { baseline: floor });
  const { alpha, metric } = summary;
  const lossOf = (variant: string, seed: number): number | null => {
    const found = results.runs.find((run) => run.variant === variant && run.seed === seed)?.results;
    return found ? metric.value(found) : null;
  };
  const rows = summary.rows.map((row): StressRow => {
    const [arm, cell] = split(row.variant);
    const own = results.runs.filter((run) => run.variant === row.variant);
    const gaps = own.flatMap(({ seed }) => {
      const losses = [row.variant, `${floor}${cell}`, `${oracle}${cell}`].map((name) => lossOf(name, seed));
      const [router, low, high] = losses;
      return router == null || low == null || high == null ? [] : [[low - router, low - high] as const];
    });
    const isReference = arm === floor || arm === oracle;
    const ofTask = (value: (task: TaskResults, loss: number) => number | null): number[] =>
      own.flatMap((run) => taskValue(run, metric.value, value) ?? []);
    return {
      task: cell.slice(cell.indexOf("=") + 1),
      arm,
      row,
      regretNats: meanInterval(
        ofTask((task, loss) => loss - task.optimumNats),
        alpha,
      ),
      gapClosed: isReference
        ? null
        : fieller(
            gaps.map(([gained]) => gained),
            gaps.map(([, possible]) => possible),
            alpha,
          ),
      labelShare: meanInterval(
        ofTask(({ informationNats, shuffledInformationNats, labelNats }) =>
          labelNats === 0 ? null : (informationNats - shuffledInformationNats) / labelNats,
        ),
        alpha,
      ),
    };
  });
  return { summary, rows };
}

/** Arm, and what stands behind it, with its comma. */
function split(variant: string): [arm: string, cell: string] {
  const at = variant.indexOf(", ");
  return at === -1 ? [variant, ""] : [variant.slice(0, at), variant.slice(at)];
}

function taskValue(
  { results }: RunRow,
  lossOf: (results: NonNullable<RunRow["results"]>) => number | null,
  value: (task: TaskResults, loss: number) => number | null,
): number | null {
  const loss = results && lossOf(results);
  return results?.task === undefined || loss === null ? null : value(results.task, loss);
}

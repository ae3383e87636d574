import { mean } from "simple-statistics";
import { tokensBefore } from "../../analysis/marks.ts";
import { meanInterval } from "../../analysis/paired-t.ts";
import type { Summary } from "../../analysis/summary.ts";
import type { ExperimentResults } from "../../records/experiment.ts";

/** Mean over the seeds of a variant at one point of training. */
interface CurvePoint {
  readonly tokens: number;
  readonly mean: number;
  /** The band: what it is, the maker of the curve says. */
  readonly low: number;
  readonly high: number;
}

/** A curve of a variant over training. */
export interface Curve {
  readonly variant: string;
  readonly points: readonly CurvePoint[];
}

/** Which loss of a run: of the training batches, mean since the point before, or of the intermediate evaluations. */
export type LossKind = "training" | "validation";

/** Losses of one variant: by tokens, then by seed; nats per token. */
type Losses = ReadonlyMap<number, ReadonlyMap<number, number>>;

/**
 * Loss (nats per token) against training tokens, mean over the finished seeds of every variant, in the experiment's order; the
 * band goes from the lowest seed to the highest. A point is where every one of those seeds was evaluated: a mean over changing
 * seeds would jump. Variants without a point are left out. A run with another objective than the baseline's is another stage of
 * training, not another start of the same one: it stands behind what its parents have more than the baseline's.
 */
export function lossCurves(results: ExperimentResults, kind: LossKind): readonly Curve[] {
  return results.record.experiment.variants.flatMap(({ name }) => {
    const { losses, seeds } = lossesOf(results, name, kind);
    const start = stageStart(results, name);
    return curve(name, losses, seeds.size, (bySeed) => {
      const values = [...bySeed.values()];
      return { mean: mean(values), low: Math.min(...values), high: Math.max(...values) };
    }).map(({ variant, points }) => ({
      variant,
      points: points.map((point) => ({ ...point, tokens: start + point.tokens })),
    }));
  });
}

/** Tokens between the baseline's first one and a variant's, where that is of a later stage; else 0. */
function stageStart({ record }: ExperimentResults, name: string): number {
  const settingsOf = (wanted: string) =>
    record.experiment.variants.find((variant) => variant.name === wanted)?.settings;
  const [own, baseline] = [settingsOf(name), settingsOf(record.experiment.baseline)];
  if (own === undefined || baseline === undefined || own.objective.name === baseline.objective.name) return 0;
  return Math.max(0, tokensBefore(own) - tokensBefore(baseline));
}

/** Whether some variant is of a later stage than the baseline, so that its curve starts further right. */
export function hasLaterStage(results: ExperimentResults): boolean {
  return results.record.experiment.variants.some(({ name }) => stageStart(results, name) > 0);
}

/**
 * Difference of the validation loss from the baseline's at the same seed and step, in percent of the baseline's mean, against
 * training tokens; the band is the t-interval at the level of the final comparison (the mean alone with one seed).
 */
export function differenceCurves(results: ExperimentResults, summary: Summary): readonly Curve[] {
  return summary.rows.flatMap(({ variant, comparedWith, comparison }) => {
    if (comparedWith === null) return [];
    const own = lossesOf(results, variant, "validation");
    const base = lossesOf(results, comparedWith, "validation");
    const paired = [...own.seeds].filter((seed) => base.seeds.has(seed));
    return curve(variant, own.losses, own.seeds.size, (bySeed, tokens) => {
      const pairs = paired.flatMap((seed) => {
        const loss = bySeed.get(seed);
        const baseline = base.losses.get(tokens)?.get(seed);
        return loss === undefined || baseline === undefined ? [] : [{ loss, baseline }];
      });
      if (pairs.length === 0 || pairs.length < paired.length) return null;
      const reference = mean(pairs.map(({ baseline }) => baseline));
      // Nothing is a share of nothing.
      if (reference === 0) return null;
      const scale = 100 / reference;
      const interval = meanInterval(
        pairs.map(({ loss, baseline }) => (loss - baseline) * scale),
        comparison?.level ?? summary.alpha,
      );
      if (interval === null) return null;
      return {
        mean: interval.mean,
        low: interval.low ?? interval.mean,
        high: interval.high ?? interval.mean,
      };
    });
  });
}

/** A curve of the points where all of `seeds` seeds have a loss and `pointOf` has an answer; none when there is no such point. */
function curve(
  variant: string,
  losses: Losses,
  seeds: number,
  pointOf: (bySeed: ReadonlyMap<number, number>, tokens: number) => Omit<CurvePoint, "tokens"> | null,
): readonly Curve[] {
  const points = [...losses]
    .filter(([, bySeed]) => bySeed.size === seeds)
    .sort(([a], [b]) => a - b)
    .flatMap(([tokens, bySeed]) => {
      const point = pointOf(bySeed, tokens);
      return point === null ? [] : [{ tokens, ...point }];
    });
  return points.length === 0 ? [] : [{ variant, points }];
}

function lossesOf(
  results: ExperimentResults,
  variant: string,
  kind: LossKind,
): { losses: Losses; seeds: ReadonlySet<number> } {
  const finished = results.runs.filter((run) => run.variant === variant && run.status === "finished");
  const seeds = new Set(finished.map(({ seed }) => seed));
  const losses = new Map<number, Map<number, number>>();
  for (const row of results.curves) {
    const loss = kind === "training" ? row.trainLossNats : row.validationLossNats;
    if (row.variant !== variant || loss === null || !seeds.has(row.seed)) continue;
    const bySeed = losses.get(row.tokens) ?? new Map<number, number>();
    losses.set(row.tokens, bySeed.set(row.seed, loss));
  }
  return { losses, seeds };
}

import { mean as meanOf } from "simple-statistics";
import { withRecipe } from "../config/recipes.ts";
import type { RunRow } from "../records/experiment.ts";
import { stricterLooks } from "./looks.ts";
import type { SummaryInput } from "./summary.ts";

/** The peak learning rates that are tried, in order. */
const TRIED = ["half-rate", "as-written", "double-rate"] as const;
type Tried = (typeof TRIED)[number];

/** The learning rate that a variant is judged at. */
interface Choice {
  readonly at: Tried;
  readonly peakLearningRate: number;
}

/** An experiment with each variant at its own best peak learning rate of the three. */
export interface Tuned {
  readonly input: SummaryInput;
  /** By variant; absent where the three have no seed in common. */
  readonly choices: ReadonlyMap<string, Choice>;
  /** Every run has a loss on the test split, by which nothing was chosen. */
  readonly hasTest: boolean;
}

/**
 * Takes each variant, the baseline too, at the peak learning rate with its lowest mean validation loss (nats a token) over the seeds that
 * are finished at all three, and these seeds alone. Of equal means the one as written. Nothing is trained for it. Runs that have a loss on the test
 * split are then judged by that; else the choice is made on the numbers that are then compared, which favours every variant alike, by less than the
 * spread between seeds.
 * @returns null where no variant has such a seed.
 */
export function tune(results: Readonly<Record<Tried, SummaryInput>>): Tuned | null {
  const written = results["as-written"];
  const { experiment } = written.record;
  const picked = experiment.variants.flatMap((variant) => {
    const best = bestOf(results, variant.name);
    if (best === null) return [];
    const settings = best.at === "as-written" ? variant.settings : withRecipe(variant.settings, best.at);
    const choice: Choice = { at: best.at, peakLearningRate: settings.training.learningRate };
    return [{ name: variant.name, settings, choice, runs: best.runs }];
  });
  if (picked.length === 0) return null;
  const variants = experiment.variants.map((variant) => {
    const settings = picked.find(({ name }) => name === variant.name)?.settings ?? variant.settings;
    return { ...variant, settings };
  });
  const looks = TRIED.map((tried) => results[tried].looks).reduce(stricterLooks);
  return {
    input: {
      record: { ...written.record, experiment: { ...experiment, variants } },
      runs: picked.flatMap(({ runs }) => runs),
      ...(looks !== undefined && { looks }),
    },
    hasTest: picked.every(({ runs }) => runs.every(({ results }) => results?.testLossNats != null)),
    choices: new Map(picked.map(({ name, choice }) => [name, choice])),
  };
}

function bestOf(
  results: Readonly<Record<Tried, SummaryInput>>,
  variant: string,
): { readonly at: Tried; readonly runs: readonly RunRow[] } | null {
  const finished = TRIED.map((at) => ({
    at,
    runs: results[at].runs.filter((run) => run.variant === variant && run.results !== null),
  }));
  const isCommon = ({ seed }: RunRow): boolean =>
    finished.every(({ runs }) => runs.some((run) => run.seed === seed));
  const candidates = finished.map(({ at, runs }) => {
    const common = runs.filter(isCommon);
    const losses = common.flatMap((run) => run.results?.validationLossNats ?? []);
    return { at, runs: common, loss: losses.length === 0 ? Infinity : meanOf(losses) };
  });
  const lowest = Math.min(...candidates.map(({ loss }) => loss));
  if (lowest === Infinity) return null;
  const best = candidates.filter(({ loss }) => loss === lowest);
  return best.find(({ at }) => at === "as-written") ?? best[0] ?? null;
}

import { basename } from "node:path";
import { withRecipe, type RecipeName } from "../config/recipes.ts";
import type { Experiment, Settings } from "../config/settings.ts";
import { canonicalJson } from "../core/json.ts";
import { withoutPaths } from "../store/identity.ts";
import type { JudgedComparison } from "./comparison.ts";
import type { Metric } from "./metrics.ts";
import {
  summarise,
  type Summary,
  type SummaryInput,
  type SummaryOptions,
  type SummaryRow,
} from "./summary.ts";
import { tune, type Tuned } from "./tuned.ts";
import type { Verdict } from "./verdict.ts";

/** What a verdict can be repeated under, in the order of tables. `tuned` is made of the three learning rates (tuned.ts). */
export const TREATMENTS = ["as-written", "half-rate", "double-rate", "tuned", "half-length"] as const;
export type Treatment = (typeof TREATMENTS)[number];

/** What becomes of a verdict under other recipes. */
export type Survival = "yes" | "no" | "sign changes" | "undecided";

/** One variant against its baseline, under each recipe against that recipe's baseline. */
interface RecipeRow extends Pick<SummaryRow, "variant" | "label" | "role" | "comparedWith"> {
  /** Absent or null where there is no finished pair. */
  readonly comparisons: Readonly<Partial<Record<Treatment, JudgedComparison | null>>>;
  /** Null where no recipe has anything to compare. */
  readonly survives: Survival | null;
}

/** The verdicts of an experiment beside those under recipes. */
export interface RecipeComparison extends Pick<
  Summary,
  "experiment" | "title" | "tier" | "baseline" | "margin" | "alpha"
> {
  readonly metric: Metric;
  /** Those that there are, `as-written` first. */
  readonly treatments: readonly Treatment[];
  /** All variants but the baselines. */
  readonly rows: readonly RecipeRow[];
  /** Null unless all three learning rates are there. */
  readonly tuned: Tuned | null;
  /** `tuned` is judged by the test loss, by which nothing was chosen. */
  readonly isTunedOnTest: boolean;
  /** Recipes whose results are of other settings than the experiment's, and therefore not used. */
  readonly outdated: readonly RecipeName[];
}

/** What a verdict says: of the sign, of the size, or both. */
const CLAIMS: Readonly<Record<Verdict, readonly ("better" | "worse" | "equivalent")[]>> = {
  better: ["better"],
  worse: ["worse"],
  equivalent: ["equivalent"],
  "better within the margin": ["better", "equivalent"],
  "worse within the margin": ["worse", "equivalent"],
  undecided: [],
};

/**
 * Whether the first verdict holds under the others: `sign changes` when any is better and another worse, within the margin or not; `no`
 * when another one contradicts it, that is, when nothing that one says the other says too; `yes` when all agree with it; else `undecided`.
 * @param verdicts as written first; null where there is none.
 * @returns null with nothing to compare.
 */
export function survivalOf(verdicts: readonly (Verdict | null)[]): Survival | null {
  if (verdicts.length < 2 || verdicts.every((verdict) => verdict === null)) return null;
  const claims = verdicts.map((verdict) => (verdict === null ? [] : CLAIMS[verdict]));
  const isClaimed = (claim: "better" | "worse"): boolean => claims.some((each) => each.includes(claim));
  if (isClaimed("better") && isClaimed("worse")) return "sign changes";
  const [own = [], ...others] = claims;
  const agrees = (other: (typeof claims)[number]): boolean => other.some((claim) => own.includes(claim));
  if (own.length > 0 && others.some((other) => other.length > 0 && !agrees(other))) return "no";
  return own.length > 0 && others.every(agrees) ? "yes" : "undecided";
}

/**
 * Repeats an experiment's comparisons under recipes: pairs are made within a recipe only, and Holm's correction is over each recipe's own
 * family. Results of a recipe that was trained from other settings than the experiment now has are left out.
 * @param own summary of what was written, with the baseline, metric and margin to judge by.
 * @returns null where no recipe has results that can be used.
 */
export function compareRecipes(
  written: SummaryInput,
  recipes: readonly { readonly recipe: RecipeName; readonly results: SummaryInput }[],
  own: Summary = summarise(written),
): RecipeComparison | null {
  const { experiment } = written.record;
  const isCurrent = ({ recipe, results }: (typeof recipes)[number]): boolean =>
    isUnder(results.record.experiment, experiment, recipe, own.baseline);
  const inputs = new Map<Treatment, SummaryInput>([["as-written", written]]);
  for (const each of recipes.filter(isCurrent)) inputs.set(each.recipe, each.results);
  if (inputs.size === 1) return null;
  const tuned = tunedOf(inputs);
  if (tuned !== null) inputs.set("tuned", tuned.input);

  const treatments = TREATMENTS.filter((treatment) => inputs.has(treatment));
  const { margin, metric } = own;
  const tunedMetric =
    tuned?.hasTest === true && metric.name === "validation_loss_nats" ? "test_loss_nats" : metric.name;
  const askedOf = (treatment: Treatment): SummaryOptions => ({
    baseline: own.baseline,
    metric: treatment === "tuned" ? tunedMetric : metric.name,
    margin,
  });
  const summaries = new Map(
    [...inputs].map(([name, input]) => [name, input === written ? own : summarise(input, askedOf(name))]),
  );
  const rows = own.rows
    .filter(({ comparedWith }) => comparedWith !== null)
    .map(({ variant, label, role, comparedWith }): RecipeRow => {
      const found = treatments.map((treatment) => {
        const row = summaries.get(treatment)?.rows.find((other) => other.variant === variant);
        return [treatment, row?.comparison ?? null] as const;
      });
      const survives = survivalOf(found.map(([, comparison]) => comparison?.verdict ?? null));
      return { variant, label, role, comparedWith, comparisons: Object.fromEntries(found), survives };
    });
  return {
    ...{
      experiment: own.experiment,
      title: own.title,
      tier: own.tier,
      baseline: own.baseline,
      margin,
      metric,
    },
    ...{ alpha: own.alpha, treatments, rows, tuned, isTunedOnTest: tunedMetric !== metric.name },
    outdated: recipes.filter((each) => !isCurrent(each)).map(({ recipe }) => recipe),
  };
}

function tunedOf(inputs: ReadonlyMap<Treatment, SummaryInput>): Tuned | null {
  const [written, half, double] = [
    inputs.get("as-written"),
    inputs.get("half-rate"),
    inputs.get("double-rate"),
  ];
  if (written === undefined || half === undefined || double === undefined) return null;
  return tune({ "as-written": written, "half-rate": half, "double-rate": double });
}

/** Whether an experiment is another one under a recipe: the baseline is there, and what both have has the settings it should have. */
function isUnder(candidate: Experiment, written: Experiment, recipe: RecipeName, baseline: string): boolean {
  const shared = candidate.variants.flatMap(({ name, settings }) => {
    const own = written.variants.find((variant) => variant.name === name);
    return own === undefined ? [] : [{ name, settings, expected: withRecipe(own.settings, recipe) }];
  });
  return (
    shared.some(({ name }) => name === baseline) &&
    shared.every(({ settings, expected }) => comparable(settings) === comparable(expected))
  );
}

/** Settings as text, without the folders of the machine that results are written without (store/experiment-files.ts). */
function comparable(settings: Settings): string {
  const { router, parent } = settings;
  const named = parent && {
    ...parent,
    router: { ...parent.router, name: basename(parent.router.name) },
  };
  return canonicalJson(withoutPaths({ ...settings, parent: named }, basename(router.name)));
}

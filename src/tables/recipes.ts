import type { JudgedComparison } from "../analysis/comparison.ts";
import { TREATMENTS, type RecipeComparison, type Treatment } from "../analysis/recipes.ts";
import type { Tuned } from "../analysis/tuned.ts";
import type { Verdict } from "../analysis/verdict.ts";
import { RECIPE_WORDS, RECIPES } from "../config/recipes.ts";
import { percent } from "./format.ts";
import { percents } from "./loss.ts";
import { column, dataColumn, type Column, type Row, type Table, type Value } from "./table.ts";

/** Verdicts that must stand beside a number. */
const SHORT: Readonly<Record<Verdict, string>> = {
  better: "better",
  worse: "worse",
  equivalent: "equivalent",
  "better within the margin": "slightly better",
  "worse within the margin": "slightly worse",
  undecided: "undecided",
};

const HEADERS: Readonly<Record<Treatment, string>> = {
  "as-written": "as written",
  "half-rate": "half-rate",
  "double-rate": "double-rate",
  tuned: "tuned",
  "half-length": "half-length",
};

/** The second panel of a narrow page. */
const SECOND: readonly Treatment[] = ["tuned", "half-length"];

/** Verdicts under each recipe, one row a variant, and whether the as-written one survives. As data: every number, in full. */
export function recipeTable(comparison: RecipeComparison): Table {
  const { experiment, title, rows, metric } = comparison;
  return {
    name: "recipes",
    title: `${title === "" ? experiment : title}: does the verdict survive another recipe? (${metric.label})`,
    lead: [],
    columns: columnsOf(comparison),
    rows: rows.map((row): Row => {
      const cells: Record<string, Value> = {
        experiment,
        metric: metric.name,
        variant: row.variant,
        label: row.label,
        name: row.label,
        role: row.role,
        compared_with: row.comparedWith,
        survives: row.survives,
        tuned_at: comparison.tuned?.choices.get(row.variant)?.at ?? null,
        tuned_peak_learning_rate: comparison.tuned?.choices.get(row.variant)?.peakLearningRate ?? null,
      };
      for (const treatment of comparison.treatments) {
        const judged = row.comparisons[treatment] ?? null;
        Object.assign(cells, numbersOf(treatment, judged), { [treatment]: judged && shortWords(judged) });
      }
      return { marks: "", cells };
    }),
    notes: notesOf(comparison),
  };
}

function columnsOf({ treatments, metric }: RecipeComparison): Column[] {
  const shown = treatments.map((treatment) =>
    column(treatment, HEADERS[treatment], "text", {
      ...{ unit: metric.differences, place: "print", panel: SECOND.includes(treatment) ? 2 : 1 },
    }),
  );
  const isTwoPanels = shown.some(({ panel }) => panel === 2);
  return [
    column("name", "variant", "text", { place: "print" }),
    ...["experiment", "variant", "label", "role", "compared_with", "metric"].map(dataColumn),
    ...shown,
    // Of every treatment, there or not, so that files of different experiments have the same columns.
    ...TREATMENTS.flatMap((treatment) => Object.keys(numbersOf(treatment, null)).map(dataColumn)),
    ...["tuned_at", "tuned_peak_learning_rate"].map(dataColumn),
    column("survives", "survives", "text", { panel: isTwoPanels ? 2 : 1 }),
  ];
}

/** A comparison's cells for data formats. */
function numbersOf(treatment: Treatment, comparison: JudgedComparison | null): Record<string, Value> {
  const id = treatment.replaceAll("-", "_");
  return {
    [`${id}_pairs`]: comparison && comparison.pairs.length,
    ...percents(`${id}_difference_percent`, comparison?.relative),
    [`${id}_p`]: comparison?.test?.p ?? null,
    [`${id}_holm_p`]: comparison?.holmP ?? null,
    [`${id}_equivalence_holm_p`]: comparison?.equivalenceHolmP ?? null,
    [`${id}_verdict`]: comparison?.verdict ?? null,
  };
}

/** A comparison for people: `-0.15 ±0.30 undecided`. */
function shortWords({ relative: { mean, low, high }, verdict }: JudgedComparison): string {
  const halfWidth = low === null || high === null ? "" : ` ±${percent((high - low) / 2)}`;
  return `${percent(mean, 2, true)}${halfWidth}${verdict === null ? "" : ` ${SHORT[verdict]}`}`;
}

function notesOf(comparison: RecipeComparison): string[] {
  const { treatments, rows, tuned, metric, margin, alpha, outdated, experiment, tier } = comparison;
  const there = RECIPES.filter((recipe) => treatments.includes(recipe));
  const verdicts = rows.flatMap(({ comparisons }) =>
    Object.values(comparisons).map((judged) => judged?.verdict ?? null),
  );
  const isSlight = verdicts.some((verdict) => verdict?.endsWith("within the margin"));
  const changing = rows.filter(({ survives }) => survives === "sign changes");
  const absent = RECIPES.filter((recipe) => !there.includes(recipe) && !outdated.includes(recipe));
  const run = ["moe-lab run", `experiments/${experiment}.json`, ...(tier === "" ? [] : ["--tier", tier])];
  const runAgain = (recipes: readonly string[]): string =>
    `\`${[...run, ...recipes.map((recipe) => `--recipe ${recipe}`)].join(" ")}\``;
  return [
    `Recipes: ${there.map((recipe) => `${recipe} is ${RECIPE_WORDS[recipe]}`).join("; ")}; all else as written, parents too.`,
    `Differences from the baseline under the same recipe, ${metric.differences === "points" ? "in points" : "percent of its mean"}; ± is half the interval; pairs by seed (${pairsWords(comparison)}). Verdicts at ${percent(alpha, 0)} %, Holm within each recipe, margin ${percent(margin)} ${metric.differences}.`,
    ...(isSlight ? ["Slightly better, slightly worse: a real difference, and one within the margin."] : []),
    "Survives: yes, every recipe agrees with the verdict as written; no, one contradicts it; sign changes, better under one and worse under another; undecided, too few finished seeds for either.",
    ...(changing.length === 0
      ? []
      : [
          `The effect changes its sign with the recipe: ${changing.map(({ label }) => label).join("; ")}. Neither sign holds by itself.`,
        ]),
    ...(tuned === null ? [] : tunedNotes(tuned, comparison.isTunedOnTest)),
    ...(absent.length === 0 ? [] : [`Not trained yet: ${absent.join(", ")} (${runAgain(absent)}).`]),
    ...(outdated.length === 0
      ? []
      : [
          `Left out, since their settings are not those that the experiment has now: ${outdated.join(", ")} (${runAgain(outdated)}).`,
        ]),
  ];
}

/** `as written 8, half-rate 3 to 4`. */
function pairsWords({ treatments, rows }: RecipeComparison): string {
  const words = treatments.map((treatment) => {
    const counts = rows.map(({ comparisons }) => comparisons[treatment]?.pairs.length ?? 0);
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    return `${HEADERS[treatment]} ${least === most ? most : `${least} to ${most}`}`;
  });
  return words.join(", ");
}

/** What each variant was tuned to, and what must be known of such a choice. */
function tunedNotes({ choices, input }: Tuned, isOnTest: boolean): string[] {
  const { variants } = input.record.experiment;
  const at = (treatment: Treatment): string[] =>
    variants.filter(({ name }) => choices.get(name)?.at === treatment).map(({ label }) => label);
  const best = (["as-written", "half-rate", "double-rate"] as const)
    .map((treatment) => ({ treatment, labels: at(treatment).join("; ") }))
    .filter(({ labels }) => labels !== "")
    .map(({ treatment, labels }) =>
      treatment === "as-written"
        ? `Best as written: ${labels}.`
        : `Best at ${treatment}, the edge of the rates tried, so perhaps better still beyond: ${labels}.`,
    );
  return [
    `Tuned trains nothing: each variant, the baseline too, at its own best peak learning rate of the three (lowest mean validation loss over seeds finished at all three), ${isOnTest ? "chosen on validation and judged on the test split" : "chosen on the seeds that then judge it, alike for all variants"}.`,
    ...best,
  ];
}

import { RECIPES, type RecipeName } from "../config/recipes.ts";
import { didYouMean, show } from "../config/suggest.ts";
import type { FlagReader } from "./flags.ts";

const ALL = "all";

/** The recipes of `run --recipe`, each once, in their usual order; problems are collected in the reader. */
export function readRecipeFlags(flags: FlagReader): RecipeName[] {
  const words = flags.list("--recipe");
  const refuse = (where: string, message: string): void => {
    flags.problems.push({ where, path: "", message });
  };
  const known: readonly string[] = [...RECIPES, ALL];
  for (const word of words.filter((each) => !known.includes(each))) {
    const message =
      word === "tuned"
        ? "is trained by nothing of its own: it is in the table when half-rate and double-rate are; ask for these two"
        : `must be one of ${known.join(", ")}${didYouMean(word, known)}`;
    refuse(`--recipe ${show(word).slice(1, -1)}`, message);
  }
  if (words.length > 0 && flags.isSet("--until-decided")) {
    refuse(
      "--recipe",
      "can't be together with --until-decided; run that first, then the recipes on the same seeds without it",
    );
  }
  return RECIPES.filter((recipe) => words.includes(recipe) || words.includes(ALL));
}

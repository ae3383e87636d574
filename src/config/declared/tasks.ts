import { z } from "zod";
import { integer, number, setting } from "./setting.ts";

/** Difficulty of the synthetic tasks (data/tasks/): each task's own settings, by its name in `domains[].corpus`. */

const vocabulary = setting(integer(2, 512), 64, "V, symbols.");
const rules = setting(integer(2, 64), 8, "R, rules, each with a label of its own.");

const process = {
  vocabulary,
  rules,
  branches: setting(integer(1, 512), 4, "b, symbols that a rule allows after a symbol."),
  noise: setting(number(0, 1), 0.05, "Chance that the next symbol is any symbol instead."),
};
const stay = setting(number(0, 1), 0.95, "Chance that the hidden rule stays from a token to the next.");

/** Rules need symbols of their own, and branches symbols to lead to. */
function fits<T extends z.ZodObject>(schema: T): T {
  const most = (key: "branches" | "rules"): [(value: Record<string, unknown>) => boolean, object] => [
    (value) => Number(value[key]) <= Number(value["vocabulary"]),
    { path: [key], message: "must be at most vocabulary" },
  ];
  return schema.refine(...most("branches")).refine(...most("rules"));
}

export const TASKS = {
  "hidden-regimes": fits(z.strictObject({ ...process, stay })),
  "header-rule": z.strictObject({
    symbols: setting(integer(2, 512), 64, "V, symbols; the tokens are these and one for each rule."),
    rules: setting(integer(2, 64), 8, "R, rules; R * V answers are to be learned."),
  }),
  "token-rule": fits(z.strictObject(process)),
  recall: z.strictObject({
    keys: setting(integer(1, 512), 16, "Keys."),
    values: setting(integer(1, 512), 16, "Values."),
    rules: setting(integer(1, 64), 8, "R, labels, which mean nothing."),
  }),
  "rule-dial": fits(
    z.strictObject({
      ...process,
      stay,
      hiddenShare: setting(
        number(0, 1),
        0.5,
        "Chance that the rules of a sequence are hidden; else each token names its own.",
      ),
    }),
  ),
} as const;

/** Names of the synthetic tasks, in their usual order. */
export const TASK_CORPORA = Object.keys(TASKS) as (keyof typeof TASKS)[];

/** The settings of a task; undefined for what is none. */
export function taskSchema(corpus: string | null): z.ZodObject | undefined {
  return Object.entries(TASKS).find(([name]) => name === corpus)?.[1];
}

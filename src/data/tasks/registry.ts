import { headerRule } from "./header-rule.ts";
import { recall } from "./recall.ts";
import { hiddenRegimes, ruleDial, tokenRule } from "./rule-tasks.ts";
import type { Task } from "./task.ts";

/** Difficulty of a task: numbers by name. */
export type TaskOptions = Readonly<Record<string, number>>;

const TASKS: readonly Task<TaskOptions>[] = [hiddenRegimes, headerRule, tokenRule, recall, ruleDial];

/** Names of the synthetic tasks, in their usual order. */
export const TASK_NAMES: readonly string[] = TASKS.map(({ name }) => name);

/** The task of a name; undefined when there is none. */
export function taskOf(name: string | null): Task<TaskOptions> | undefined {
  return TASKS.find((task) => task.name === name);
}

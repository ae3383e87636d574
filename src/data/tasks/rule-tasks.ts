import { TASKS } from "../../config/declared/tasks.ts";
import { drawRuleProcess, knownRuleNats, type RuleProcessOptions } from "./rule-process.ts";
import type { Task } from "./task.ts";

type WithoutShare = Omit<RuleProcessOptions, "hiddenShare">;

/**
 * S1, hidden regimes: the rule is hidden and sticky, x_(t+1) ~ P_(z_t)(x_t, .) (rule-process.ts, hidden share 1). The token alone tells
 * nothing of its rule, those before it do: a hash of the token can't route, a router that reads the context can.
 */
export const hiddenRegimes: Task<WithoutShare> = {
  name: "hidden-regimes",
  summary: "A hidden rule that stays for a while: only context shows it (S1).",
  defaults: TASKS["hidden-regimes"].parse({}),
  ...shared("hidden-regimes", (options) => ({ ...options, hiddenShare: 1 })),
  expectedNats: () => null,
};

/**
 * S4, rule by token: the rule is a function of the token, x_(t+1) ~ P_c(x_t)(x_t, .) (rule-process.ts, hidden share 0). A hash that
 * matches c is the oracle, and context is worth nothing.
 */
export const tokenRule: Task<Omit<WithoutShare, "stay">> = {
  name: "token-rule",
  summary: "The token itself names its rule: a matching hash is the oracle (S4).",
  defaults: TASKS["token-rule"].parse({}),
  ...shared("token-rule", (options) => ({ ...options, stay: 1, hiddenShare: 0 })),
  expectedNats: (options) => knownRuleNats({ ...options, stay: 1, hiddenShare: 0 }),
};

/**
 * S6, the dial: with chance `hiddenShare` a sequence is one of hidden regimes, else of rules by token (rule-process.ts), with the same
 * tables of rules; which of the two, the context tells. A token hash is right on a share of 1 - hiddenShare.
 */
export const ruleDial: Task<RuleProcessOptions> = {
  name: "rule-dial",
  summary: "Hidden regimes in a share of the sequences, rules by token in the others (S6).",
  defaults: TASKS["rule-dial"].parse({}),
  ...shared("rule-dial", (options) => options),
  expectedNats: (options) => (options.hiddenShare === 0 ? knownRuleNats(options) : null),
};

/** What the three have in common. @param full the process of a task's options. */
function shared<Options extends Pick<RuleProcessOptions, "vocabulary" | "rules">>(
  name: string,
  full: (options: Options) => RuleProcessOptions,
): Pick<Task<Options>, "vocabulary" | "labelCount" | "draw" | "toldNats"> {
  return {
    vocabulary: (options) => options.vocabulary,
    labelCount: (options) => options.rules,
    draw: (options, size) => drawRuleProcess(name, full(options), size),
    toldNats: (options) => knownRuleNats(full(options)),
  };
}

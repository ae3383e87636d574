import { TASKS } from "../../config/declared/tasks.ts";
import { streamOf } from "../../core/streams.ts";
import { emptySequences, permutation, sequenceStream, type Task } from "./task.ts";

/** Difficulty of the header rule. */
type HeaderRuleOptions = {
  /** V, symbols; the tokens are these and one for each rule. */
  readonly symbols: number;
  /** R, rules; R * V answers are to be learned. */
  readonly rules: number;
};

const NAME = "header-rule";

/**
 * S2, header rule: a sequence is r, x_1, f_r(x_1), x_2, f_r(x_2), .. with a rule r uniform of R, questions x uniform and
 * independent, and f_0 .. f_(R-1) random permutations of V symbols (streams `0/header-rule/rules/<r>`; rule r is the token V + r). Only
 * attention can carry the rule from the header to a question. Best loss: ln V on a question, 0 on an answer, so of T predicted
 * tokens, ceil(T / 2) of them questions, ln V * ceil(T / 2) / T. The label of every token is r; to be told it saves nothing.
 */
export const headerRule: Task<HeaderRuleOptions> = {
  name: NAME,
  summary: "The first token names the rule of the whole sequence (S2).",
  defaults: TASKS[NAME].parse({}),
  vocabulary: ({ symbols, rules }) => symbols + rules,
  labelCount: ({ rules }) => rules,
  draw: ({ symbols, rules }, size) => {
    const answers = Array.from({ length: rules }, (_, rule) =>
      permutation(streamOf(0, NAME, "rules", rule), symbols),
    );
    const drawn = emptySequences(size, symbols + rules);
    for (let sequence = 0; sequence < size.sequences; sequence++) {
      const stream = sequenceStream(NAME, sequence);
      const start = sequence * size.sequenceTokens;
      const rule = stream.integer(rules);
      drawn.labels.fill(rule, start, start + size.sequenceTokens);
      drawn.tokens[start] = symbols + rule;
      for (let place = 1; place < size.sequenceTokens; place++) {
        const isQuestion = place % 2 === 1;
        const before = drawn.tokens[start + place - 1] ?? 0;
        drawn.tokens[start + place] = isQuestion ? stream.integer(symbols) : (answers[rule]?.[before] ?? 0);
        drawn.bestNats[start + place] = isQuestion ? Math.log(symbols) : 0;
      }
    }
    return drawn;
  },
  expectedNats: headerRuleNats,
  toldNats: headerRuleNats,
};

function headerRuleNats({ symbols }: HeaderRuleOptions, sequenceTokens: number): number {
  const targets = sequenceTokens - 1;
  return (Math.log(symbols) * Math.ceil(targets / 2)) / targets;
}

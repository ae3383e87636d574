import { TASKS } from "../../config/declared/tasks.ts";
import { emptySequences, sequenceStream, type Task } from "./task.ts";

/** Difficulty of recall. */
type RecallOptions = {
  readonly keys: number;
  readonly values: number;
  /** R, labels, which mean nothing. */
  readonly rules: number;
};

const NAME = "recall";

/**
 * S5, no rule: a sequence is k_0, v_0, k_1, v_1, .. with keys uniform and independent; the value of a key is drawn uniformly where
 * the key stands for the first time in the sequence, and is the same again where it returns (associative recall, as in MQAR, Arora
 * et al., arXiv 2312.04927, with questions and answers mixed). Nothing is to be routed by: every token's label is drawn uniformly, independent of all else, so all
 * routers, the oracle too, must be equal. Values are the tokens from `keys` on. Best loss: ln keys on a key, ln values on the value of a new key, 0 on one seen
 * before; pair j (from 0) has a new key with chance (1 - 1/keys)^j.
 */
export const recall: Task<RecallOptions> = {
  name: NAME,
  summary: "Keys and values to remember, no rule: all routers must be equal (S5).",
  defaults: TASKS[NAME].parse({}),
  vocabulary: ({ keys, values }) => keys + values,
  labelCount: ({ rules }) => rules,
  draw: ({ keys, values, rules }, size) => {
    const drawn = emptySequences(size, keys + values);
    const value = new Int32Array(keys);
    for (let sequence = 0; sequence < size.sequences; sequence++) {
      const stream = sequenceStream(NAME, sequence);
      const start = sequence * size.sequenceTokens;
      value.fill(-1);
      let key = 0;
      for (let place = 0; place < size.sequenceTokens; place++) {
        const at = start + place;
        drawn.labels[at] = stream.integer(rules);
        if (place % 2 === 0) {
          key = stream.integer(keys);
          drawn.tokens[at] = key;
          drawn.bestNats[at] = place === 0 ? 0 : Math.log(keys);
          continue;
        }
        const isNew = value[key] === -1;
        if (isNew) value[key] = stream.integer(values);
        drawn.tokens[at] = keys + (value[key] ?? 0);
        drawn.bestNats[at] = isNew ? Math.log(values) : 0;
      }
    }
    return drawn;
  },
  expectedNats: recallNats,
  toldNats: recallNats,
};

function recallNats({ keys, values }: RecallOptions, sequenceTokens: number): number {
  let sum = 0;
  for (let place = 1; place < sequenceTokens; place++) {
    sum += place % 2 === 0 ? Math.log(keys) : (1 - 1 / keys) ** ((place - 1) / 2) * Math.log(values);
  }
  return sum / (sequenceTokens - 1);
}

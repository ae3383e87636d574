import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { putAlongLast, takeAlongLast } from "../../engine/ops/rows.ts";
import { detach, tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { defineRouter, type RouterSizes } from "../../model/router.ts";
import { capacityOf, capacityOptions, withinCapacity } from "../shared/capacity.ts";
import { needsSeveralExperts, needsTopK } from "../shared/common.ts";
import { shareOfSum } from "../shared/score-routing.ts";

const options = z.strictObject({
  ...capacityOptions,
  queue: z
    .enum(["tokens-first", "choices-first"])
    .default("tokens-first")
    .describe(
      "Who gets room first: an earlier token with both its choices, or every token's first choice before any second one (the paper; it sees the future).",
    ),
});

/**
 * Two experts a token, the second by chance: p = softmax(x W), gates g1, g2 are the two largest p over their sum, and in training the second expert is used with
 * probability min(1, 2 g2). Experts have room for few tokens (algorithm 1, as in Lingvo's Top2Gating with its policy "random").
 *
 * Departures: a group is a sequence (shared/capacity.ts). The paper gives room to all first choices of a group before any second one, so that whether a token keeps
 * its second expert depends on later tokens: `queue` has that, and is declared not causal; by default tokens come in their order. Evaluation uses every second choice.
 * The shared balance loss counts both choices after the drops; the paper's the first ones before.
 */
export default defineRouter({
  name: "gshard",
  paper: "GShard, Lepikhin et al., arXiv 2006.16668, section 2.2, algorithm 1",
  summary: "Softmax top-2 with a second expert by chance and a capacity.",
  options,
  problems: (_, model) => [...needsSeveralExperts("gshard", model), ...needsTopK("gshard", 2, model)],
  causal: ({ queue }) => queue === "tokens-first",
  tokenwise: false,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  noise: ({ B, T }) => ({ second: { shape: [B * T, 1], distribution: "uniform" } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, noise, mode }, sizes, chosen) => {
    const { B, T, E } = sizes;
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    const expert = topKIndices(logits, 2); // [S, 2]
    const gate = shareOfSum(takeAlongLast(probs, expert)); // [S, 2]
    const column = (k: number): Tensor => tf.slice(expert, [0, k], [B * T, 1]);
    const gateOf = (k: number): Tensor => tf.slice(gate, [0, k], [B * T, 1]);
    const draw = mode === "train" ? noise.second : undefined;
    const isUsed =
      draw === undefined
        ? tf.ones([B * T, 1])
        : tf.cast(tf.less(draw, tf.mul(detach(gateOf(1)), 2)), "float32"); // [S, 1]
    const first = putAlongLast(tf.ones([B * T, 1]), column(0), E); // [S, E]
    const second = putAlongLast(isUsed, column(1), E); // [S, E]
    const capacity = capacityOf(sizes, mode, chosen);
    const isPaper = chosen.queue === "choices-first" && mode !== "causal-eval";
    const [keptFirst, keptSecond] = isPaper
      ? choicesFirst(first, second, capacity, sizes)
      : tokensFirst(first, second, capacity, sizes);
    const all = tf.add(tf.mul(keptFirst, gateOf(0)), tf.mul(keptSecond, gateOf(1))); // [S, E]
    return { assignment: { kind: "dense", gate: all }, logits, probs };
  },
});

type Pair = readonly [first: Tensor, second: Tensor];

/** Room for tokens in their order. @param first [S, E], 1 where it is a token's choice; second [S, E] */
function tokensFirst(first: Tensor, second: Tensor, capacity: number, sizes: RouterSizes): Pair {
  const kept = withinCapacity(tf.add(first, second), capacity, sizes); // a token's choices are two experts
  return [tf.mul(kept, first), tf.mul(kept, second)];
}

/** Room for all first choices of a sequence before any second one. */
function choicesFirst(first: Tensor, second: Tensor, capacity: number, sizes: RouterSizes): Pair {
  const { B, T, E } = sizes;
  const kept = withinCapacity(first, capacity, sizes);
  const taken = tf.sum(tf.reshape(kept, [B, T, E]), 1, true); // [B, 1, E]
  return [kept, withinCapacity(second, capacity, sizes, taken)];
}

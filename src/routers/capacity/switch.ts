import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { putAlongLast } from "../../engine/ops/rows.ts";
import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { capacityOf, capacityOptions, withinCapacity } from "../shared/capacity.ts";
import { needsSeveralExperts, needsTopK } from "../shared/common.ts";

/**
 * One expert a token, and room for few tokens in each: p = softmax(x W), the largest is chosen with p as its gate (equations 1 and 2), and who comes when an
 * expert has its capacity of tokens (equation 3) goes past all experts.
 *
 * Departures: capacity is of each sequence, not of a batch (shared/capacity.ts). The balance loss counts tokens after the drops, the paper's those that wanted
 * an expert. Jitter on the input and the smaller initialisation are settings of the model, not of this router.
 */
export default defineRouter({
  name: "switch",
  paper: "Switch Transformer, Fedus et al., arXiv 2101.03961, section 2",
  summary: "Softmax top-1 with a capacity: tokens that find no room are dropped.",
  options: z.strictObject(capacityOptions),
  problems: (_, model) => [...needsSeveralExperts("switch", model), ...needsTopK("switch", 1, model)],
  causal: true,
  tokenwise: false,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, mode }, sizes, options) => {
    const { B, T, E } = sizes;
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    const wanted = putAlongLast(tf.ones([B * T, 1]), topKIndices(logits, 1), E); // [S, E]
    const kept = withinCapacity(wanted, capacityOf(sizes, mode, options), sizes);
    return { assignment: { kind: "dense", gate: tf.mul(probs, kept) }, logits, probs };
  },
});

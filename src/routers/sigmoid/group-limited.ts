import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { putAlongLast, takeAlongLast } from "../../engine/ops/rows.ts";
import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts, renormalisedNeedsTwo } from "../shared/common.ts";
import { biasOptions, biasState, nextBias, routeByScores } from "../shared/score-routing.ts";

/** Below every score with its bias. */
const NEVER = -1e9;

const options = z.strictObject({
  ...biasOptions,
  groups: z.int().min(1).max(1024).default(2).describe("Groups of neighbouring experts, all of one size."),
  keptGroups: z
    .int()
    .min(1)
    .max(1024)
    .default(1)
    .describe("Groups a token's experts may be in: those with the largest sum of their two best ranks."),
});

/**
 * As `sigmoid-bias`, with the experts of a token in few groups (devices, in the paper): a group's score is the sum of its two largest s + b, and
 * the K experts come from the best `keptGroups`. DeepSeek-V3 has 8 groups and keeps 4.
 */
export default defineRouter({
  name: "group-limited",
  paper:
    "node-limited routing: DeepSeek-V3, arXiv 2412.19437, section 2.1.2, and the authors' inference code",
  summary: "Sigmoid scores with a bias; a token's experts come from its best groups alone.",
  options,
  problems: ({ groups, keptGroups, renormalise }, model) => {
    const { experts, topK } = model;
    const size = experts / groups;
    const path = "router.options.groups";
    const uneven = `is ${groups}, but ${experts} experts can't be parted into as many equal groups`;
    const few = `is ${keptGroups}, but must be at most groups (${groups})`;
    const none = `is ${keptGroups}: that many groups of ${size} have fewer than model.topK (${topK}) experts`;
    return [
      ...needsSeveralExperts("group-limited", model),
      ...(renormalise ? renormalisedNeedsTwo(model) : []),
      ...(Number.isInteger(size) ? [] : [{ path, message: uneven }]),
      ...(keptGroups <= groups ? [] : [{ path: "router.options.keptGroups", message: few }]),
      ...(keptGroups * size >= topK ? [] : [{ path: "router.options.keptGroups", message: none }]),
    ];
  },
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: ({ balanceLoss }) => balanceLoss,
  interchangeable: ({ groups }) => groups === 1,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  state: biasState,
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, state }, { K }, chosen) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const scores = tf.sigmoid(logits); // [S, E]
    const ranks = withinBestGroups(tf.add(scores, state.bias), chosen.groups, chosen.keptGroups);
    const routed = routeByScores({ logits, scores, ranks }, K, chosen.renormalise);
    return { ...routed, state: { bias: nextBias(state.bias, routed.assignment.expert, chosen) } };
  },
});

/** The ranks, with those of experts outside a token's best groups far below all. @param ranks [S, E] */
function withinBestGroups(ranks: Tensor, groups: number, kept: number): Tensor {
  const [S = 0, E = 0] = ranks.shape;
  const size = E / groups;
  const byGroup = tf.reshape(ranks, [S, groups, size]);
  const best = takeAlongLast(byGroup, topKIndices(byGroup, Math.min(2, size))); // [S, groups, 2]
  const chosen = topKIndices(tf.sum(best, 2), kept); // [S, kept]
  const isKept = tf.greater(putAlongLast(tf.ones([S, kept]), chosen, groups), 0); // [S, groups]
  const mask = tf.tile(tf.expandDims(isKept, 2), [1, 1, size]); // [S, groups, size]
  return tf.where(tf.reshape(mask, [S, E]), ranks, tf.fill([S, E], NEVER));
}

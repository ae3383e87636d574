import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { putAlongLast } from "../../engine/ops/rows.ts";
import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";

const count = (what: string) => z.int().min(0).max(1024).default(1).describe(what);

const options = z.strictObject({
  zero: count("Experts that give nothing (MoE++; AdaMoE's null experts)."),
  copy: count("Experts that give the token back as it came (MoE++; LongCat's zero-computation experts)."),
  constant: count("Experts that mix the token with a learned vector (MoE++)."),
});

/**
 * Some experts cost nothing: p = softmax(x W) over the E experts and Z special ones, the K largest of all are chosen with gates p as they are, and a chosen special one gives 0 (zero), x (copy), or
 * a x + b v with (a, b) = softmax(x W_c) and a learned v (constant). So a token gets at most K real experts, and fewer where it needs fewer.
 *
 * Departures: MoE++'s gating residuals (from the logits of the layer below) and its balance loss with other weights for special experts are not here: the shared balance loss, and the load, see
 * the real experts, with softmax over these as probabilities. LongCat holds the mean number of real experts by a bias on its scores, which is not here either.
 */
export default defineRouter({
  name: "zero-experts",
  paper: "MoE++, Jin et al., arXiv 2410.07348, section 3; LongCat-Flash, arXiv 2509.01322, section 2",
  summary: "Softmax top-k in which experts that compute nothing may be chosen: zero, copy and constant.",
  options,
  problems: ({ zero, copy, constant }, model) => {
    const message = "is 0, as copy and constant are; a router without special experts is linear";
    return [
      ...needsSeveralExperts("zero-experts", model),
      ...(zero + copy + constant > 0 ? [] : [{ path: "router.options.zero", message }]),
    ];
  },
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }, { zero, copy, constant: J }) => ({
    weight: { shape: [D, E], std: initStd },
    special_weight: { shape: [D, zero + copy + J], std: initStd },
    ...(J > 0 && {
      constant: { shape: [J, D], std: initStd },
      mix: { shape: [D, 2 * J], std: initStd },
    }),
  }),
  // Logits; of a constant expert the mixture and the sum with its vector.
  flopsPerToken: ({ D, E }, { zero, copy, constant: J }) => 2 * D * (E + zero + copy + J) + 6 * D * J,
  route: ({ x, parameters }, { B, T, E, K }, { zero, copy, constant: J }) => {
    const S = B * T;
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const all = tf.concat([logits, tf.matMul(x, parameters.special_weight)], 1); // [S, E+Z]
    const chosen = putAlongLast(tf.ones([S, K]), topKIndices(all, K), E + zero + copy + J); // [S, E+Z]
    const gates = tf.mul(tf.softmax(all), chosen); // [S, E+Z]
    const { constant, mix } = parameters;
    const given = [
      ...(copy > 0 ? [copies(x, tf.slice(gates, [0, E + zero], [S, copy]))] : []),
      ...(constant !== undefined && mix !== undefined
        ? [mixtures(x, tf.slice(gates, [0, E + zero + copy], [S, J]), constant, tf.matMul(x, mix))]
        : []),
    ];
    return {
      assignment: { kind: "dense", gate: tf.slice(gates, [0, 0], [S, E]) },
      ...(given.length > 0 && { output: given.reduce((sum, part) => tf.add(sum, part)) }),
      logits,
      probs: tf.softmax(logits),
    };
  },
});

/** x times the sum of its gates. @param x [S, D]; gates [S, n] */
function copies(x: Tensor, gates: Tensor): Tensor {
  return tf.mul(x, tf.sum(gates, 1, true));
}

/** sum_j g_j (a_j x + b_j v_j), (a_j, b_j) = softmax(mix_j). @param x [S, D]; gates [S, J]; v [J, D]; mix [S, 2J] @returns [S, D] */
function mixtures(x: Tensor, gates: Tensor, v: Tensor, mix: Tensor): Tensor {
  const [S = 0, J = 0] = gates.shape;
  const share = tf.softmax(tf.reshape(mix, [S, J, 2])); // [S, J, 2]
  const part = (index: number): Tensor =>
    tf.mul(gates, tf.reshape(tf.slice(share, [0, 0, index], [S, J, 1]), [S, J])); // [S, J]
  return tf.add(copies(x, part(0)), tf.matMul(part(1), v));
}

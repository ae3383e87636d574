import { topKIndices } from "../engine/ops/discrete.ts";
import { takeAlongLast } from "../engine/ops/rows.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import type { Assignment, RouterInput, Routing } from "./router.ts";

/**
 * Token choice by the K largest scores, gates from a softmax over the K chosen ones (they sum to 1).
 * @param bias [E], added to the scores for the choice alone
 */
export function chooseRenormalised(scores: Tensor, K: number, bias?: Tensor): Assignment {
  const expert = topKIndices(biased(scores, bias), K); // [S, K]
  const gateOf = (chosen: Tensor): Tensor => tf.softmax(takeAlongLast(scores, chosen)); // [S, K]
  return { kind: "token-choice", expert, gate: gateOf(expert), gateOf };
}

/**
 * Token choice by the K largest logits, gates = the chosen probabilities as they are.
 * @param bias [E], added to the logits for the choice alone
 */
export function chooseUnnormalised(logits: Tensor, probs: Tensor, K: number, bias?: Tensor): Assignment {
  const expert = topKIndices(biased(logits, bias), K); // [S, K]
  const gateOf = (chosen: Tensor): Tensor => takeAlongLast(probs, chosen); // [S, K]
  return { kind: "token-choice", expert, gate: gateOf(expert), gateOf };
}

function biased(scores: Tensor, bias: Tensor | undefined): Tensor {
  return bias === undefined ? scores : tf.add(scores, bias);
}

/**
 * Softmax top-k over a linear layer: logits = x W, the K largest are chosen.
 * @param x [S, D], and the bias of the choice
 * @param weight [D, E]
 * @param renormalise gates are a softmax over the chosen logits; otherwise the chosen probabilities as they are.
 */
export function routeBySoftmaxTopK(
  { x, selectionBias }: Pick<RouterInput, "x" | "selectionBias">,
  weight: Tensor,
  K: number,
  renormalise: boolean,
): Routing {
  const logits = tf.matMul(x, weight); // [S, E]
  const probs = tf.softmax(logits); // [S, E]
  const assignment = renormalise
    ? chooseRenormalised(logits, K, selectionBias)
    : chooseUnnormalised(logits, probs, K, selectionBias);
  return { assignment, logits, probs };
}

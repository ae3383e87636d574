import { topKIndices } from "../engine/ops/discrete.ts";
import { takeAlongLast } from "../engine/ops/rows.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import type { Assignment, Routing } from "./router.ts";

/** Token choice by the K largest scores, gates from a softmax over the K chosen ones (they sum to 1). */
export function chooseRenormalised(scores: Tensor, K: number): Assignment {
  const expert = topKIndices(scores, K); // [S, K]
  return { kind: "token-choice", expert, gate: tf.softmax(takeAlongLast(scores, expert)) };
}

/** Token choice by the K largest logits, gates = the chosen probabilities as they are. */
export function chooseUnnormalised(logits: Tensor, probs: Tensor, K: number): Assignment {
  const expert = topKIndices(logits, K); // [S, K]
  return { kind: "token-choice", expert, gate: takeAlongLast(probs, expert) };
}

/**
 * Softmax top-k over a linear layer: logits = x W, the K largest are chosen.
 * @param x [S, D]
 * @param weight [D, E]
 * @param renormalise gates are a softmax over the chosen logits; otherwise the chosen probabilities as they are.
 */
export function routeBySoftmaxTopK(x: Tensor, weight: Tensor, K: number, renormalise: boolean): Routing {
  const logits = tf.matMul(x, weight); // [S, E]
  const probs = tf.softmax(logits); // [S, E]
  const assignment = renormalise ? chooseRenormalised(logits, K) : chooseUnnormalised(logits, probs, K);
  return { assignment, logits, probs };
}

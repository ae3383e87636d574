import { topKIndices } from "../engine/discrete.ts";
import { takeAlongLast } from "../engine/ops/rows.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import type { Assignment } from "./router.ts";

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

import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import { callOp, defineOp, needed, type Op } from "./define.ts";

const NAME = "MoeCrossEntropy";

/** Losses [S] and log-probabilities [S, V]. */
const crossEntropyOp: Op = defineOp({
  name: NAME,
  inputs: ["logits", "targets"],
  outputs: ([logits]) => {
    const spec = needed(NAME, "logits", logits);
    return [{ shape: spec.shape.slice(0, 1), dtype: "float32" }, spec];
  },
  eager: ([logits, targets]) => {
    const scores = needed(NAME, "logits", logits);
    const logProbs = tf.logSoftmax(scores, -1); // [S, V]
    const isTarget = tf.cast(oneHot(needed(NAME, "targets", targets), scores.shape[1] ?? 0), "bool"); // [S, V]
    // Not a multiply: the others may be -Infinity.
    return [tf.neg(tf.sum(tf.where(isTarget, logProbs, 0), 1)), logProbs];
  },
  gradient: {
    saveInputs: ["targets"],
    saveOutputs: [false, true],
    run: ([dy], [targets, logProbs]) => {
      const logP = needed(NAME, "log-probabilities", logProbs);
      return {
        logits: () =>
          tf.mul(
            tf.sub(tf.exp(logP), oneHot(needed(NAME, "targets", targets), logP.shape[1] ?? 0)),
            tf.expandDims(needed(NAME, "dy", dy), 1),
          ),
      };
    },
  },
  lower: (emitter, node) => {
    const [logits, targets] = node.inputs.map((value) => emitter.useFull(value));
    const logProbs = emitter.node("LogSoftmax", [needed(NAME, "logits", logits)], { axis: { int: -1 } });
    const column = emitter.node("Unsqueeze", [needed(NAME, "targets", targets), emitter.ints([1])]);
    const picked = emitter.node("GatherElements", [logProbs, column], { axis: { int: 1 } }); // [S, 1]
    const [losses, kept] = node.outputs;
    emitter.set(
      needed(NAME, "losses", losses),
      emitter.node("Neg", [emitter.node("Squeeze", [picked, emitter.ints([1])])]),
    );
    emitter.set(needed(NAME, "log-probabilities", kept), logProbs);
  },
});

export const crossEntropyOps = [crossEntropyOp];

/**
 * -log softmax(logits)[target], nats per token.
 * @param logits [S, V]
 * @param targets [S] int32
 * @returns [S]
 */
export function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return needed(NAME, "losses", callOp(crossEntropyOp, [logits, targets])[0]);
}

function oneHot(ids: Tensor, depth: number): Tensor {
  return tf.oneHot(ids, depth, 1, 0, "float32");
}

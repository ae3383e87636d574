import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import { callOp, callOp1, defineOp, needed, type Op } from "./define.ts";

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
      const given = [
        needed(NAME, "dy", dy),
        needed(NAME, "targets", targets),
        needed(NAME, "log-probabilities", logProbs),
      ];
      return { logits: () => callOp1(crossEntropyGradientOp, given) };
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

/** dlogits = (p - onehot) dy, [S, V]. */
const crossEntropyGradientOp: Op = defineOp({
  name: "MoeCrossEntropyGradient",
  inputs: ["dy", "targets", "logProbs"],
  outputs: ([, , logProbs]) => [needed("MoeCrossEntropyGradient", "log-probabilities", logProbs)],
  eager: ([dy, targets, logProbs]) => {
    const logP = needed("logProbs", 2, logProbs);
    const hot = oneHot(needed("targets", 1, targets), logP.shape[1] ?? 0); // [S, V]
    return [tf.mul(tf.sub(tf.exp(logP), hot), tf.expandDims(needed("dy", 0, dy), 1))];
  },
  lower: (emitter, node) => {
    const [dy, targets, logProbs] = node.inputs;
    const upstream = needed("dy", 0, dy);
    const column = emitter.node("Unsqueeze", [
      emitter.useFull(needed("targets", 1, targets)),
      emitter.ints([1]),
    ]); // [S, 1]
    const probs = emitter.node("Exp", [emitter.useFull(needed("logProbs", 2, logProbs))]); // [S, V]
    // One number a row changes: no one-hot matrix is made.
    const atTarget = emitter.node("Sub", [
      emitter.node("GatherElements", [probs, column], { axis: { int: 1 } }),
      emitter.floats(1),
    ]);
    const difference = emitter.node("ScatterElements", [probs, column, atTarget], { axis: { int: 1 } });
    const scale =
      emitter.uniform(upstream) === undefined
        ? emitter.node("Unsqueeze", [emitter.useFull(upstream), emitter.ints([1])])
        : emitter.use(upstream);
    emitter.set(needed("dlogits", 0, node.outputs[0]), emitter.node("Mul", [difference, scale]));
  },
});

export const crossEntropyOps = [crossEntropyOp, crossEntropyGradientOp];

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

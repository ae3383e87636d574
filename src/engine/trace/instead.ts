/** What a router writes in the place of a tfjs operation that a traced program can't have, by kernel. */
const INSTEAD: Readonly<Record<string, string>> = {
  TopK: "choose with topKIndices(scores, K), and read what was chosen with takeAlongLast(scores, index)",
  ArgMax: "choose with topKIndices(scores, 1)",
  ArgMin: "choose with topKIndices(tf.neg(scores), 1)",
  GatherNd: "read along the last axis with takeAlongLast(x, index)",
  ScatterNd: "write along the last axis with putAlongLast(values, index, extent)",
  TensorScatterUpdate: "write along the last axis with putAlongLast(values, index, extent)",
  Einsum: "multiply with tf.matMul, after tf.reshape or tf.transpose",
  Bincount: 'count with tf.sum(tf.oneHot(index, E, 1, 0, "float32"), 0)',
  DenseBincount: 'count with tf.sum(tf.oneHot(index, E, 1, 0, "float32"), 0)',
  LogSoftmax: "take tf.log(tf.softmax(x))",
  LeakyRelu: "take tf.maximum(x, tf.mul(x, slope))",
  Relu6: "take tf.clipByValue(x, 0, 6)",
  Ceil: "take tf.neg(tf.floor(tf.neg(x)))",
  Round: "take tf.floor(tf.add(x, 0.5))",
  Multinomial: "declare `noise`, which comes anew each step, and choose with topKIndices",
  RandomNormal: "declare `noise`, which comes anew each step",
  RandomUniform: "declare `noise`, which comes anew each step",
  Cumprod: "take tf.exp of tf.cumsum of tf.log(x)",
};
const COMPARISONS = ["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual"];

/** What to use in the place of a tfjs kernel that has no form in the compiled engines; null where nothing is known. */
export function insteadOf(kernel: string): string | null {
  return INSTEAD[kernel] ?? null;
}

/** What to use in the place of a tfjs kernel that has no gradient. */
export function insteadOfGradient(kernel: string): string {
  if (COMPARISONS.includes(kernel)) return "compare detached tensors: tf.greater(detach(a), detach(b))";
  return (
    INSTEAD[kernel] ??
    "write it with other operations, or give it detached tensors: detach(x) is x without a gradient"
  );
}

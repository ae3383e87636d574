/**
 * The one place that imports tfjs. The whole package is needed: tfjs-core alone has no gradients registered.
 * Production mode only silences the advice that tfjs prints on its first operation; results are the same.
 */
import * as tf from "@tensorflow/tfjs";

tf.enableProdMode();

export { tf };

/**
 * The same numbers without history: gradients do not flow through, and the tape never walks here. Selection is data,
 * not calculus, and tfjs has no gradient for top-k, so indices must come from detached scores.
 */
export function detach(x: tf.Tensor): tf.Tensor {
  const engine = tf.engine();
  const identity = tf.getKernel("Identity", engine.backendName);
  const info = identity.kernelFunc({ inputs: { x }, backend: engine.backend });
  return engine.makeTensorFromTensorInfo(Array.isArray(info) ? first(info) : info);
}

function first(infos: readonly tf.TensorInfo[]): tf.TensorInfo {
  const info = infos[0];
  if (info === undefined) throw new Error("detach: Identity gave nothing");
  return info;
}

/**
 * The one place that loads tfjs. The whole package is needed: tfjs-core alone has no gradients registered. It is required and
 * not imported, since Node searches CommonJS that is imported for the names that it exports: three quarters of the time, here.
 * Production mode only silences the advice that tfjs prints on its first operation; results are the same.
 */
import { createRequire } from "node:module";
import type * as Tfjs from "@tensorflow/tfjs";

export type { Tfjs };

export const tf = createRequire(import.meta.url)("@tensorflow/tfjs") as typeof Tfjs;
tf.enableProdMode();

/**
 * The same numbers without history: gradients do not flow through, and the tape never walks here. Selection is data,
 * not calculus, and tfjs has no gradient for top-k, so indices must come from detached scores.
 */
export function detach(x: Tfjs.Tensor): Tfjs.Tensor {
  const engine = tf.engine();
  const identity = tf.getKernel("Identity", engine.backendName);
  const info = identity.kernelFunc({ inputs: { x }, backend: engine.backend });
  return engine.makeTensorFromTensorInfo(Array.isArray(info) ? first(info) : info);
}

function first(infos: readonly Tfjs.TensorInfo[]): Tfjs.TensorInfo {
  const info = infos[0];
  if (info === undefined) throw new Error("detach: Identity gave nothing");
  return info;
}

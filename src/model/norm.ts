import type { ModelSettings } from "../config/settings.ts";
import { layerNorm } from "../engine/ops/layer-norm.ts";
import { rmsNorm } from "../engine/ops/rms-norm.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import { normHasGain } from "./parameters.ts";

/**
 * The model's norm over the last axis (OLMoE, arXiv 2409.02060, section 4.2.3): RMSNorm, or LayerNorm with or without a gain.
 * @param x [.., D]
 * @param gain [D]; undefined for the kind without one.
 * @throws Error when gain and kind don't fit.
 */
export function normalise(
  x: Tensor,
  gain: Tensor | undefined,
  model: Pick<ModelSettings, "norm" | "normEps">,
): Tensor {
  const { norm, normEps } = model;
  if ((gain !== undefined) !== normHasGain(model)) {
    throw new Error(`the norm "${norm}" ${gain === undefined ? "needs a gain" : "has no gain"}`);
  }
  if (gain === undefined) return layerNorm(x, tf.ones([x.shape.at(-1) ?? 1]), normEps);
  return norm === "rms" ? rmsNorm(x, gain, normEps) : layerNorm(x, gain, normEps);
}

import type { TensorSpecs } from "../core/axes.ts";
import { sizeOf } from "../core/axes.ts";
import { tf } from "./tf.ts";
import type { AdamWOptions, TrainingMemory } from "./types.ts";

/** Four plain arrays a parameter, and AdamW as tfjs operations: the definition of what other engines do in place. */
export function allocateEagerMemory(parameters: TensorSpecs): TrainingMemory {
  const block = (): Record<string, Float32Array> =>
    Object.fromEntries(
      Object.entries(parameters).map(([name, { shape }]) => [name, new Float32Array(sizeOf(shape))]),
    );
  const memory = { parameters: block(), gradients: block(), firstMoments: block(), secondMoments: block() };
  return {
    ...memory,
    adamw: (step, learningRate, options) => eagerAdamW(memory, step, learningRate, options),
  };
}

/** Bias corrections and the clip factor of one step, in float64. */
export function stepFactors(
  step: number,
  gradientNorm: number,
  options: AdamWOptions,
): { clip: number; correction1: number; correction2: number } {
  return {
    // PyTorch's clip_grad_norm_ adds 1e-6 to the norm.
    clip: options.clipNorm === null ? 1 : Math.min(1, options.clipNorm / (gradientNorm + 1e-6)),
    correction1: 1 - options.beta1 ** step,
    correction2: Math.sqrt(1 - options.beta2 ** step),
  };
}

/**
 * A parameter's learning rate in one step, and the factor by which it decays.
 * @param learningRate of all parameters
 */
export function ratesOf(
  name: string,
  learningRate: number,
  { weightDecay, undecayed, apart }: AdamWOptions,
): { rate: number; decay: number } {
  const own = apart?.get(name);
  const rate = learningRate * (own?.learningRateScale ?? 1);
  return { rate, decay: 1 - rate * (undecayed.has(name) ? 0 : (own?.weightDecay ?? weightDecay)) };
}

/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101) with PyTorch's order of operations: decay first, then
 * p -= lr / correction1 * m / (sqrt(v) / correction2 + eps).
 */
function eagerAdamW(
  memory: Omit<TrainingMemory, "adamw">,
  step: number,
  learningRate: number,
  options: AdamWOptions,
): number {
  let squares = 0;
  for (const gradient of Object.values(memory.gradients)) {
    for (const value of gradient) squares += value * value;
  }
  const norm = Math.sqrt(squares);
  if (!Number.isFinite(norm)) return norm;
  const { clip, correction1, correction2 } = stepFactors(step, norm, options);
  for (const [name, parameter] of Object.entries(memory.parameters)) {
    const [gradient, first, second] = [memory.gradients, memory.firstMoments, memory.secondMoments].map(
      (block) => block[name],
    );
    if (gradient === undefined || first === undefined || second === undefined)
      throw new Error(`no moments of ${name}`);
    const { rate, decay } = ratesOf(name, learningRate, options);
    const next = tf.tidy(() => {
      const g = tf.mul(tf.tensor1d(gradient), clip);
      const m = tf.add(tf.mul(tf.tensor1d(first), options.beta1), tf.mul(g, 1 - options.beta1));
      const v = tf.add(tf.mul(tf.tensor1d(second), options.beta2), tf.mul(tf.square(g), 1 - options.beta2));
      const denominator = tf.add(tf.div(tf.sqrt(v), correction2), options.eps);
      const update = tf.mul(tf.div(m, denominator), rate / correction1);
      return [tf.sub(tf.mul(tf.tensor1d(parameter), decay), update), m, v];
    });
    [parameter, first, second].forEach((array, index) => {
      const tensor = next[index];
      if (tensor !== undefined) array.set(tensor.dataSync());
    });
    tf.dispose(next);
  }
  return norm;
}

import { sizeOf, type TensorSpecs } from "../../core/axes.ts";
import { ratesOf, stepFactors } from "../adamw.ts";
import type { AdamWOptions, TrainingMemory } from "../types.ts";
import type { NativeApi } from "./api.ts";

/** Bytes to which parameters are aligned: a cache line, and the widest vector. */
const ALIGNMENT = 64;

/**
 * Parameters, gradients and moments as four blocks of one buffer, each parameter at the same place in all of them, so that AdamW
 * runs over neighbours in one pass. What lies between parameters is zero and stays it.
 */
export function allocateNativeMemory(
  { api, threads }: { readonly api: NativeApi; readonly threads: number },
  parameters: TensorSpecs,
): TrainingMemory {
  const places = new Map<string, { offset: number; size: number }>();
  let length = 0;
  for (const [name, { shape }] of Object.entries(parameters)) {
    places.set(name, { offset: length, size: sizeOf(shape) });
    length += Math.ceil((sizeOf(shape) * 4) / ALIGNMENT) * (ALIGNMENT / 4);
  }
  const buffer = new ArrayBuffer(4 * length * 4 + ALIGNMENT);
  const misaligned = Number(api.address(new Float32Array(buffer, 0, 1)) % BigInt(ALIGNMENT));
  const start = misaligned === 0 ? 0 : ALIGNMENT - misaligned;
  const at = (block: number, offset: number, size: number): Float32Array =>
    new Float32Array(buffer, start + (block * length + offset) * 4, size);
  const block = (index: number): Record<string, Float32Array> =>
    Object.fromEntries([...places].map(([name, { offset, size }]) => [name, at(index, offset, size)]));
  const gradients = at(1, 0, length);
  return {
    parameters: block(0),
    gradients: block(1),
    firstMoments: block(2),
    secondMoments: block(3),
    adamw: (step, learningRate, options) => {
      const norm = Math.sqrt(api.sumOfSquares(gradients, threads));
      if (!Number.isFinite(norm)) return norm;
      const { clip, correction1, correction2 } = stepFactors(step, norm, options);
      for (const { begin, end, rate, decay } of runsOf(places, length, learningRate, options)) {
        const size = end - begin;
        const { beta1, beta2, eps } = options;
        const factors = [
          clip,
          beta1,
          1 - beta1,
          beta2,
          1 - beta2,
          correction2,
          eps,
          rate / correction1,
          decay,
        ];
        api.adamw(
          {
            parameter: at(0, begin, size),
            gradient: at(1, begin, size),
            first: at(2, begin, size),
            second: at(3, begin, size),
          },
          Float32Array.from(factors),
          threads,
        );
      }
      return norm;
    },
  };
}

/** Neighbours with equal rates. */
function runsOf(
  places: ReadonlyMap<string, { readonly offset: number }>,
  length: number,
  learningRate: number,
  options: AdamWOptions,
): { begin: number; end: number; rate: number; decay: number }[] {
  const runs: { begin: number; end: number; rate: number; decay: number }[] = [];
  for (const [name, { offset }] of places) {
    const { rate, decay } = ratesOf(name, learningRate, options);
    const last = runs.at(-1);
    if (last?.rate === rate && last.decay === decay) continue;
    if (last !== undefined) last.end = offset;
    runs.push({ begin: offset, end: length, rate, decay });
  }
  return runs;
}

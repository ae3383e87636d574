import { sizeOf } from "../core/axes.ts";
import { streamOf } from "../core/streams.ts";
import type { HostArray, HostTensors, Program } from "../engine/types.ts";
import { initialParameters } from "../model/parameters.ts";
import { NAMES } from "../model/programs.ts";
import type { ModelSpec } from "../model/spec.ts";

/** Labels are bytes. */
export const MOST_LABELS = 256;

/** Random inputs of a model's program: parameters by their streams (norm gains moved off 1), tokens, state, noise, labels. */
export function programFeeds(program: Program, spec: ModelSpec, seed: number): HostTensors {
  const { settings, sizes, parameters, state, noise } = spec;
  const feeds: Record<string, HostArray> = {};
  const stream = streamOf(seed, "test-feeds");
  for (const [name, values] of Object.entries(initialParameters(parameters, settings, seed))) {
    if (parameters[name]?.role === "norm") values.forEach((_, i) => (values[i] = 1 + 0.2 * stream.normal()));
    feeds[NAMES.parameter(name)] = values;
  }
  for (const [name, { shape }] of Object.entries(state)) {
    feeds[NAMES.state(name)] = new Float32Array(sizeOf(shape)).map(() => 0.1 + 0.1 * stream.uniform());
  }
  for (const name of [NAMES.inputs, NAMES.targets]) {
    const size = sizeOf(program.inputs[name]?.shape ?? []);
    feeds[name] = Int32Array.from({ length: size }, () => stream.integer(sizes.V));
  }
  for (const [name, { shape }] of Object.entries(noise)) {
    if (program.inputs[NAMES.noise(name)] === undefined) continue; // not in this mode
    feeds[NAMES.noise(name)] = new Float32Array(sizeOf(shape)).map(() => stream.uniform());
  }
  const labels = program.inputs[NAMES.labels];
  if (labels !== undefined) {
    const length = sizeOf(labels.shape);
    feeds[NAMES.labels] = Int32Array.from({ length }, () => stream.integer(MOST_LABELS));
  }
  const weights = program.inputs[NAMES.weights];
  if (weights !== undefined) {
    // The second half of every row is its answer.
    feeds[NAMES.weights] = Float32Array.from({ length: sizeOf(weights.shape) }, (_, index) =>
      index % sizes.T < sizes.T / 2 ? 0 : 1,
    );
  }
  const reference = program.inputs[NAMES.reference];
  if (reference !== undefined) {
    feeds[NAMES.reference] = Float32Array.from(
      { length: sizeOf(reference.shape) },
      () => -5 * stream.uniform(),
    );
  }
  return feeds;
}

/**
 * Some axes of extent E in another order: what stands at `e` comes from `order[e]`; an order that names one expert again and again
 * makes all alike.
 */
export function permuteExperts(
  values: HostArray,
  shape: readonly number[],
  axes: readonly number[],
  order: readonly number[],
): HostArray {
  const E = order.length;
  return axes.reduce((current, axis) => {
    const inner = sizeOf(shape.slice(axis + 1));
    return current.map((_, i) => {
      const position = Math.floor(i / inner) % E;
      return current[i + ((order[position] ?? 0) - position) * inner] ?? 0;
    });
  }, values);
}

/** |a - b| / |b| in the 2-norm; the plain distance where b is zero. */
export function relativeDistance(a: HostArray, b: HostArray): number {
  let difference = 0;
  let norm = 0;
  b.forEach((value, index) => {
    difference += ((a[index] ?? Number.NaN) - value) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference) / (norm === 0 ? 1 : Math.sqrt(norm));
}

/** Whether two arrays have the same bits. */
export function sameBits(a: HostArray | undefined, b: HostArray | undefined): boolean {
  if (a?.length !== b?.length || a === undefined || b === undefined) return false;
  const words = (values: HostArray): Int32Array =>
    new Int32Array(values.buffer, values.byteOffset, values.length);
  const [first, second] = [words(a), words(b)];
  return first.every((word, index) => word === second[index]);
}

/** Values as rows. */
export function rowsOf(values: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from({ length: width }, (__, column) => values[row * width + column] ?? Number.NaN),
  );
}

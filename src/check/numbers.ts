import { sizeOf } from "../core/axes.ts";
import { streamOf } from "../core/streams.ts";
import type { HostArray, HostTensors, Program } from "../engine/types.ts";
import { initialParameters } from "../model/parameters.ts";
import { NAMES } from "../model/programs.ts";
import type { Named } from "../model/router.ts";
import type { ModelSpec } from "../model/spec.ts";

/** Labels are bytes. */
const MOST_LABELS = 256;

/** Random inputs of a model's program: parameters by their streams (norm gains moved off 1), tokens, state, noise, labels. */
export function programFeeds(program: Program, spec: ModelSpec, seed: number): HostTensors {
  const { settings, router, parameters, state, noise } = spec;
  const feeds: Record<string, HostArray> = {};
  const stream = streamOf(seed, "test-feeds");
  for (const [name, values] of Object.entries(initialParameters(parameters, settings, seed))) {
    if (parameters[name]?.start === "ones") values.forEach((_, i) => (values[i] = 1 + 0.2 * stream.normal()));
    feeds[NAMES.parameter(name)] = values;
  }
  for (const [name, { shape }] of Object.entries(state)) {
    feeds[NAMES.state(name)] = new Float32Array(sizeOf(shape)).map(() => 0.1 + 0.1 * stream.uniform());
  }
  for (const name of [NAMES.inputs, NAMES.targets]) {
    const size = sizeOf(program.inputs[name]?.shape ?? []);
    feeds[name] = Int32Array.from({ length: size }, () => stream.integer(router.sizes.V));
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
  return feeds;
}

/** Random numbers of order 1 for one layer of a router: tokens, labels, hidden states, parameters, state and noise. */
export function layerFeeds(specs: Named<{ readonly shape: readonly number[] }>, V: number): HostTensors {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]): [string, HostArray] => {
      const stream = streamOf(1, "router-check", name);
      const length = sizeOf(shape);
      if (name === "tokens") return [name, Int32Array.from({ length }, () => stream.integer(V))];
      if (name === "labels") return [name, Int32Array.from({ length }, () => stream.integer(MOST_LABELS))];
      // Scores of order 1, so that no softmax inside a router saturates into exact ties.
      const scale = name === "x" ? 1 : 0.3;
      return [name, Float32Array.from({ length }, () => scale * stream.normal())];
    }),
  );
}

/** Every axis of extent E in another order: what stands at `e` comes from `order[e]`. */
export function permuteExperts(
  values: HostArray,
  shape: readonly number[],
  order: readonly number[],
): HostArray {
  const E = order.length;
  return shape.reduce((current, extent, axis) => {
    if (extent !== E) return current;
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

/** Values as rows. */
export function rowsOf(values: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from({ length: width }, (__, column) => values[row * width + column] ?? Number.NaN),
  );
}

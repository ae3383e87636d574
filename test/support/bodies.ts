/** Running single pieces of a model on an engine, with numbers of the test's own. */
import type { DType, TensorSpec } from "../../src/core/axes.ts";
import { sizeOf } from "../../src/core/axes.ts";
import { streamOf } from "../../src/core/streams.ts";
import type { Engine, HostArray, HostTensors, Program, Tensor, Tensors } from "../../src/engine/types.ts";
import { decode } from "../../src/model/decoder.ts";
import { parameterSpecs, stateSpecs, tensorSpecs } from "../../src/model/parameters.ts";
import { type ModelSpec, NAMES } from "../../src/model/programs.ts";
import type { Router, RouterOptions, RouterSizes, Routing, RoutingMode } from "../../src/model/router.ts";

/** A tensor of a test: its shape and numbers. */
export interface Given {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly dtype?: DType;
}

/** A matrix from its rows. */
export function matrix(rows: readonly (readonly number[])[]): Given {
  return { shape: [rows.length, rows[0]?.length ?? 0], values: rows.flat() };
}

/** A list of integers. */
export function integers(values: ArrayLike<number>, shape: readonly number[] = [values.length]): Given {
  return { shape, values, dtype: "int32" };
}

/** Normal numbers of a named test stream. */
export function normals(shape: readonly number[], ...name: readonly (string | number)[]): Given {
  const stream = streamOf(0, "test", ...name);
  return { shape, values: Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()) };
}

/** The identity matrix, so that x W = W. */
export function identity(size: number): Given {
  return matrix(
    Array.from({ length: size }, (_, row) =>
      Array.from({ length: size }, (__, column) => (row === column ? 1 : 0)),
    ),
  );
}

/** Values as rows. */
export function rowsOf(values: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from({ length: width }, (__, column) => values[row * width + column]!),
  );
}

/** How flat scores are: mean over tokens of the standard deviation over experts. */
export function meanSpread(scores: ArrayLike<number>, E: number): number {
  const spreads = rowsOf(scores, E).map((row) => {
    const mean = row.reduce((a, b) => a + b) / E;
    return Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / E);
  });
  return spreads.reduce((a, b) => a + b) / spreads.length;
}

/** Runs a body once on an engine. */
export async function runBody(
  engine: Engine,
  given: Readonly<Record<string, Given>>,
  body: (inputs: Tensors) => Tensors,
): Promise<HostTensors> {
  const inputs = Object.fromEntries(
    Object.entries(given).map(([name, { shape, dtype = "float32" }]) => [name, { shape, dtype }]),
  );
  const executable = await engine.compile({ name: "body", inputs, run: body });
  const outputs = await executable.run(hostOf(given));
  await executable.dispose();
  return outputs;
}

/** The numbers of given tensors. */
export function hostOf(given: Readonly<Record<string, Given>>): HostTensors {
  return Object.fromEntries(
    Object.entries(given).map(([name, { values, dtype }]): [string, HostArray] => [
      name,
      dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values),
    ]),
  );
}

/**
 * One call of a router. Inputs: `x`, `tokens`, and by their names parameters, state (and noise in training); outputs: the
 * tensors of the assignment, `logits`, `probs`, `state/..`, `matrices/..`, `losses/..`. `see` is shown the routing.
 */
export function routeProgram(
  router: Router,
  sizes: RouterSizes,
  options: RouterOptions,
  mode: RoutingMode,
  see: (routing: Routing) => void = () => undefined,
): Program {
  const S = sizes.B * sizes.T;
  const parameters = router.parameters(sizes, options);
  const state = router.state(sizes, options);
  const noise = mode === "train" ? (router.noise?.(sizes, options) ?? {}) : {};
  const float = ({ shape }: { readonly shape: readonly number[] }): TensorSpec => ({
    shape,
    dtype: "float32",
  });
  const each = (
    specs: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  ): [string, TensorSpec][] => Object.entries(specs).map(([name, spec]) => [name, float(spec)]);
  const pick = (inputs: Tensors, specs: object): Tensors =>
    Object.fromEntries(Object.keys(specs).map((name) => [name, inputs[name]!]));
  return {
    name: `${router.name} ${mode}`,
    inputs: {
      x: { shape: [S, sizes.D], dtype: "float32" },
      tokens: { shape: [S], dtype: "int32" },
      ...Object.fromEntries([...each(parameters), ...each(state), ...each(noise)]),
    },
    run: (inputs) => {
      const routing = router.route(
        {
          x: inputs["x"]!,
          tokens: inputs["tokens"]!,
          mode,
          parameters: pick(inputs, parameters),
          state: pick(inputs, state),
          noise: pick(inputs, noise),
        },
        sizes,
        options,
      );
      see(routing);
      const { assignment, logits, probs, state: next = {}, matrices = {}, losses = {} } = routing;
      const tensors = Object.entries(assignment).filter(([name]) => name !== "kind");
      const named = (prefix: string, list: Tensors): Tensors =>
        Object.fromEntries(Object.entries(list).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));
      return {
        ...(Object.fromEntries(tensors) as Tensors),
        ...(logits === undefined ? {} : { logits }),
        ...(probs === undefined ? {} : { probs }),
        ...named("state", next),
        ...named("matrices", matrices),
        ...named("losses", losses),
      };
    },
  };
}

/** Routes numbers of the test's own once. */
export async function route(
  engine: Engine,
  router: Router,
  sizes: RouterSizes,
  options: RouterOptions,
  mode: RoutingMode,
  given: Readonly<Record<string, Given>>,
): Promise<HostTensors> {
  const executable = await engine.compile(routeProgram(router, sizes, options, mode));
  const tokens = integers(new Int32Array(sizes.B * sizes.T));
  const outputs = await executable.run(hostOf({ tokens, ...given }));
  await executable.dispose();
  return outputs;
}

/** The model's logits [S, V] and each layer's assignments `counts/<layer>` [E]; the targets are not used. */
export function logitsProgram(spec: ModelSpec, mode: Exclude<RoutingMode, "train">): Program {
  const { settings, router, vocabulary } = spec;
  const S = settings.data.batchSequences * settings.data.sequenceLength;
  const prefixed = (
    prefix: (name: string) => string,
    specs: Readonly<Record<string, TensorSpec>>,
  ): Record<string, TensorSpec> =>
    Object.fromEntries(Object.entries(specs).map(([name, one]) => [prefix(name), one]));
  const below = (inputs: Tensors, prefix: string): Tensors =>
    Object.fromEntries(
      Object.entries(inputs).flatMap(([name, tensor]): [string, Tensor][] =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
      ),
    );
  return {
    name: `logits ${mode}`,
    inputs: {
      ...prefixed(NAMES.parameter, tensorSpecs(parameterSpecs(settings, router, vocabulary))),
      ...prefixed(NAMES.state, tensorSpecs(stateSpecs(settings, router, vocabulary))),
      [NAMES.inputs]: { shape: [S], dtype: "int32" },
      [NAMES.targets]: { shape: [S], dtype: "int32" },
    },
    run: (inputs) => {
      const { logits, layers } = decode({
        ...spec,
        mode,
        parameters: below(inputs, NAMES.parameter("")),
        state: below(inputs, NAMES.state("")),
        noise: {},
        tokens: inputs[NAMES.inputs]!,
      });
      return {
        logits,
        ...Object.fromEntries(layers.map(({ counts }, layer) => [`counts/${layer}`, counts])),
      };
    },
  };
}

/** The names of a model's trained parameters. */
export function trainedNames(spec: ModelSpec): string[] {
  return Object.entries(parameterSpecs(spec.settings, spec.router, spec.vocabulary))
    .filter(([, { trained }]) => trained)
    .map(([name]) => name);
}

/** Running single pieces of a model on an engine, with numbers of the test's own. */
import { rowsOf } from "../../src/check/numbers.ts";
import { routeProgram } from "../../src/check/route-program.ts";
import type { DType, TensorSpec } from "../../src/core/axes.ts";
import { sizeOf } from "../../src/core/axes.ts";
import { streamOf } from "../../src/core/streams.ts";
import type { Engine, HostArray, HostTensors, Program, Tensor, Tensors } from "../../src/engine/types.ts";
import { bindRouter, noiseIn } from "../../src/model/bound-router.ts";
import { decode } from "../../src/model/decoder.ts";
import { tensorSpecs } from "../../src/model/parameters.ts";
import { NAMES } from "../../src/model/programs.ts";
import type { Router, RouterOptions, RouterSizes, RoutingMode } from "../../src/model/router.ts";
import type { ModelSpec } from "../../src/model/spec.ts";

export { rowsOf };

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
function hostOf(given: Readonly<Record<string, Given>>): HostTensors {
  return Object.fromEntries(
    Object.entries(given).map(([name, { values, dtype }]): [string, HostArray] => [
      name,
      dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values),
    ]),
  );
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
  const program = routeProgram(bindRouter(router, sizes, options), mode);
  const executable = await engine.compile(program);
  const tokens = integers(new Int32Array(sizes.B * sizes.T));
  const own = hostOf({ tokens, ...given });
  const named = Object.keys(program.inputs).flatMap((name): [string, HostArray][] => {
    const values = own[name.split("/").at(-1) ?? ""];
    return values === undefined ? [] : [[name, values]];
  });
  const outputs = await executable.run(Object.fromEntries(named));
  await executable.dispose();
  return outputs;
}

/** The model's logits [S, V] and each layer's assignments `counts/<layer>` [E]; the targets are not used. */
export function logitsProgram(spec: ModelSpec, mode: Exclude<RoutingMode, "train">): Program {
  const { B, T } = spec.sizes;
  const S = B * T;
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
      ...prefixed(NAMES.parameter, tensorSpecs(spec.parameters)),
      ...prefixed(NAMES.state, tensorSpecs(spec.state)),
      [NAMES.inputs]: { shape: [S], dtype: "int32" },
      [NAMES.targets]: { shape: [S], dtype: "int32" },
      ...(spec.seesLabels ? { [NAMES.labels]: { shape: [S], dtype: "int32" } as const } : {}),
      ...prefixed(NAMES.noise, tensorSpecs(noiseIn(spec.noise, mode))),
    },
    run: (inputs) => {
      const { logits, layers } = decode(spec, {
        mode,
        parameters: below(inputs, NAMES.parameter("")),
        state: below(inputs, NAMES.state("")),
        noise: below(inputs, NAMES.noise("")),
        tokens: inputs[NAMES.inputs]!,
        labels: inputs[NAMES.labels],
      });
      return {
        logits,
        ...Object.fromEntries(layers.map(({ counts }, layer) => [`counts/${layer}`, counts])),
      };
    },
  };
}

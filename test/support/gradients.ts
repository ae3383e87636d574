/** Gradients against directional finite differences. */
import { expect } from "vitest";
import { sizeOf, type TensorSpecs } from "../../src/core/axes.ts";
import { streamOf } from "../../src/core/streams.ts";
import { tf } from "../../src/engine/tf.ts";
import type { Engine, HostTensors, Program, Tensor, Tensors } from "../../src/engine/types.ts";
import { runOnce } from "./graphs.ts";

/** A function of float tensors (`variables`, by shape) and of others that stay as they are. */
export interface Differentiable {
  readonly variables: Readonly<Record<string, readonly number[]>>;
  readonly fixed?: { readonly specs: TensorSpecs; readonly arrays: HostTensors };
  readonly body: (tensors: Tensors) => Tensor;
}

const FLOAT = "float32" as const;

/** Specs of all inputs of a differentiable function. */
function inputSpecs({ variables, fixed }: Differentiable): TensorSpecs {
  const floats = Object.entries(variables).map(([name, shape]) => [name, { shape, dtype: FLOAT }] as const);
  return { ...Object.fromEntries(floats), ...fixed?.specs };
}

/** y. */
export function valueProgram(differentiable: Differentiable): Program {
  return {
    name: "value",
    inputs: inputSpecs(differentiable),
    run: (tensors) => ({ y: differentiable.body(tensors) }),
  };
}

/** The gradients of sum(weight * y) with respect to every variable. */
export function gradientOf(differentiable: Differentiable, yShape: readonly number[]): Program {
  const names = Object.keys(differentiable.variables);
  return {
    name: "gradient",
    inputs: { ...inputSpecs(differentiable), weight: { shape: yShape, dtype: FLOAT } },
    run: (tensors) => {
      const body = (...variables: Tensor[]): Tensor =>
        differentiable.body({
          ...tensors,
          ...Object.fromEntries(names.map((name, index) => [name, variables[index]!])),
        });
      const gradients = tf.grads(body)(
        names.map((name) => tensors[name]!),
        tensors["weight"],
      );
      return Object.fromEntries(names.map((name, index) => [name, gradients[index]!]));
    },
  };
}

/** Random normals for every variable, moved by `shift` times a random direction of its own. */
function variablesAt(differentiable: Differentiable, shift: number): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(differentiable.variables).map(([name, shape]) => {
      const [start, direction] = [streamOf(1, "variable", name), streamOf(1, "direction", name)];
      return [
        name,
        Float32Array.from({ length: sizeOf(shape) }, () => start.normal() + shift * direction.normal()),
      ];
    }),
  );
}

/**
 * On each engine: the gradient along random directions, one variable at a time, is the central difference of the
 * values that `reference` computes. Sums are in float64, so that float32 rounding is the values' own.
 */
export async function expectGradients(
  differentiable: Differentiable,
  engines: readonly Engine[],
  reference: Engine,
): Promise<void> {
  const { variables, fixed } = differentiable;
  const step = 1e-2;
  const given = { ...variablesAt(differentiable, 0), ...fixed?.arrays };
  const program = valueProgram(differentiable);
  let shape: readonly number[] = [];
  await runOnce(
    reference,
    { ...program, run: (tensors) => ({ y: remember(differentiable.body(tensors)) }) },
    given,
  );
  function remember(y: Tensor): Tensor {
    shape = y.shape;
    return y;
  }
  const stream = streamOf(1, "weight");
  const weight = Float32Array.from({ length: sizeOf(shape) }, () => stream.normal());
  const objective = async (name: string, shift: number): Promise<number> => {
    const moved = { ...given, [name]: variablesAt(differentiable, shift)[name]! };
    const { y } = await runOnce(reference, program, moved);
    return weight.reduce((sum, factor, index) => sum + factor * y![index]!, 0);
  };
  const slopes = new Map<string, number>();
  for (const name of Object.keys(variables)) {
    slopes.set(name, ((await objective(name, step)) - (await objective(name, -step))) / (2 * step));
  }
  for (const engine of engines) {
    const found = await runOnce(engine, gradientOf(differentiable, shape), { ...given, weight });
    for (const [name, slope] of slopes) {
      const direction = streamOf(1, "direction", name);
      const gradient = found[name]!;
      expect(gradient.length, name).toBe(sizeOf(variables[name]!));
      const along = Array.from(gradient).reduce((sum, value) => sum + value * direction.normal(), 0);
      expect(
        Math.abs(along - slope),
        `${engine.name}: d/d${name} is ${along}, finite differences give ${slope}`,
      ).toBeLessThan(2e-3 * Math.max(1, Math.abs(slope)));
    }
  }
}

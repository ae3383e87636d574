import type { TensorSpec } from "../core/axes.ts";
import type { Program, Tensor, Tensors } from "../engine/types.ts";
import { type BoundRouter, noiseIn } from "../model/bound-router.ts";
import type { Named, Routing, RoutingMode } from "../model/router.ts";

/**
 * One call of a router. Inputs: `x`, `tokens` (`labels`), and by their names parameters, state and the noise of the mode; outputs: the
 * tensors of the assignment, `logits`, `probs`, `state/..`, `matrices/..`, `losses/..`. `see` is shown the routing.
 */
export function routeProgram(
  router: BoundRouter,
  mode: RoutingMode,
  see: (routing: Routing) => void = () => undefined,
): Program {
  const { sizes, parameters, state } = router;
  const S = sizes.B * sizes.T;
  const noise = noiseIn(router.noise, mode);
  return {
    name: `${router.name} ${mode}`,
    inputs: {
      x: { shape: [S, sizes.D], dtype: "float32" },
      tokens: { shape: [S], dtype: "int32" },
      ...(router.seesLabels ? { labels: { shape: [S], dtype: "int32" } as const } : {}),
      ...floats(parameters),
      ...floats(state),
      ...floats(noise),
    },
    run: (inputs) => {
      const routing = router.route({
        x: pick(inputs, "x"),
        tokens: pick(inputs, "tokens"),
        ...(router.seesLabels ? { labels: pick(inputs, "labels") } : {}),
        mode,
        parameters: pickAll(inputs, parameters),
        state: pickAll(inputs, state),
        noise: pickAll(inputs, noise),
      });
      see(routing);
      const { assignment, logits, probs, state: next = {}, matrices = {}, losses = {} } = routing;
      const tensors = Object.entries(assignment).filter(([name]) => name !== "kind");
      return {
        ...(Object.fromEntries(tensors) as Tensors),
        ...(logits === undefined ? {} : { logits }),
        ...(probs === undefined ? {} : { probs }),
        ...below("state", next),
        ...below("matrices", matrices),
        ...below("losses", losses),
      };
    },
  };
}

function floats(specs: Named<{ readonly shape: readonly number[] }>): Record<string, TensorSpec> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, { shape, dtype: "float32" }]),
  );
}

function pick(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`a call of a router needs ${name}`);
  return tensor;
}

function pickAll(inputs: Tensors, specs: object): Tensors {
  return Object.fromEntries(Object.keys(specs).map((name) => [name, pick(inputs, name)]));
}

function below(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));
}

import type { TensorSpec } from "../core/axes.ts";
import { detach, tf } from "../engine/tf.ts";
import type { Program, Tensor, Tensors } from "../engine/types.ts";
import { type BoundRouter, noiseIn } from "../model/bound-router.ts";
import { chosenExperts } from "../model/losses.ts";
import type { ExpertOutputs, Named, RouterSizes, Routing, RoutingMode } from "../model/router.ts";

/** Where the inputs of a layer's router stand, by what it calls them; those of a token besides have the tokens first. */
export const LAYER_INPUTS = ["parameters", "state", "noise", "carry"] as const;

/**
 * One call of a router. Inputs: `x`, `tokens` (`labels`), `parameters/..`, `state/..`, `carry/..` and the `noise/..` of the mode; outputs: the tensors of
 * the assignment, `output`, `logits`, `probs`, `state/..`, `matrices/..`, `measures/..`, `losses/..`, `carry/..`.
 * For `afterExperts` every expert gives a token back as it came.
 * @param see is shown what came back, whatever it is, and what `afterExperts` gave, once there is any; it throws where no outputs can be made of it.
 */
export function routeProgram(
  router: BoundRouter,
  mode: RoutingMode,
  see: (routing: unknown, afterExperts?: unknown) => void = () => undefined,
): Program {
  const { sizes, parameters, state, carry } = router;
  const S = sizes.B * sizes.T;
  return {
    name: `${router.name} ${mode}`,
    inputs: {
      x: { shape: [S, sizes.D], dtype: "float32" },
      tokens: { shape: [S], dtype: "int32" },
      ...(router.seesLabels ? { labels: { shape: [S], dtype: "int32" } as const } : {}),
      ...floats("parameters", parameters),
      ...floats("state", state),
      ...floats("noise", noiseIn(router.noise, mode)),
      ...floats("carry", carry),
    },
    run: (inputs) => {
      const routing = router.route({
        x: pick(inputs, "x"),
        tokens: pick(inputs, "tokens"),
        ...(router.seesLabels ? { labels: pick(inputs, "labels") } : {}),
        mode,
        parameters: below(inputs, "parameters"),
        state: below(inputs, "state"),
        noise: below(inputs, "noise"),
        carry: below(inputs, "carry"),
      });
      see(routing);
      if (mode !== "train" || router.afterExperts === undefined) return tensorsOf(routing);
      const outputs = copiesOf(pick(inputs, "x"), routing, sizes);
      const next = router.afterExperts(outputs, below(inputs, "state"));
      see(routing, next);
      return tensorsOf({ ...routing, state: { ...routing.state, ...next } });
    },
  };
}

/** The outputs of experts that give their tokens back. @param x [S, D] */
function copiesOf(x: Tensor, { assignment }: Routing, { B, T, E }: RouterSizes): ExpertOutputs {
  const chosen = detach(chosenExperts(assignment, B * T, E)); // [S, E]
  const tokens = tf.sum(chosen, 0);
  const sums = tf.matMul(chosen, x, true); // [E, D]
  return { mean: tf.div(sums, tf.reshape(tf.maximum(tokens, 1), [E, 1])), tokens };
}

function tensorsOf(routing: Routing): Tensors {
  const { assignment, output, logits, probs, state = {}, matrices = {}, losses = {}, carry = {} } = routing;
  const tensors = Object.entries(assignment).filter(
    ([name]) => name !== "kind" && name !== "gateOf" && name !== "everyExpert",
  );
  return {
    ...(Object.fromEntries(tensors) as Tensors),
    ...(output === undefined ? {} : { output }),
    ...(logits === undefined ? {} : { logits }),
    ...(probs === undefined ? {} : { probs }),
    ...above("state", state),
    ...above("matrices", matrices),
    ...above("measures", routing.measures?.() ?? {}),
    ...above("losses", losses),
    ...above("carry", carry),
  };
}

function floats(
  prefix: string,
  specs: Named<{ readonly shape: readonly number[] }>,
): Record<string, TensorSpec> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [`${prefix}/${name}`, { shape, dtype: "float32" }]),
  );
}

function pick(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`a call of a router needs ${name}`);
  return tensor;
}

function below(inputs: Tensors, prefix: string): Tensors {
  const own = Object.entries(inputs).filter(([name]) => name.startsWith(`${prefix}/`));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]));
}

function above(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));
}

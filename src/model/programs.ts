import type { TensorSpecs } from "../core/axes.ts";
import { tf, type Tfjs } from "../engine/tf.ts";
import type { Program, Tensor, Tensors } from "../engine/types.ts";
import { noiseIn } from "./bound-router.ts";
import { decode, type DecoderOutput, languageModelLoss, type LayerRouting } from "./decoder.ts";
import { chosenExperts, expertsPerToken } from "./losses.ts";
import { tensorSpecs } from "./parameters.ts";
import type { RoutingMode } from "./router.ts";
import type { ModelSpec } from "./spec.ts";

/** Names of program inputs and outputs besides the plain names of parameters. */
export const NAMES = {
  inputs: "batch/inputs",
  targets: "batch/targets",
  /** Only where the router sees labels. */
  labels: "batch/labels",
  parameter: (name: string) => `parameters/${name}`,
  gradient: (name: string) => `gradients/${name}`,
  state: (name: string) => `state/${name}`,
  noise: (name: string) => `noise/${name}`,
  nextState: (name: string) => `next-state/${name}`,
  /** Scalar, nats per token. */
  loss: "loss",
  /** [L], where the router has probabilities; here and below L counts the layers that have experts. */
  balance: "balance",
  /** [L], where the router has logits. */
  z: "z",
  /** [L, E], assignments. */
  counts: "counts",
  /** [L], share of tokens. */
  unrouted: "unrouted",
  /** [L], experts that a token is sent to, mean over tokens; in evaluation. */
  expertsPerToken: "experts-per-token",
  /** [L, S, E], 1 where the expert processes the token, else 0; only where it was asked for. */
  chosen: "chosen",
  /** One a named matrix: [L, ..]. */
  matrix: (name: string) => `matrices/${name}`,
} as const;

/** Inputs of a model's programs. */
function programInputs(spec: ModelSpec, mode: RoutingMode): TensorSpecs {
  const { seesLabels, sizes } = spec.router;
  const tokens = { shape: [sizes.B * sizes.T], dtype: "int32" } as const;
  return {
    ...prefixed(NAMES.parameter, tensorSpecs(spec.parameters)),
    ...prefixed(NAMES.state, tensorSpecs(spec.state)),
    [NAMES.inputs]: tokens,
    [NAMES.targets]: tokens,
    ...(seesLabels ? { [NAMES.labels]: tokens } : {}),
    ...prefixed(NAMES.noise, tensorSpecs(noiseIn(spec.noise, mode))),
  };
}

/**
 * One training step without the optimiser: losses, routing statistics, the router's next state, and the gradients of the
 * trained parameters with respect to lm + balanceWeight * mean balance + zWeight * mean z + the router's own losses.
 */
export function gradientProgram(spec: ModelSpec): Program {
  const { settings } = spec;
  const trained = trainedNames(spec);
  return {
    name: "step",
    inputs: programInputs(spec, "train"),
    run: (inputs) => {
      const parameters = unprefixed(NAMES.parameter(""), inputs);
      let reported: Tensors = {};
      const objective = (): Tfjs.Scalar => {
        const output = run(spec, "train", parameters, inputs);
        const loss = languageModelLoss(output.logits, need(inputs, NAMES.targets));
        const { layers } = output;
        reported = keepAll({
          [NAMES.loss]: loss,
          ...statistics(layers),
          ...prefixed(NAMES.nextState, Object.assign({}, ...layers.map(({ state }) => state)) as Tensors),
        });
        const { balanceWeight, zWeight } = settings.losses;
        const terms = [loss];
        const balances = defined(layers.map(({ balanceTerm }) => balanceTerm));
        const zs = defined(layers.map(({ z }) => z));
        if (balanceWeight !== 0 && balances.length > 0) terms.push(weightedMean(balances, balanceWeight));
        if (zWeight !== 0 && zs.length > 0) terms.push(weightedMean(zs, zWeight));
        for (const { losses } of layers) terms.push(...Object.values(losses));
        return terms.reduce((total, term) => tf.add(total, term)) as Tfjs.Scalar;
      };
      const { grads } = tf.engine().gradients(
        objective,
        trained.map((name) => parameters[name]).filter((tensor) => tensor !== undefined),
        undefined,
        true, // a parameter may have no gradient, e.g. of a router that only selects
      );
      const gradients: Record<string, Tensor> = {};
      trained.forEach((name, index) => {
        const gradient = grads[index] as Tensor | null | undefined;
        gradients[name] = gradient ?? tf.zerosLike(need(parameters, name));
      });
      return { ...reported, ...prefixed(NAMES.gradient, gradients) };
    },
  };
}

/** The parameters that are trained, by their full names. */
export function trainedNames({ parameters }: ModelSpec): string[] {
  return Object.keys(parameters).filter((name) => parameters[name]?.trained);
}

/**
 * Loss and routing statistics of one batch, without training.
 * @param withChosen also who processes which token.
 */
export function evaluationProgram(
  spec: ModelSpec,
  mode: Exclude<RoutingMode, "train">,
  withChosen = false,
): Program {
  const { B, T, E } = spec.router.sizes;
  return {
    name: mode,
    inputs: programInputs(spec, mode),
    run: (inputs) => {
      const { logits, layers } = run(spec, mode, unprefixed(NAMES.parameter(""), inputs), inputs);
      const names = Object.keys(layers[0]?.matrices ?? {});
      const matrices = names.map((name) => [
        NAMES.matrix(name),
        tf.stack(layers.map((layer) => need(layer.matrices, name))),
      ]);
      return {
        [NAMES.loss]: languageModelLoss(logits, need(inputs, NAMES.targets)),
        ...statistics(layers),
        [NAMES.expertsPerToken]: tf.stack(layers.map(({ assignment }) => expertsPerToken(assignment, B * T))),
        ...(withChosen
          ? { [NAMES.chosen]: tf.stack(layers.map(({ assignment }) => chosenExperts(assignment, B * T, E))) }
          : {}),
        ...(Object.fromEntries(matrices) as Tensors),
      };
    },
  };
}

function run(spec: ModelSpec, mode: RoutingMode, parameters: Tensors, inputs: Tensors): DecoderOutput {
  return decode(spec, {
    mode,
    parameters,
    state: unprefixed(NAMES.state(""), inputs),
    noise: unprefixed(NAMES.noise(""), inputs),
    tokens: need(inputs, NAMES.inputs),
    labels: inputs[NAMES.labels],
  });
}

function statistics(layers: readonly LayerRouting[]): Tensors {
  const balances = defined(layers.map(({ balance }) => balance));
  const zs = defined(layers.map(({ z }) => z));
  return {
    [NAMES.counts]: tf.stack(layers.map(({ counts }) => counts)),
    [NAMES.unrouted]: tf.stack(layers.map(({ unrouted }) => unrouted)),
    ...(balances.length > 0 ? { [NAMES.balance]: tf.stack(balances) } : {}),
    ...(zs.length > 0 ? { [NAMES.z]: tf.stack(zs) } : {}),
  };
}

function weightedMean(terms: readonly Tensor[], weight: number): Tensor {
  return tf.mul(
    terms.reduce((total, term) => tf.add(total, term)),
    weight / terms.length,
  );
}

/** Keeps tensors alive beyond the scope in which tfjs differentiates. */
function keepAll(tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.keep(tensor)]));
}

function defined<T>(items: readonly (T | undefined)[]): T[] {
  return items.filter((item) => item !== undefined);
}

function need(tensors: Tensors, name: string): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`the program has no tensor ${name}`);
  return tensor;
}

function prefixed<T>(
  prefix: (name: string) => string,
  entries: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [prefix(name), entry]));
}

function unprefixed(prefix: string, tensors: Tensors): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}

import type { TensorSpecs } from "../core/axes.ts";
import { crossEntropy } from "../engine/ops/cross-entropy.ts";
import { topKIndices } from "../engine/ops/discrete.ts";
import { answerLogProbs, languageModelLoss } from "../objectives/answers.ts";
import type { ObjectiveBatch } from "../objectives/objective.ts";
import { tf, type Tfjs } from "../engine/tf.ts";
import type { Program, Tensor, Tensors } from "../engine/types.ts";
import { noiseIn } from "./bound-router.ts";
import { decode, type DecoderInput, type DecoderOutput, type LayerRouting } from "./decoder.ts";
import { chosenExperts, expertsPerToken, gateTable } from "./losses.ts";
import { tensorSpecs } from "./parameters.ts";
import type { Assignment, RoutingMode } from "./router.ts";
import { reroutedBy } from "./routes.ts";
import type { ModelSpec } from "./spec.ts";

/** Names of program inputs and outputs besides the plain names of parameters. */
export const NAMES = {
  inputs: "batch/inputs",
  targets: "batch/targets",
  /** Only where a router sees labels. */
  labels: "batch/labels",
  /** [S], 1 where the target is of an answer; only where the objective needs answers. */
  weights: "batch/weights",
  /** [B], nats; only where the objective measures against the parent, in training. */
  reference: "batch/reference",
  parameter: (name: string) => `parameters/${name}`,
  gradient: (name: string) => `gradients/${name}`,
  state: (name: string) => `state/${name}`,
  noise: (name: string) => `noise/${name}`,
  nextState: (name: string) => `next-state/${name}`,
  /** Scalar, nats per token. */
  loss: "loss",
  /** [B], log-probability of each row's answer, nats. */
  answerLogProbs: "answer-log-probs",
  /** A number that the objective reports; scalar. */
  reported: (name: string) => `reported/${name}`,
  /** [L], the layers whose router has probabilities; here and below L counts layers that have experts. */
  balance: "balance",
  /** [L], the layers whose router has logits. */
  z: "z",
  /** [L, E], assignments. */
  counts: "counts",
  /** [L], share of tokens. */
  unrouted: "unrouted",
  /** [L], experts that a token is sent to, mean over tokens; in evaluation. */
  expertsPerToken: "experts-per-token",
  /** [L, S, E], 1 where the expert processes the token, else 0; only where it was asked for. */
  chosen: "chosen",
  /** [L, S, E], weight of every expert for every token, 0 where it does not process it. */
  gates: "gates",
  /** One a layer with experts, by its number among them: [S, E], where its router has probabilities. */
  probs: (place: number) => `probs/${place}`,
  /** [S], nats. */
  tokenLoss: "token-loss",
  /** [S] int32, the most probable next token, and its probability [S]. */
  predicted: "predicted",
  confidence: "confidence",
  /** [L, S, K] int32, experts in the place of those that the router chose; -1 leaves it its own. */
  routes: "routes",
  /** One a named matrix: those of all layers whose router has it, one behind the other, flat. */
  matrix: (name: string) => `matrices/${name}`,
  /** [S], a router's own number of every token, by the layer's number among those with experts. */
  measure: (place: number, name: string) => `measures/${place}/${name}`,
} as const;

/** Inputs of a model's programs. */
export function programInputs(spec: ModelSpec, mode: RoutingMode): TensorSpecs {
  const { seesLabels, sizes } = spec;
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

/** The same with what the objective needs of a batch. */
function learningInputs(spec: ModelSpec, mode: RoutingMode, hasReference = false): TensorSpecs {
  const { objective, sizes } = spec;
  return {
    ...programInputs(spec, mode),
    ...(objective.needs === "tokens"
      ? {}
      : { [NAMES.weights]: { shape: [sizes.B * sizes.T], dtype: "float32" } }),
    ...(hasReference ? { [NAMES.reference]: { shape: [sizes.B], dtype: "float32" } } : {}),
  };
}

/**
 * One training step without the optimiser: losses, routing statistics, the routers' next state, and the gradients of the
 * trained parameters with respect to the objective + balanceWeight * mean balance + zWeight * mean z + the routers' own losses. A layer whose router has
 * no such loss counts as zero in the mean, so that the others weigh what they would with one router in all layers.
 */
export function gradientProgram(spec: ModelSpec): Program {
  const { settings } = spec;
  const trained = trainedNames(spec);
  return {
    name: "step",
    inputs: learningInputs(spec, "train", spec.objective.hasReference),
    run: (inputs) => {
      const parameters = unprefixed(NAMES.parameter(""), inputs);
      let reported: Tensors = {};
      const objective = (): Tfjs.Scalar => {
        const output = run(spec, "train", parameters, inputs);
        const { loss, nats, reported: numbers } = spec.objective.loss(output.logits, batchOf(spec, inputs));
        const { layers } = output;
        reported = keepAll({
          [NAMES.loss]: nats,
          ...prefixed(NAMES.reported, numbers),
          ...statistics(layers),
          ...prefixed(NAMES.nextState, Object.assign({}, ...layers.map(({ state }) => state)) as Tensors),
        });
        const { balanceWeight, zWeight } = settings.losses;
        const terms = [loss];
        const overLayers = (some: readonly Tensor[], weight: number): Tensor =>
          tf.mul(
            some.reduce((total, term) => tf.add(total, term)),
            weight / layers.length,
          );
        const balances = defined(layers.map(({ balanceTerm }) => balanceTerm));
        const zs = defined(layers.map(({ z }) => z));
        if (balanceWeight !== 0 && balances.length > 0) terms.push(overLayers(balances, balanceWeight));
        if (zWeight !== 0 && zs.length > 0) terms.push(overLayers(zs, zWeight));
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
  const { B, T, E } = spec.sizes;
  return {
    name: mode,
    inputs: learningInputs(spec, mode),
    run: (inputs) => {
      const { logits, layers } = run(spec, mode, unprefixed(NAMES.parameter(""), inputs), inputs);
      return {
        [NAMES.loss]: languageModelLoss(logits, need(inputs, NAMES.targets), inputs[NAMES.weights]),
        ...statistics(layers),
        [NAMES.expertsPerToken]: tf.stack(layers.map(({ assignment }) => expertsPerToken(assignment, B * T))),
        ...(withChosen
          ? { [NAMES.chosen]: tf.stack(layers.map(({ assignment }) => chosenExperts(assignment, B * T, E))) }
          : {}),
        ...matricesOf(layers),
      };
    },
  };
}

/** What the objective reports of a batch, in evaluation mode. */
export function reportsProgram(spec: ModelSpec): Program {
  return {
    name: "reports",
    inputs: learningInputs(spec, "eval", spec.objective.hasReference),
    run: (inputs) => {
      const { logits } = run(spec, "eval", unprefixed(NAMES.parameter(""), inputs), inputs);
      return prefixed(NAMES.reported, spec.objective.loss(logits, batchOf(spec, inputs)).reported);
    },
  };
}

/** The log-probability of each row's answer, in evaluation mode; for objectives that learn answers. */
export function answersProgram(spec: ModelSpec): Program {
  return {
    name: "answers",
    inputs: learningInputs(spec, "eval"),
    run: (inputs) => {
      const { logits } = run(spec, "eval", unprefixed(NAMES.parameter(""), inputs), inputs);
      return { [NAMES.answerLogProbs]: answerLogProbs(logits, batchOf(spec, inputs)) };
    },
  };
}

/** What the routers decide on one batch, token by token, and what the model makes of it; for the analyses. */
export function decisionProgram(spec: ModelSpec, mode: Exclude<RoutingMode, "train">): Program {
  const { B, T, E } = spec.sizes;
  return {
    name: `decisions-${mode}`,
    inputs: programInputs(spec, mode),
    run: (inputs) => {
      const { logits, layers } = run(spec, mode, unprefixed(NAMES.parameter(""), inputs), inputs);
      const predicted = tf.reshape(topKIndices(logits, 1), [B * T]); // [S]
      const probs = layers.map((layer, place) => [NAMES.probs(place), layer.probs] as const);
      return {
        [NAMES.chosen]: tf.stack(layers.map(({ assignment }) => chosenExperts(assignment, B * T, E))),
        [NAMES.gates]: tf.stack(layers.map(({ assignment }) => gateTable(assignment, B * T, E))),
        ...(Object.fromEntries(probs.filter(([, one]) => one !== undefined)) as Tensors),
        [NAMES.tokenLoss]: crossEntropy(logits, need(inputs, NAMES.targets)),
        [NAMES.predicted]: predicted,
        [NAMES.confidence]: tf.exp(tf.neg(crossEntropy(logits, predicted))),
        ...matricesOf(layers),
        ...measuresOf(layers),
      };
    },
  };
}

/**
 * The loss of every token where some of them are sent to other experts than the router chose, at the weights that it would give those.
 * @throws RunError while it is compiled, for a router that does not say these weights (`gateOf`).
 */
export function routesProgram(spec: ModelSpec): Program {
  const { B, T, K } = spec.sizes;
  const { layers, denseLayers } = spec.settings.model;
  const routed = layers - denseLayers;
  return {
    name: "routes",
    inputs: {
      ...programInputs(spec, "eval"),
      [NAMES.routes]: { shape: [routed, B * T, K], dtype: "int32" },
    },
    run: (inputs) => {
      const routes = need(inputs, NAMES.routes);
      const reroute = (assignment: Assignment, layer: number): Assignment =>
        reroutedBy(
          assignment,
          tf.reshape(tf.slice(routes, [layer - denseLayers, 0, 0], [1, B * T, K]), [B * T, K]),
        );
      const parameters = unprefixed(NAMES.parameter(""), inputs);
      const { logits } = decode(spec, { mode: "eval", parameters, reroute, ...besideParameters(inputs) });
      return { [NAMES.tokenLoss]: crossEntropy(logits, need(inputs, NAMES.targets)) };
    },
  };
}

/** All that a decoder is given of a program's inputs. */
export function decoderInput(mode: RoutingMode, inputs: Tensors): DecoderInput {
  return { mode, parameters: unprefixed(NAMES.parameter(""), inputs), ...besideParameters(inputs) };
}

/** What an objective is given of a program's inputs. */
function batchOf({ sizes: { B, T } }: ModelSpec, inputs: Tensors): ObjectiveBatch {
  const [targets, weights] = [need(inputs, NAMES.targets), inputs[NAMES.weights]];
  return { B, T, targets, weights, reference: inputs[NAMES.reference] };
}

function run(spec: ModelSpec, mode: RoutingMode, parameters: Tensors, inputs: Tensors): DecoderOutput {
  return decode(spec, { mode, parameters, ...besideParameters(inputs) });
}

/** What a decoder is given of a program's inputs beside the parameters. */
function besideParameters(inputs: Tensors): Pick<DecoderInput, "state" | "noise" | "tokens" | "labels"> {
  return {
    state: unprefixed(NAMES.state(""), inputs),
    noise: unprefixed(NAMES.noise(""), inputs),
    tokens: need(inputs, NAMES.inputs),
    labels: inputs[NAMES.labels],
  };
}

/** Every named matrix of the routers: those of all layers that have it, one behind the other. */
function matricesOf(layers: readonly LayerRouting[]): Tensors {
  const names = new Set(layers.flatMap(({ matrices }) => Object.keys(matrices)));
  return Object.fromEntries(
    [...names].map((name) => {
      const own = defined(layers.map(({ matrices }) => matrices[name]));
      return [NAMES.matrix(name), tf.concat(own.map((matrix) => tf.reshape(matrix, [-1])))];
    }),
  );
}

/** The routers' own numbers of every token. */
function measuresOf(layers: readonly LayerRouting[]): Tensors {
  const own = layers.map(({ measures }, place) => prefixed((name) => NAMES.measure(place, name), measures()));
  return Object.assign({}, ...own) as Tensors;
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

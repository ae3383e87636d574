import { sizeOf } from "../core/axes.ts";
import type { AdamWOptions, Engine, HostArray, TrainingMemory } from "../engine/types.ts";
import { initialParameters, tensorSpecs } from "../model/parameters.ts";
import { NAMES } from "../model/programs.ts";
import type { ModelSpec } from "../model/spec.ts";
import { inheritedParameters, inheritedState } from "./inherit.ts";
import type { Checkpoint, CheckpointTensor } from "./types.ts";

/** All numbers of a model in training, as arrays that engines read and write in place. */
export interface ModelMemory {
  /** Trained parameters with gradients and moments. */
  readonly training: TrainingMemory;
  /** Program inputs by name: parameters, frozen ones included, and router state. */
  readonly inputs: Readonly<Record<string, HostArray>>;
  /** Where the step program writes gradients and the next state. */
  readonly outputs: Readonly<Record<string, HostArray>>;
  /** Takes over the next router state. */
  readonly advanceState: () => void;
  /** Takes the trained parameters into their running mean, as its n-th, from 1. */
  readonly addToAverage: (n: number) => void;
  /** Puts the running mean in the place of the trained parameters; none is kept afterwards. */
  readonly takeAverage: () => void;
  readonly save: (step: number) => Checkpoint;
  /** Parameters and router state alone. */
  readonly weights: (step: number) => Checkpoint;
}

/**
 * A model at its initial values, or at those of a checkpoint.
 * @param from a checkpoint of the same run; null starts it.
 * @param parent final weights of the run that the settings name as parent; not needed with `from`.
 */
export function createModelMemory(
  engine: Engine,
  spec: ModelSpec,
  seed: number,
  from: Checkpoint | null,
  parent: Checkpoint | null = null,
): ModelMemory {
  const { settings, parameters: specs, state: states } = spec;
  const trainedSpecs = Object.fromEntries(Object.entries(specs).filter(([, { trained }]) => trained));
  const training = engine.allocate(tensorSpecs(trainedSpecs));
  const inputs: Record<string, HostArray> = {};
  const outputs: Record<string, HostArray> = {};
  const initial =
    parent === null ? initialParameters(specs, settings, seed) : inheritedParameters(spec, seed, parent);
  for (const [name, values] of Object.entries(initial)) {
    const trained = training.parameters[name];
    trained?.set(values);
    inputs[NAMES.parameter(name)] = trained ?? values;
  }
  for (const [name, gradient] of Object.entries(training.gradients)) outputs[NAMES.gradient(name)] = gradient;
  const inherited = parent === null ? {} : inheritedState(spec, parent);
  for (const [name, { shape, initial }] of Object.entries(states)) {
    inputs[NAMES.state(name)] = inherited[name]?.slice() ?? new Float32Array(sizeOf(shape)).fill(initial);
    outputs[NAMES.nextState(name)] = new Float32Array(sizeOf(shape));
  }
  // Frozen ones could be drawn again from the seed, but whoever opens a checkpoint should find the whole model.
  const frozen = Object.fromEntries(
    Object.keys(specs)
      .filter((name) => trainedSpecs[name] === undefined)
      .map((name) => [name, inputs[NAMES.parameter(name)] as Float32Array]),
  );
  const averages = new Map<string, Float32Array>();
  const values = named("parameters", { ...training.parameters, ...frozen }, specs);
  const state = Object.entries(states).map(([name, { shape }]): NamedArray => {
    return [`state/${name}`, shape, inputs[NAMES.state(name)] as Float32Array];
  });
  const saved = (): NamedArray[] => [
    ...named("averages", Object.fromEntries(averages), specs),
    ...values,
    ...named("first_moments", training.firstMoments, specs),
    ...named("second_moments", training.secondMoments, specs),
    ...state,
  ];
  if (from !== null) {
    for (const [name, values] of Object.entries(training.parameters)) {
      if (`averages/${name}` in from.tensors) averages.set(name, new Float32Array(values.length));
    }
    for (const [name, , array] of saved()) {
      const tensor = from.tensors[name];
      if (tensor?.values.length !== array.length)
        throw new Error(`the checkpoint has no ${name} of ${array.length} numbers`);
      array.set(tensor.values);
    }
  }
  return {
    training,
    inputs,
    outputs,
    advanceState: () => {
      for (const name of Object.keys(states)) {
        inputs[NAMES.state(name)]?.set(outputs[NAMES.nextState(name)] ?? []);
      }
    },
    addToAverage: (n) => {
      for (const [name, values] of Object.entries(training.parameters)) {
        const mean = averages.get(name) ?? new Float32Array(values.length);
        averages.set(name, mean);
        addToMean(mean, values, n);
      }
    },
    takeAverage: () => {
      for (const [name, mean] of averages) training.parameters[name]?.set(mean);
      averages.clear();
    },
    save: (step) => copied(step, saved()),
    weights: (step) => copied(step, [...values, ...state]),
  };
}

/** Name in a checkpoint, shape and numbers. */
type NamedArray = [string, readonly number[], Float32Array];

function copied(step: number, arrays: readonly NamedArray[]): Checkpoint {
  const tensors = arrays.map(([name, shape, array]): [string, CheckpointTensor] => [
    name,
    { shape, values: array.slice() },
  ]);
  return { step, tensors: Object.fromEntries(tensors) };
}

/** Takes values into a running mean, as its n-th. */
function addToMean(mean: Float32Array, values: Float32Array, n: number): void {
  const share = 1 / n;
  for (let i = 0; i < mean.length; i++) {
    const old = mean[i] ?? 0;
    mean[i] = old + ((values[i] ?? 0) - old) * share;
  }
}

/** AdamW options of a model: which parameters do not decay, and the rates of the router's. */
export function adamwOptions({ settings, parameters }: ModelSpec): AdamWOptions {
  const { optimizer } = settings.training;
  const undecayed = Object.entries(parameters).filter(
    ([, { role }]) =>
      (role === "norm" && !optimizer.decayNorms) || (role === "embedding" && !optimizer.decayEmbeddings),
  );
  const { beta1, beta2, eps, weightDecay, clipNorm } = optimizer;
  const { routerLearningRateScale, routerWeightDecay } = settings.training;
  const own = {
    learningRateScale: routerLearningRateScale,
    weightDecay: routerWeightDecay ?? weightDecay,
  };
  return {
    ...{ beta1, beta2, eps, weightDecay, clipNorm },
    undecayed: new Set(undecayed.map(([name]) => name)),
    apart: new Map(routerNames(parameters).map((name) => [name, own])),
  };
}

/** The router's parameters that are trained. */
export function routerNames(parameters: ModelSpec["parameters"]): string[] {
  return Object.keys(parameters).filter((name) => {
    return parameters[name]?.role === "router" && parameters[name].trained;
  });
}

function named(
  prefix: string,
  arrays: Readonly<Record<string, Float32Array>>,
  specs: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): NamedArray[] {
  return Object.entries(arrays).map(([name, array]) => [
    `${prefix}/${name}`,
    specs[name]?.shape ?? [],
    array,
  ]);
}

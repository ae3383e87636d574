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

/** Where a model's numbers come from. */
interface Origin {
  readonly seed: number;
  /** A checkpoint of the same run; null starts it. */
  readonly from?: Checkpoint | null;
  /** Final weights of the run that the settings name as parent; not needed with `from`. */
  readonly parent?: Checkpoint | null;
}

/**
 * A model at its initial values, or at those of a checkpoint.
 * @throws Error where the checkpoint is not this model's
 */
export function createModelMemory(
  engine: Engine,
  spec: ModelSpec,
  { seed, from = null, parent = null }: Origin,
): ModelMemory {
  const { settings, parameters: specs, state: states } = spec;
  const trainedSpecs = Object.fromEntries(Object.entries(specs).filter(([, { trained }]) => trained));
  const training = engine.allocate(tensorSpecs(trainedSpecs));
  const initial =
    parent === null ? initialParameters(specs, settings, seed) : inheritedParameters(spec, seed, parent);
  for (const [name, values] of Object.entries(training.parameters)) values.set(initial[name] ?? []);
  // Frozen ones could be drawn again from the seed, but whoever opens a checkpoint should find the whole model.
  const frozen = Object.entries(initial).filter(([name]) => training.parameters[name] === undefined);
  const parameters = { ...training.parameters, ...Object.fromEntries(frozen) };
  const inherited = parent === null ? {} : inheritedState(spec, parent);
  const state = eachOf(
    states,
    (name, { shape, initial }) => inherited[name]?.slice() ?? new Float32Array(sizeOf(shape)).fill(initial),
  );
  const nextState = eachOf(states, (_, { shape }) => new Float32Array(sizeOf(shape)));
  const averages = new Map<string, Float32Array>();
  const weights = named("parameters", parameters, specs);
  const carried = named("state", state, states);
  const saved = (): NamedArray[] => [
    ...named("averages", Object.fromEntries(averages), specs),
    ...weights,
    ...named("first_moments", training.firstMoments, specs),
    ...named("second_moments", training.secondMoments, specs),
    ...carried,
  ];
  if (from !== null) {
    for (const [name, values] of Object.entries(training.parameters)) {
      if (`averages/${name}` in from.tensors) averages.set(name, new Float32Array(values.length));
    }
    restore(saved(), from);
  }
  return {
    training,
    inputs: { ...renamed(parameters, NAMES.parameter), ...renamed(state, NAMES.state) },
    outputs: { ...renamed(training.gradients, NAMES.gradient), ...renamed(nextState, NAMES.nextState) },
    advanceState: () => {
      for (const [name, values] of Object.entries(state)) values.set(nextState[name] ?? []);
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
    weights: (step) => copied(step, [...weights, ...carried]),
  };
}

/** Takes a checkpoint's numbers into the arrays. */
function restore(arrays: readonly NamedArray[], { tensors }: Checkpoint): void {
  for (const [name, , array] of arrays) {
    const tensor = tensors[name];
    if (tensor?.values.length !== array.length)
      throw new Error(`the checkpoint has no ${name} of ${array.length} numbers`);
    array.set(tensor.values);
  }
}

function eachOf<T>(
  record: Readonly<Record<string, T>>,
  make: (name: string, value: T) => Float32Array,
): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(name, value)]));
}

function renamed<T>(record: Readonly<Record<string, T>>, name: (name: string) => string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [name(key), value]));
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

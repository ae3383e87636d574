import { sizeOf } from "../core/axes.ts";
import { streamOf } from "../core/streams.ts";
import { initialParameters, type ParameterSpec } from "../model/parameters.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Checkpoint } from "./types.ts";

/** Weights that stand once an expert, [E, ..]: those of a dense parent, [1, ..], are copied to every expert. */
const EXPERT_WEIGHTS = /\.experts\.[^.]+$/;

/** Most misfits that one sentence lists. */
const MOST_LISTED = 3;

/**
 * Why a model can't start from a parent's weights: every parameter outside the router must be there in the same shape, or
 * be an expert's where the parent has one expert; and nothing of the parent may be left over. Null when it can.
 */
export function inheritanceProblem(child: ModelSpec, parent: ModelSpec): string | null {
  const ours = inheritedSpecs(child);
  const theirs = inheritedSpecs(parent, child.settings.parent?.keepRouter);
  const misfits = Object.keys({ ...ours, ...theirs }).flatMap((name) => {
    const [own, its] = [ours[name]?.shape, theirs[name]?.shape];
    if (own !== undefined && its !== undefined && copies(name, own, its) !== null) return [];
    return [`${name} is ${shapeWords(its)} there and ${shapeWords(own)} here`];
  });
  if (misfits.length === 0) return null;
  const more = misfits.length > MOST_LISTED ? `, and ${misfits.length - MOST_LISTED} more` : "";
  return `the parent's weights do not fit: ${misfits.slice(0, MOST_LISTED).join(", ")}${more}`;
}

/**
 * Initial parameters of a model that has a parent: the parent's, experts repeated (with noise where the settings ask for it);
 * a router that is not kept starts from its own streams as it does without a parent.
 * @throws Error where the checkpoint does not fit; `inheritanceProblem` says so before.
 */
export function inheritedParameters(
  spec: ModelSpec,
  seed: number,
  parent: Checkpoint,
): Record<string, Float32Array> {
  const noise = spec.settings.parent?.noise ?? null;
  const inherited = Object.entries(inheritedSpecs(spec)).map(([name, { shape }]) => {
    const tensor = parent.tensors[`parameters/${name}`];
    const times = tensor === undefined ? null : copies(name, shape, tensor.shape);
    if (tensor === undefined || times === null) {
      throw new Error(`the parent has no parameter ${name} of shape [${shape.join(", ")}]`);
    }
    const values = new Float32Array(sizeOf(shape));
    for (let copy = 0; copy < times; copy++) values.set(tensor.values, copy * tensor.values.length);
    if (noise !== null && EXPERT_WEIGHTS.test(name)) replaceSome(values, noise, seed, name);
    return [name, values] as const;
  });
  return { ...initialParameters(spec.parameters, spec.settings, seed), ...Object.fromEntries(inherited) };
}

/** The router's state at the start of a model that keeps its parent's router; {} where it does not. */
export function inheritedState(spec: ModelSpec, parent: Checkpoint): Record<string, Float32Array> {
  if (spec.settings.parent?.keepRouter !== true) return {};
  return Object.fromEntries(
    Object.keys(spec.state).flatMap((name) => {
      const tensor = parent.tensors[`state/${name}`];
      return tensor === undefined ? [] : [[name, tensor.values]];
    }),
  );
}

/** The parameters that come from a parent, or go to a child: all, but the router's where it starts anew. */
function inheritedSpecs(
  { settings, parameters }: ModelSpec,
  keepRouter = settings.parent?.keepRouter ?? false,
): Record<string, ParameterSpec> {
  const all = Object.entries(parameters);
  return Object.fromEntries(all.filter(([, { role }]) => keepRouter || role !== "router"));
}

/** How many copies of the parent's values fill a parameter; null where they do not fit. */
function copies(name: string, own: readonly number[], parent: readonly number[]): number | null {
  if (own.join() === parent.join()) return 1;
  const [E = 1, ...rest] = own;
  const isDense = parent.join() === [1, ...rest].join();
  return isDense && EXPERT_WEIGHTS.test(name) ? E : null;
}

/**
 * OLMoE's noise (appendix F, `noise_injection` of its scripts/sparsify_ckpt_unsharded.py): each number is replaced, with
 * the chance `share`, by a normal one. Replaced where the uniform of `seed/upcycling/<name>/replaced` is below the share, by
 * the next normal of `seed/upcycling/<name>/values`; row-major.
 */
function replaceSome(
  values: Float32Array,
  { share, std }: { readonly share: number; readonly std: number },
  seed: number,
  name: string,
): void {
  const stream = streamOf(seed, "upcycling", name);
  const [chance, normals] = [stream.fork("replaced"), stream.fork("values")];
  for (let i = 0; i < values.length; i++) {
    if (chance.uniform() < share) values[i] = std * normals.normal();
  }
}

function shapeWords(shape: readonly number[] | undefined): string {
  return shape === undefined ? "missing" : `[${shape.join(", ")}]`;
}

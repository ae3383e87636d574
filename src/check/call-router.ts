import { sizeOf } from "../core/axes.ts";
import { createCpuEngine } from "../engine/eager.ts";
import type { HostTensors } from "../engine/types.ts";
import { bindRouter, noiseIn } from "../model/bound-router.ts";
import type { Named, Router, RouterOptions, RoutingMode } from "../model/router.ts";
import { callLayer } from "./layer.ts";

/** Numbers nested as a tensor's shape says, or one after the other. */
export type Numbers = number | readonly Numbers[];

/** One call of a router, with numbers of one's own. */
export interface RouterCall {
  /** [S][D], the tokens of one sequence. */
  readonly x: readonly (readonly number[])[];
  /** E */
  readonly experts: number;
  /** K */
  readonly topK: number;
  /** Everything that the router declares there. */
  readonly parameters?: Named<Numbers>;
  /** What is left out has its initial value. */
  readonly state?: Named<Numbers>;
  /** What the router wants in this mode. */
  readonly noise?: Named<Numbers>;
  /** [S], from 0; zeros where they are left out. */
  readonly tokens?: readonly number[];
  readonly labels?: readonly number[];
  readonly options?: RouterOptions;
  /** `eval` where it is left out. */
  readonly mode?: RoutingMode;
}

/** What a router made of a call. */
export interface RouterAnswer {
  /** [S][E], the weight of each expert; zero where it does not process the token. */
  readonly gates: readonly (readonly number[])[];
  /** Everything it returned, row-major: `logits`, `probs`, `state/<name>`, `losses/<name>`, `matrices/<name>` and the assignment's tensors. */
  readonly tensors: Named<readonly number[]>;
}

/**
 * Calls a router's `route` once, operation by operation: for tests with values worked out by hand.
 * @throws Error naming what is missing, or of another size than declared.
 */
export async function callRouter(router: Router, call: RouterCall): Promise<RouterAnswer> {
  const { x, experts, topK, mode = "eval", tokens = [], labels = [] } = call;
  const S = x.length;
  const largest = Math.max(0, ...tokens);
  const sizes = { B: 1, T: S, D: x[0]?.length ?? 0, E: experts, K: topK, V: largest + 1, initStd: 0.02 };
  const bound = bindRouter(router, sizes, router.options.parse(call.options ?? {}));
  const integers = (values: readonly number[]): Int32Array => {
    return Int32Array.from({ length: S }, (_, token) => values[token] ?? 0);
  };
  const initial = Object.entries(bound.state).map(([name, spec]) => [name, spec.initial] as const);
  const state = { ...Object.fromEntries(initial), ...call.state };
  const feeds: HostTensors = {
    x: flat("x", x, S * sizes.D),
    tokens: integers(tokens),
    ...(bound.seesLabels && { labels: integers(labels) }),
    ...given("parameters", bound.parameters, call.parameters),
    ...given("state", bound.state, state),
    ...given("noise", noiseIn(bound.noise, mode), call.noise),
  };
  const { gates, found } = await callLayer(await createCpuEngine(), bound, mode, feeds);
  const tensors = Object.entries(found).map(([name, values]) => [name, Array.from(values)] as const);
  return { gates, tensors: Object.fromEntries(tensors) };
}

/** What is given of everything that is declared. */
function given(
  kind: string,
  declared: Named<{ readonly shape: readonly number[] }>,
  values: Named<Numbers> = {},
): HostTensors {
  const unknown = Object.keys(values).filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0) throw new Error(`the router declares no ${kind} ${unknown.join(", ")}`);
  return Object.fromEntries(
    Object.entries(declared).map(([name, { shape }]) => {
      const own = values[name];
      if (own === undefined) throw new Error(`${kind}.${name} is missing, of shape [${shape.join(", ")}]`);
      return [`${kind}/${name}`, flat(`${kind}.${name}`, own, sizeOf(shape))];
    }),
  );
}

/** Nested numbers one after the other; a single one fills all. */
function flat(name: string, values: Numbers, length: number): Float32Array {
  if (typeof values === "number") return new Float32Array(length).fill(values);
  const found = Float32Array.from(flatten(values));
  if (found.length !== length)
    throw new Error(`${name} has ${found.length} numbers, but ${length} are needed`);
  return found;
}

function flatten(values: Numbers): number[] {
  return typeof values === "number" ? [values] : values.flatMap(flatten);
}

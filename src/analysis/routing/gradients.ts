import { ALL_DOMAINS } from "./counts.ts";
import type { Measure } from "./measures.ts";
import { quantile } from "./quantile.ts";

/** A parameter that is trained, with the gradient of the loss with respect to it. */
export interface ParameterGradient {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: ArrayLike<number>;
}

/** Sizes of the gradients of a layer, L2 over all the numbers of a part: nats by a unit of the parameters. */
export interface LayerGradients {
  readonly layer: number;
  /** Of all trained parameters of the router together; null where it has none. */
  readonly router: number | null;
  /** [E], of the three matrices of an expert together; empty where the layer uses those of another one. */
  readonly experts: readonly number[];
}

/**
 * Norms of one layer.
 * @param router its trained parameters.
 * @param experts matrices [E, ..] of all experts.
 */
export function layerGradients(
  layer: number,
  router: readonly ParameterGradient[],
  experts: readonly ParameterGradient[],
): LayerGradients {
  const E = experts[0]?.shape[0] ?? 0;
  const squares = new Float64Array(E);
  for (const { values } of experts) {
    const size = values.length / E;
    for (let i = 0; i < values.length; i++) {
      const e = Math.floor(i / size);
      squares[e] = (squares[e] ?? 0) + (values[i] ?? 0) ** 2;
    }
  }
  return {
    layer,
    router: router.length === 0 ? null : Math.sqrt(router.reduce((sum, one) => sum + squareOf(one), 0)),
    experts: Array.from(squares, Math.sqrt),
  };
}

/** Means over several batches of the norms of each. @param batches of the same model. */
export function meanGradients(batches: readonly (readonly LayerGradients[])[]): LayerGradients[] {
  const n = batches.length;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return (batches[0] ?? []).map(({ layer, router, experts }, place) => ({
    layer,
    router: router === null ? null : sum(batches.map((one) => one[place]?.router ?? 0)) / n,
    experts: experts.map((_, e) => sum(batches.map((one) => one[place]?.experts[e] ?? 0)) / n),
  }));
}

/** Percentiles that are given of experts, and of layers. */
const PERCENTILES = [10, 50, 90] as const;

/** The router's norm of each layer, and percentiles over its experts. */
export function gradientMeasures(layers: readonly LayerGradients[]): Measure[] {
  return layers.flatMap(({ layer, router, experts }): Measure[] => {
    const of = { layer, domain: ALL_DOMAINS, chance: null };
    return [
      ...(router === null ? [] : [{ ...of, measure: "router_gradient", value: router }]),
      ...(experts.length === 0
        ? []
        : PERCENTILES.map((percent) => ({
            ...of,
            measure: `expert_gradient_p${percent}`,
            value: quantile(experts, percent / 100),
          }))),
    ];
  });
}

/** One number of gradients.csv. */
export interface GradientRow {
  /** Null: percentiles over layers. */
  readonly layer: number | null;
  readonly part: "router" | "expert";
  /** Null of a router, and of percentiles over layers, which are of the layers' median experts. */
  readonly expert: number | null;
  readonly statistic: "norm" | "p10" | "p50" | "p90";
  readonly value: number;
}

/** Every norm, and percentiles over layers of the routers' and of each layer's median expert. */
export function gradientRows(layers: readonly LayerGradients[]): GradientRow[] {
  const single = layers.flatMap(({ layer, router, experts }): GradientRow[] => [
    ...(router === null ? [] : [{ ...ROUTER, layer, value: router }]),
    ...experts.map((value, expert) => ({ ...EXPERT, layer, expert, value })),
  ]);
  const routers = layers.flatMap(({ router }) => router ?? []);
  const medians = layers.flatMap(({ experts }) => (experts.length === 0 ? [] : [quantile(experts, 0.5)]));
  const over = (part: GradientRow["part"], values: readonly number[]): GradientRow[] =>
    values.length === 0
      ? []
      : PERCENTILES.map((percent) => ({
          ...{ layer: null, part, expert: null },
          ...{ statistic: `p${percent}` as const, value: quantile(values, percent / 100) },
        }));
  return [...single, ...over("router", routers), ...over("expert", medians)];
}

const ROUTER = { part: "router", expert: null, statistic: "norm" } as const;
const EXPERT = { part: "expert", statistic: "norm" } as const;

function squareOf({ values }: ParameterGradient): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) ** 2;
  return sum;
}

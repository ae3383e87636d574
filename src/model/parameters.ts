import type { InitSettings, ModelSettings, Settings } from "../config/settings.ts";
import { sizeOf, type TensorSpec, type TensorSpecs } from "../core/axes.ts";
import { streamOf, type Stream } from "../core/streams.ts";
import type { BoundRouter } from "./bound-router.ts";
import type { Named, RouterSizes } from "./router.ts";

/** How a parameter starts and whether it is trained. */
export interface ParameterSpec {
  readonly shape: readonly number[];
  /** Mean and standard deviation of the initial values. */
  readonly initial: number;
  readonly std: number;
  readonly trained: boolean;
  readonly role: "matrix" | "norm" | "embedding" | "router";
}

/** An untrained tensor; every element starts with `initial`. */
export interface StateSpec extends TensorSpec {
  readonly dtype: "float32";
  readonly initial: number;
}

/** Whether norms of this kind have a gain to train. */
export function normHasGain({ norm }: Pick<ModelSettings, "norm">): boolean {
  return norm !== "layer-nonparametric";
}

/** Prefix of a layer's parameters. */
export function layerPrefix(layer: number): string {
  return `layers.${layer}`;
}

/**
 * Prefix of the experts that a layer uses: its own, or where all layers share theirs (WideNet, Xue et al. 2022, arXiv 2107.11817; OLMoE, appendix F),
 * those of the first layer that has any.
 */
export function expertsPrefix(
  layer: number,
  { sharedAcrossLayers, denseLayers }: Pick<ModelSettings, "sharedAcrossLayers" | "denseLayers">,
): string {
  return `${layerPrefix(sharedAcrossLayers ? denseLayers : layer)}.experts`;
}

/** Numbers of a token that a routed expert takes and gives: those of the latent space where there is one, else all of D. */
export function expertSpace({ width, latentWidth }: Pick<ModelSettings, "width" | "latentWidth">): number {
  return latentWidth === 0 ? width : latentWidth;
}

/** Hidden width that a token meets in an MoE layer, and that a dense layer has. */
function activeWidth(
  { alwaysOnExperts }: Pick<BoundRouter, "alwaysOnExperts">,
  { topK, expertWidth }: Pick<ModelSettings, "topK" | "expertWidth">,
): number {
  return (topK + alwaysOnExperts) * expertWidth;
}

/**
 * Every parameter of a model by name (docs/model.md has the table).
 * @param routers [L]
 */
export function parameterSpecs(
  settings: Settings,
  routers: readonly BoundRouter[],
  { V }: Pick<RouterSizes, "V">,
): Named<ParameterSpec> {
  const { model } = settings;
  const { width: D, experts: E, expertWidth: F } = model;
  const { std } = model.init;
  const norms = (...names: string[]): Record<string, ParameterSpec> => {
    const gain = { shape: [D], initial: 1, std: 0, trained: true, role: "norm" } as const;
    return normHasGain(model) ? Object.fromEntries(names.map((name) => [name, gain])) : {};
  };
  const matrix = (...shape: number[]): ParameterSpec => ({
    shape,
    initial: 0,
    std,
    trained: true,
    role: "matrix",
  });
  const specs: Record<string, ParameterSpec> = {
    embedding: { shape: [V, D], initial: 0, std, trained: true, role: "embedding" },
  };
  const feedForward = (prefix: string, width: number): void => {
    specs[`${prefix}.gate`] = matrix(D, width);
    specs[`${prefix}.up`] = matrix(D, width);
    specs[`${prefix}.down`] = matrix(width, D);
  };
  for (const [layer, router] of routers.entries()) {
    const prefix = layerPrefix(layer);
    Object.assign(specs, norms(`${prefix}.attention_norm`));
    if (model.localizedFiltering) {
      specs[`${prefix}.filter_first`] = matrix(2 * D, D / 2);
      specs[`${prefix}.filter_second`] = matrix(D, D);
      Object.assign(specs, norms(`${prefix}.filter_norm`));
    }
    for (const name of ["query", "key", "value", "output"]) specs[`${prefix}.${name}`] = matrix(D, D);
    if (model.qkNorm) Object.assign(specs, norms(`${prefix}.query_norm`, `${prefix}.key_norm`));
    Object.assign(specs, norms(`${prefix}.moe_norm`));
    if (layer < model.denseLayers) {
      feedForward(`${prefix}.feed_forward`, activeWidth(router, model));
      continue;
    }
    const experts = expertsPrefix(layer, model);
    const M = expertSpace(model);
    specs[`${experts}.gate`] = matrix(E, M, F);
    specs[`${experts}.up`] = matrix(E, M, F);
    specs[`${experts}.down`] = matrix(E, F, M);
    if (model.latentWidth > 0) {
      specs[`${prefix}.latent_down`] = matrix(D, M);
      specs[`${prefix}.latent_up`] = matrix(M, D);
    }
    if (router.alwaysOnExperts > 0) feedForward(`${prefix}.always_on`, router.alwaysOnExperts * F);
    for (const [name, spec] of Object.entries(router.parameters)) {
      specs[`${prefix}.router.${name}`] = { ...spec, role: "router" };
    }
  }
  Object.assign(specs, norms("final_norm"));
  if (!model.tiedEmbeddings) specs["head"] = matrix(D, V);
  return specs;
}

/** Initial values by name: each parameter from a random stream of its own (docs/model.md). */
export function initialParameters(
  specs: Named<ParameterSpec>,
  settings: Settings,
  seed: number,
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      let stream = streamOf(seed, "parameters", name);
      const salt = settings.streams.router;
      if (spec.role === "router" && salt !== 0) stream = stream.fork("redraw").fork(salt);
      return [name, drawParameter(spec, settings.model.init, stream)];
    }),
  );
}

/** Tensor specs of parameters. */
export function tensorSpecs(specs: Named<{ readonly shape: readonly number[] }>): TensorSpecs {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, { shape, dtype: "float32" as const }]),
  );
}

/** A weight with unit standard deviation before truncation: normal, or redrawn while beyond the cut. */
function drawUnit(init: InitSettings, stream: Stream): number {
  let value = stream.normal();
  while (init.distribution === "truncated-normal" && Math.abs(value) > init.cut) value = stream.normal();
  return value;
}

function drawParameter(spec: ParameterSpec, init: ModelSettings["init"], stream: Stream): Float32Array {
  const values = new Float32Array(sizeOf(spec.shape));
  const { initial, std } = spec;
  return std === 0 ? values.fill(initial) : values.map(() => initial + std * drawUnit(init, stream));
}

/** What each layer's router declares, under its full name. */
export function inEveryLayer<T, U>(
  routers: readonly (readonly [layer: number, router: BoundRouter])[],
  own: (router: BoundRouter) => Named<T>,
  make: (item: T) => U,
): Record<string, U> {
  const all: Record<string, U> = {};
  for (const [layer, router] of routers) {
    for (const [name, item] of Object.entries(own(router)))
      all[`${layerPrefix(layer)}.router.${name}`] = make(item);
  }
  return all;
}

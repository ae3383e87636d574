import type { OneRouter, Settings } from "../config/settings.ts";
import { canonicalJson } from "../core/json.ts";
import { routerOfLayer } from "../config/by-layer/spans.ts";
import type { BoundObjective } from "../objectives/objective.ts";
import { boundObjective } from "../objectives/registry.ts";
import { bindRouter, type BoundRouter, routerSizes } from "./bound-router.ts";
import {
  inEveryLayer,
  layerPrefix,
  type ParameterSpec,
  parameterSpecs,
  type StateSpec,
} from "./parameters.ts";
import type { Named, Router, RouterNoise, RouterSizes } from "./router.ts";

/** A model to build: settings, its routers at its sizes, and every tensor by its full name. Made once and handed on. */
export interface ModelSpec {
  readonly settings: Settings;
  readonly sizes: RouterSizes;
  /** The main router. */
  readonly router: BoundRouter;
  /** [L], by layer: one object for all layers of one router and options; the main one's stands for a dense layer, which has none. */
  readonly routers: readonly BoundRouter[];
  /** Whether the routers of all layers route without looking at the future in evaluation. */
  readonly causal: boolean;
  /** Whether all route a token by itself alone in evaluation. */
  readonly tokenwise: boolean;
  /** Whether any router is told labels of the data. */
  readonly seesLabels: boolean;
  readonly parameters: Named<ParameterSpec>;
  readonly objective: BoundObjective;
  /** The untrained state that the routers carry, over all layers. */
  readonly state: Named<StateSpec>;
  /** The noise that the routers want in a training step, over all layers. */
  readonly noise: Named<RouterNoise>;
  /** The same model for other batches: B sequences of T positions. */
  readonly resized: (sizes: Pick<RouterSizes, "B" | "T">) => ModelSpec;
}

/** Routers by the name that settings have; of a model whose layers all have one router, that router. */
export type RouterSource = Router | ((name: string) => Router);

/**
 * Binds the routers that some settings name to them. Options are completed by a router's schema; those of a checked experiment are
 * whole already and stay as they are.
 * @param vocabulary V
 * @throws Error for a single router where layers have several.
 */
export function modelSpec(settings: Settings, source: RouterSource, vocabulary: number): ModelSpec {
  const { model } = settings;
  const sizes = routerSizes(settings, vocabulary);
  const routers = boundRouters(settings, source, sizes);
  const main = routers.main;
  const withExperts = routedLayers(model).map((layer) => [layer, routers.ofLayer[layer] ?? main] as const);
  const { B, T, D, E } = sizes;
  const stateSpec = ({ shape, initial }: { readonly shape: readonly number[]; readonly initial: number }) =>
    ({ shape, dtype: "float32", initial }) as const;
  return {
    settings,
    sizes,
    router: main,
    routers: routers.ofLayer,
    causal: withExperts.every(([, { causal }]) => causal),
    tokenwise: withExperts.every(([, { tokenwise }]) => tokenwise),
    seesLabels: withExperts.some(([, { seesLabels }]) => seesLabels),
    objective: boundObjective(settings.objective),
    parameters: parameterSpecs(settings, routers.ofLayer, sizes),
    state: {
      ...inEveryLayer(withExperts, (router) => router.state, stateSpec),
      ...balancingState(settings, withExperts, E),
    },
    noise: {
      ...inEveryLayer(
        withExperts,
        (router) => router.noise,
        (spec) => spec,
      ),
      ...(settings.training.routerJitter > 0 ? jitterNoise(model, [B * T, D]) : {}),
    },
    resized: ({ B: batchSequences, T: sequenceLength }) =>
      modelSpec(
        { ...settings, data: { ...settings.data, batchSequences, sequenceLength } },
        source,
        vocabulary,
      ),
  };
}

/** The routers of all layers, those of one name and options once. */
function boundRouters(
  { router: named, model }: Pick<Settings, "router" | "model">,
  source: RouterSource,
  sizes: RouterSizes,
): { readonly main: BoundRouter; readonly ofLayer: readonly BoundRouter[] } {
  const several = named.byLayer !== undefined && typeof source !== "function";
  if (several) throw new Error(`the layers have several routers, but only ${source.name} is given`);
  const bound = new Map<string, BoundRouter>();
  const bind = ({ name, options }: OneRouter): BoundRouter => {
    const key = canonicalJson({ name, options });
    const router = typeof source === "function" ? source(name) : source;
    const found = bound.get(key) ?? bindRouter(router, sizes, router.options.parse(options));
    bound.set(key, found);
    return found;
  };
  const main = bind(named);
  const layers = Array.from({ length: model.layers }, (_, layer) => layer);
  return {
    main,
    ofLayer: layers.map((layer) => (layer < model.denseLayers ? main : bind(routerOfLayer(named, layer)))),
  };
}

/** Names of a layer's balancing among the state: assignments of the window, and the bias of the choice. */
export const BALANCING = {
  window: (layer: number) => `${layerPrefix(layer)}.balance_window`,
  bias: (layer: number) => `${layerPrefix(layer)}.selection_bias`,
} as const;

/** State of balancing that is not a router's own: only what the settings ask for and the layer's router can have. */
function balancingState(
  { losses }: Settings,
  withExperts: readonly (readonly [layer: number, router: BoundRouter])[],
  E: number,
): Record<string, StateSpec> {
  const names = withExperts.map(([layer, { wantsBalanceLoss, takesSelectionBias }]) => [
    ...(losses.balanceScope === "window" && wantsBalanceLoss ? [BALANCING.window(layer)] : []),
    ...(losses.biasStep > 0 && takesSelectionBias ? [BALANCING.bias(layer)] : []),
  ]);
  const spec = { shape: [E], dtype: "float32", initial: 0 } as const;
  return Object.fromEntries(names.flat().map((name) => [name, spec]));
}

/** The name of a layer's input jitter among the noise. */
export function jitterName(layer: number): string {
  return `${layerPrefix(layer)}.jitter`;
}

function jitterNoise(model: RoutedLayers, shape: readonly number[]): Record<string, RouterNoise> {
  const noise = { shape, distribution: "uniform" } as const;
  return Object.fromEntries(routedLayers(model).map((layer) => [jitterName(layer), noise]));
}

type RoutedLayers = Pick<Settings["model"], "layers" | "denseLayers">;

/** The layers that have experts. */
function routedLayers({ layers, denseLayers }: RoutedLayers): number[] {
  return Array.from({ length: layers - denseLayers }, (_, index) => denseLayers + index);
}

import type { Settings } from "../config/settings.ts";
import { bindRouter, type BoundRouter, routerSizes } from "./bound-router.ts";
import {
  inEveryLayer,
  layerPrefix,
  type ParameterSpec,
  parameterSpecs,
  type StateSpec,
} from "./parameters.ts";
import type { Named, Router, RouterNoise } from "./router.ts";

/** A model to build: settings, the router at its sizes, and every tensor by its full name. Made once and handed on. */
export interface ModelSpec {
  readonly settings: Settings;
  readonly router: BoundRouter;
  readonly parameters: Named<ParameterSpec>;
  /** The untrained state that the router carries, over all layers. */
  readonly state: Named<StateSpec>;
  /** The noise that the router wants in a training step, over all layers. */
  readonly noise: Named<RouterNoise>;
}

/**
 * Binds the router that some settings name to them. Options are completed by the router's schema; those of a checked experiment are
 * whole already and stay as they are.
 * @param vocabulary V
 */
export function modelSpec(settings: Settings, router: Router, vocabulary: number): ModelSpec {
  const options = router.options.parse(settings.router.options);
  const bound = bindRouter(router, routerSizes(settings, vocabulary), options);
  const { model } = settings;
  const { B, T, D } = bound.sizes;
  return {
    settings,
    router: bound,
    parameters: parameterSpecs(settings, bound),
    state: {
      ...inEveryLayer(model, bound.state, ({ shape, initial }) => ({ shape, dtype: "float32", initial })),
      ...balancingState(settings, bound),
    },
    noise: {
      ...inEveryLayer(model, bound.noise, (spec) => spec),
      ...(settings.training.routerJitter > 0 ? jitterNoise(model, [B * T, D]) : {}),
    },
  };
}

/** Names of a layer's balancing among the state: assignments of the window, and the bias of the choice. */
export const BALANCING = {
  window: (layer: number) => `${layerPrefix(layer)}.balance_window`,
  bias: (layer: number) => `${layerPrefix(layer)}.selection_bias`,
} as const;

/** State of balancing that is not the router's own: only what the settings ask for and the router can have. */
function balancingState(
  { losses, model }: Settings,
  { wantsBalanceLoss, takesSelectionBias, sizes: { E } }: BoundRouter,
): Record<string, StateSpec> {
  const names = routedLayers(model).map((layer) => [
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

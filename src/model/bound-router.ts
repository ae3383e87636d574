import type { Settings } from "../config/settings.ts";
import type { Tensors } from "../engine/types.ts";
import type {
  ExpertOutputs,
  Named,
  OlmoeRouting,
  Router,
  RouterCarry,
  RouterInput,
  RouterMeasure,
  RouterNoise,
  RouterOptions,
  RouterParameter,
  RouterSizes,
  RouterState,
  Routing,
  RoutingMode,
} from "./router.ts";

/** A router parameter, with what its author left out. */
export interface BoundParameter {
  readonly shape: readonly number[];
  /** Mean and standard deviation of the initial values. */
  readonly initial: number;
  readonly std: number;
  readonly trained: boolean;
}

/** A router at the sizes of a model and with its options: everything that it declares, of one layer, and `route`. */
export interface BoundRouter {
  readonly name: string;
  readonly summary: string;
  readonly sizes: RouterSizes;
  readonly causal: boolean;
  readonly causalTraining: boolean;
  readonly tokenwise: boolean;
  readonly interchangeable: boolean;
  readonly wantsBalanceLoss: boolean;
  readonly seesLabels: boolean;
  readonly takesSelectionBias: boolean;
  readonly alwaysOnExperts: number;
  readonly parameters: Named<BoundParameter>;
  readonly state: Named<RouterState>;
  readonly noise: Named<RouterNoise>;
  readonly matrices: Named<readonly number[]>;
  readonly measures: Named<RouterMeasure>;
  readonly carry: Named<RouterCarry>;
  readonly flopsPerToken: number;
  readonly solved: Named<number>;
  readonly olmoe: OlmoeRouting | null;
  readonly route: (input: RouterInput) => Routing;
  /** Absent where the router's state hangs on `route` alone. */
  readonly afterExperts?: (outputs: ExpertOutputs, state: Tensors) => Tensors;
}

/**
 * Binds a router, once.
 * @param options as the router's schema gave them out.
 */
export function bindRouter(router: Router, sizes: RouterSizes, options: RouterOptions): BoundRouter {
  const parameters = Object.entries(router.parameters(sizes, options));
  const { afterExperts } = router;
  return {
    name: router.name,
    summary: router.summary,
    sizes,
    causal: router.causal(options),
    causalTraining: router.causalTraining(options),
    tokenwise: router.tokenwise(options),
    interchangeable: router.interchangeable(options),
    wantsBalanceLoss: router.wantsBalanceLoss(options),
    seesLabels: router.seesLabels,
    takesSelectionBias: router.takesSelectionBias(options),
    alwaysOnExperts: router.alwaysOnExperts(options),
    parameters: Object.fromEntries(parameters.map(([name, spec]) => [name, boundParameter(spec)])),
    state: router.state(sizes, options),
    noise: router.noise(sizes, options),
    matrices: router.matrices(sizes, options),
    measures: router.measures(sizes, options),
    carry: router.carry(sizes, options),
    flopsPerToken: router.flopsPerToken(sizes, options),
    solved: router.solved(sizes, options),
    olmoe: router.olmoe(options),
    route: (input) => router.route(input, sizes, options),
    ...(afterExperts && { afterExperts: (outputs, state) => afterExperts(outputs, state, options) }),
  };
}

function boundParameter({ shape, std = 0, initial = 0, trained = true }: RouterParameter): BoundParameter {
  return { shape, std, initial, trained };
}

/** What a router may depend on. */
export function routerSizes(
  { model, data }: Pick<Settings, "model" | "data">,
  vocabulary: number,
): RouterSizes {
  return {
    B: data.batchSequences,
    T: data.sequenceLength,
    D: model.width,
    E: model.experts,
    K: model.topK,
    V: vocabulary,
    initStd: model.init.std,
  };
}

/** The noise that is drawn in a mode. */
export function noiseIn(noise: Named<RouterNoise>, mode: RoutingMode): Named<RouterNoise> {
  return Object.fromEntries(
    Object.entries(noise).filter(([, { inEvaluation = false }]) => mode === "train" || inEvaluation),
  );
}

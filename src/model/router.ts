import type { RouterSchema } from "../config/settings.ts";
import type { TensorSpec } from "../core/axes.ts";
import type { Tensor, Tensors } from "../engine/types.ts";

/** Sizes that a router may depend on. */
export interface RouterSizes {
  /** B, sequences. */
  readonly B: number;
  /** T, positions. */
  readonly T: number;
  /** D, width. */
  readonly D: number;
  /** E, routed experts. */
  readonly E: number;
  /** K, experts a token. */
  readonly K: number;
  /** V, vocabulary. */
  readonly V: number;
  /** Standard deviation of the model's weight initialisation. */
  readonly initStd: number;
}

/** train: with noise; eval: without; causal-eval: only what a language model may see (non-causal routers differ). */
export type RoutingMode = "train" | "eval" | "causal-eval";

/** What a router is given, per layer. */
export interface RouterInput {
  /** [S, D], normalised hidden states. */
  readonly x: Tensor;
  /** [S] int32, token ids. */
  readonly tokens: Tensor;
  readonly mode: RoutingMode;
  readonly parameters: Tensors;
  readonly state: Tensors;
  /** Fresh draws in training; empty in evaluation. */
  readonly noise: Tensors;
}

/** Who processes what. */
export type Assignment =
  | {
      readonly kind: "token-choice";
      /** [S, K] int32, distinct experts of each token. */
      readonly expert: Tensor;
      /** [S, K], weight of each. */
      readonly gate: Tensor;
    }
  | {
      readonly kind: "expert-choice";
      /** [E, C] int32, distinct tokens of each expert. */
      readonly token: Tensor;
      /** [E, C], weight of each. */
      readonly gate: Tensor;
    }
  | {
      readonly kind: "dense";
      /** [S, E], zero where the expert does not process the token. */
      readonly gate: Tensor;
    };

/** What a router returns, per layer. */
export interface Routing {
  readonly assignment: Assignment;
  /** [S, E], scores for the z-loss; absent where the router has none. */
  readonly logits?: Tensor;
  /** [S, E], probabilities over all experts for the balance loss; absent where it has none. */
  readonly probs?: Tensor;
  /** Extra losses of its own, scalars, already weighted. */
  readonly losses?: Tensors;
  /** Next values of its untrained state. */
  readonly state?: Tensors;
  /** Named matrices for the analyses, means over tokens, e.g. `correlation` [E, E]. */
  readonly matrices?: Tensors;
}

/** How a router parameter starts. */
export interface RouterParameter {
  readonly shape: readonly number[];
  /** Standard deviation; the distribution is the model's. 0 starts at zero. */
  readonly std: number;
  /** false: keeps its initial value for ever. */
  readonly trained: boolean;
}

/** An untrained tensor that a router carries from step to step. */
export interface RouterState extends TensorSpec {
  /** Every element starts with it. */
  readonly initial: number;
}

/** Noise that the harness draws for every training step, each element by itself. */
export interface RouterNoise {
  readonly shape: readonly number[];
  readonly distribution: "normal" | "uniform";
}

/** How OLMoE routes with a router's parameters. */
export interface OlmoeRouting {
  /** The parameter [D, E] whose product with a token gives the logits. */
  readonly weight: string;
  /** The gates of the chosen are divided by their sum. */
  readonly normTopKProb: boolean;
}

/** Options after the router's schema filled them in. */
export type RouterOptions = Readonly<Record<string, unknown>>;

/**
 * A router: one file in routers/, default export. Shared code never asks which one it has; what it must know is
 * declared here. See docs/your-router.md.
 */
export interface Router extends RouterSchema {
  /** Paper and section, e.g. "Yuan 2.0-M32, arXiv 2405.17976, section 3". */
  readonly paper: string;
  /** One sentence for `moe-lab list routers`. */
  readonly summary: string;
  /** Whether the present is routed without looking at the future. */
  readonly causal: (options: RouterOptions) => boolean;
  /** Whether the shared balance loss applies. */
  readonly wantsBalanceLoss: boolean;
  /** Experts that process every token, beside the E routed ones; same width. */
  readonly alwaysOnExperts: (options: RouterOptions) => number;
  /** Its parameters of one layer, by name. */
  readonly parameters: (
    sizes: RouterSizes,
    options: RouterOptions,
  ) => Readonly<Record<string, RouterParameter>>;
  /** Its state of one layer, by name. */
  readonly state: (sizes: RouterSizes, options: RouterOptions) => Readonly<Record<string, RouterState>>;
  /** The noise of one layer that `route` wants in training, by name; absent when it wants none. */
  readonly noise?: (sizes: RouterSizes, options: RouterOptions) => Readonly<Record<string, RouterNoise>>;
  /** Names and shapes of the matrices that `route` returns. */
  readonly matrices: (
    sizes: RouterSizes,
    options: RouterOptions,
  ) => Readonly<Record<string, readonly number[]>>;
  /** Forward FLOPs a token and layer (a multiply-add is 2). */
  readonly flopsPerToken: (sizes: RouterSizes, options: RouterOptions) => number;
  /** Effective values of options that are solved rather than given, recorded in the run; {} when none. */
  readonly solved: (sizes: RouterSizes, options: RouterOptions) => Readonly<Record<string, number>>;
  readonly route: (input: RouterInput, sizes: RouterSizes, options: RouterOptions) => Routing;
  /**
   * For `moe-lab export`, where in evaluation it is OLMoE's router to the last number: softmax over x W, the K largest chosen,
   * weighted by their probabilities. Absent or null where it is not.
   */
  readonly olmoe?: (options: RouterOptions) => OlmoeRouting | null;
}

/** Type helper for router files: checks the contract, keeps the literal. */
export function defineRouter(router: Router): Router {
  return router;
}

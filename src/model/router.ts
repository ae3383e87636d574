import { z } from "zod";
import type { DataSettings, ModelSettings, RouterSchema } from "../config/settings.ts";
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

/** Things by name. */
export type Named<T> = Readonly<Record<string, T>>;

/** A tensor for everything that is declared by name. */
export type TensorsOf<Declared> = { readonly [Name in keyof Declared]: Tensor };

interface DeclaredParameter {
  readonly shape: readonly number[];
  /** false: keeps its initial value for ever; true where it is left out. */
  readonly trained?: boolean;
}

/** How a router parameter starts: at random around zero, or every element at one value. */
export type RouterParameter =
  | (DeclaredParameter & {
      /** Standard deviation; the distribution is the model's. 0 starts at zero. */
      readonly std: number;
      readonly initial?: never;
    })
  | (DeclaredParameter & {
      /** Every element starts with it. */
      readonly initial: number;
      readonly std?: never;
    });

/** An untrained tensor, float32, that a router carries from step to step. */
export interface RouterState {
  readonly shape: readonly number[];
  /** Every element starts with it. */
  readonly initial: number;
  readonly dtype?: "float32";
}

/** Noise that the harness draws for every training step, each element by itself. */
export interface RouterNoise {
  readonly shape: readonly number[];
  readonly distribution: "normal" | "uniform";
  /** Drawn for every batch of an evaluation too; the same draws in each evaluation of a run. */
  readonly inEvaluation?: boolean;
}

/** Numbers of every token that a router hands to the one of the layer above. */
export interface RouterCarry {
  /** [B * T, ..] */
  readonly shape: readonly number[];
}

/** A number of every token that only this kind of router has, for the analyses. */
export interface RouterMeasure {
  /** What it is counted in, e.g. "share of tokens" for one that is 0 or 1. */
  readonly unit: string;
  /** What it would be by chance; absent where that is not one number. */
  readonly chance?: number;
}

/** What a router is given, per layer: tensors under the names that it declares. */
export interface RouterInput<
  P extends Named<RouterParameter> = Named<RouterParameter>,
  S extends Named<RouterState> = Named<RouterState>,
  N extends Named<RouterNoise> = Named<RouterNoise>,
  C extends Named<RouterCarry> = Named<RouterCarry>,
> {
  /** [S, D], normalised hidden states. */
  readonly x: Tensor;
  /** [S] int32, token ids. */
  readonly tokens: Tensor;
  /**
   * [S] int32, 0 to 255: what the data knows of each token (the rule of a synthetic task; of text, its domain). Only there for a
   * router that declares `seesLabels`.
   */
  readonly labels?: Tensor | undefined;
  readonly mode: RoutingMode;
  /**
   * [E], to be added to the scores by which experts are chosen, but not to their weights. Only there for a router that declares
   * `takesSelectionBias`, where the experiment asks for it (`losses.biasStep`).
   */
  readonly selectionBias?: Tensor | undefined;
  readonly parameters: TensorsOf<P>;
  readonly state: TensorsOf<S>;
  /** Fresh draws in training; in evaluation only those that declare `inEvaluation`. */
  readonly noise: Partial<TensorsOf<N>>;
  /** What the router of the layer below handed on; zeros in the first layer. */
  readonly carry: TensorsOf<C>;
}

/** Who processes what. */
export type Assignment =
  | {
      readonly kind: "token-choice";
      /** [S, K] int32, distinct experts of each token. */
      readonly expert: Tensor;
      /** [S, K], weight of each. */
      readonly gate: Tensor;
      /**
       * Weights [S, K] that other experts [S, K] int32 would have, for the analyses, which ask what else could have been chosen (model/routes.ts).
       * Absent where a token's weights hang on more than who its experts are.
       */
      readonly gateOf?: (expert: Tensor) => Tensor;
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
      /** [S, E], zero where the expert does not process the token: it is not computed there, and its gate gets no gradient. */
      readonly gate: Tensor;
      /** Experts at gate zero are computed too, so that their gates get a gradient: E experts a token, whatever the gates. */
      readonly everyExpert?: true;
    };

/** What a router returns, per layer. */
export interface Routing<
  S extends Named<RouterState> = Named<RouterState>,
  M extends Named<readonly number[]> = Named<readonly number[]>,
  C extends Named<RouterCarry> = Named<RouterCarry>,
  Me extends Named<RouterMeasure> = Named<RouterMeasure>,
> {
  readonly assignment: Assignment;
  /** [S, D], what the router itself adds to the sum of its experts, such as the token as it came; absent where that is nothing. */
  readonly output?: Tensor;
  /** [S, E], scores for the z-loss; absent where the router has none. */
  readonly logits?: Tensor;
  /** [S, E], probabilities over all experts for the balance loss; absent where it has none. */
  readonly probs?: Tensor;
  /** Extra losses of its own, scalars, already weighted. */
  readonly losses?: Tensors;
  /** Next values of its untrained state; what `afterExperts` gives goes before. */
  readonly state?: TensorsOf<S>;
  /** Named matrices for the analyses, means over tokens, e.g. `correlation` [E, E]. */
  readonly matrices?: TensorsOf<M>;
  /** What `measures` declares, [S] each; asked for by the analyses alone. */
  readonly measures?: () => TensorsOf<Me>;
  /** What it hands to the router of the layer above, with its gradient. */
  readonly carry?: TensorsOf<C>;
}

/** What the experts of a layer made of the tokens of a training step; no gradient. */
export interface ExpertOutputs {
  /** [E, D], what an expert adds to a token that it has at weight 1, mean over its tokens; zeros where it had none. */
  readonly mean: Tensor;
  /** [E], the tokens that each had. */
  readonly tokens: Tensor;
}

/** How OLMoE routes with a router's parameters. */
export interface OlmoeRouting {
  /** The parameter [D, E] whose product with a token gives the logits. */
  readonly weight: string;
  /** The gates of the chosen are divided by their sum. */
  readonly normTopKProb: boolean;
}

/** Options after the router's schema filled them in. */
export type RouterOptions = Named<unknown>;

/** A combination of settings that a router can't have. */
export interface RouterProblem {
  /** Dotted, below the settings: `model.topK`. */
  readonly path: string;
  /** Goes on behind the path: `is 1, but ...`. */
  readonly message: string;
}

/** Something that depends on a router's options, or on the model's sizes too. */
type ByOptions<O, T> = (options: O) => T;
type BySizes<O, T> = (sizes: RouterSizes, options: O) => T;

/**
 * What a router's author writes, as the argument of `defineRouter`. `O` are the options as its schema fills them in; `route`
 * gets the parameters, state and noise under the names that are declared, so these stand before it.
 */
export interface RouterDefinition<
  Schema extends z.ZodObject,
  P extends Named<RouterParameter>,
  S extends Named<RouterState>,
  N extends Named<RouterNoise>,
  M extends Named<readonly number[]>,
  C extends Named<RouterCarry>,
  Me extends Named<RouterMeasure> = Named<RouterMeasure>,
  O = z.output<Schema>,
> {
  /** Lower-case words joined by "-". */
  readonly name: string;
  /** Paper and section, e.g. "Yuan 2.0-M32, arXiv 2405.17976, section 3". */
  readonly paper: string;
  /** One sentence for `moe-lab list routers`. */
  readonly summary: string;
  /** Its own options, with defaults and descriptions; none where it is left out. */
  readonly options?: Schema;
  /** Combinations of settings that it can't have; where it is left out, all are well. */
  readonly problems?: (options: O, model: ModelSettings, data: DataSettings) => readonly RouterProblem[];
  /** Whether the present is routed without looking at the future, or at other sequences, in evaluation. */
  readonly causal: boolean | ByOptions<O, boolean>;
  /** Whether training too is without the future; where it is left out, as `causal`. */
  readonly causalTraining?: boolean | ByOptions<O, boolean>;
  /**
   * Whether evaluation routes a token by itself alone (hidden state, id, label and carry), whatever stands before it and wherever it stands;
   * of a router that is not causal, causal evaluation. Then a model can be asked token by token. False where it is left out, which is always right and
   * slower; it must be false for room that earlier tokens take, positions, and noise that is drawn in evaluation.
   */
  readonly tokenwise?: boolean | ByOptions<O, boolean>;
  /** Whether the shared balance loss applies. */
  readonly wantsBalanceLoss: boolean | ByOptions<O, boolean>;
  /** Whether it is told labels of the data, which no model of language has: an oracle, marked in every table. False where it is left out. */
  readonly seesLabels?: boolean;
  /** Whether `route` adds `selectionBias` to the scores by which it chooses. False where it is left out. */
  readonly takesSelectionBias?: boolean | ByOptions<O, boolean>;
  /** Experts that process every token, beside the E routed ones; same width. None where it is left out. */
  readonly alwaysOnExperts?: ByOptions<O, number>;
  /**
   * Whether experts renumbered in parameters, state, noise and carry give the renumbered result; where it is left out, they do. false for
   * groups of experts, and experts that are special.
   */
  readonly interchangeable?: boolean | ByOptions<O, boolean>;
  /** Its parameters of one layer, by name. */
  readonly parameters?: BySizes<O, P>;
  /** Its state of one layer, by name. */
  readonly state?: BySizes<O, S>;
  /** The noise of one layer that `route` wants in training, by name. */
  readonly noise?: BySizes<O, N>;
  /** Names and shapes of the matrices that `route` returns. */
  readonly matrices?: BySizes<O, M>;
  /** Numbers of every token that `route` returns for the analyses, by name. */
  readonly measures?: BySizes<O, Me>;
  /** What it hands from layer to layer, by name. */
  readonly carry?: BySizes<O, C>;
  /** Forward FLOPs a token and layer (a multiply-add is 2). */
  readonly flopsPerToken: BySizes<O, number>;
  /** Effective values of options that are solved rather than given, recorded in the run. */
  readonly solved?: BySizes<O, Named<number>>;
  readonly route: (input: RouterInput<P, S, N, C>, sizes: RouterSizes, options: O) => Routing<S, M, C, Me>;
  /**
   * For a router whose state hangs on what its experts made: called in training behind them, it returns next values of its state, all that `route`
   * does not. `state` is as `route` got it, so a token learns of others in later steps alone.
   */
  readonly afterExperts?: (outputs: ExpertOutputs, state: TensorsOf<S>, options: O) => Partial<TensorsOf<S>>;
  /**
   * For `moe-lab export`, where in evaluation it is OLMoE's router to the last number: softmax over x W, the K largest chosen,
   * weighted by their probabilities. Absent or null where it is not.
   */
  readonly olmoe?: ByOptions<O, OlmoeRouting | null>;
}

/** A router with everything that its author left out filled in, and its names and options as plain records. */
export interface Router extends RouterSchema {
  readonly paper: string;
  readonly summary: string;
  readonly causal: ByOptions<RouterOptions, boolean>;
  readonly causalTraining: ByOptions<RouterOptions, boolean>;
  readonly tokenwise: ByOptions<RouterOptions, boolean>;
  readonly interchangeable: ByOptions<RouterOptions, boolean>;
  readonly wantsBalanceLoss: ByOptions<RouterOptions, boolean>;
  readonly seesLabels: boolean;
  readonly takesSelectionBias: ByOptions<RouterOptions, boolean>;
  readonly alwaysOnExperts: ByOptions<RouterOptions, number>;
  readonly parameters: BySizes<RouterOptions, Named<RouterParameter>>;
  readonly state: BySizes<RouterOptions, Named<RouterState>>;
  readonly noise: BySizes<RouterOptions, Named<RouterNoise>>;
  readonly matrices: BySizes<RouterOptions, Named<readonly number[]>>;
  readonly measures: BySizes<RouterOptions, Named<RouterMeasure>>;
  readonly carry: BySizes<RouterOptions, Named<RouterCarry>>;
  readonly flopsPerToken: BySizes<RouterOptions, number>;
  readonly solved: BySizes<RouterOptions, Named<number>>;
  readonly route: (input: RouterInput, sizes: RouterSizes, options: RouterOptions) => Routing;
  readonly afterExperts?: (outputs: ExpertOutputs, state: Tensors, options: RouterOptions) => Tensors;
  readonly olmoe: ByOptions<RouterOptions, OlmoeRouting | null>;
}

/** Nothing: what a router has of whatever it does not declare. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- no name at all is what is meant
type None = Record<never, never>;

/**
 * Makes a router: one file below routers/, default export. Shared code never asks which one it has; what it must know is
 * declared here. See docs/your-router.md.
 */
export function defineRouter<
  Schema extends z.ZodObject = z.ZodObject<None, z.core.$strict>,
  P extends Named<RouterParameter> = None,
  S extends Named<RouterState> = None,
  N extends Named<RouterNoise> = None,
  M extends Named<readonly number[]> = None,
  C extends Named<RouterCarry> = None,
  Me extends Named<RouterMeasure> = None,
>(definition: RouterDefinition<Schema, P, S, N, M, C, Me>): Router {
  const nothing = (): None => ({});
  const filled = {
    options: z.strictObject({}),
    problems: () => [],
    seesLabels: false,
    alwaysOnExperts: () => 0,
    ...{
      parameters: nothing,
      state: nothing,
      noise: nothing,
      matrices: nothing,
      measures: nothing,
      carry: nothing,
      solved: nothing,
    },
    olmoe: () => null,
    ...definition,
    causal: byOptions(definition.causal),
    causalTraining: byOptions(definition.causalTraining ?? definition.causal),
    tokenwise: byOptions(definition.tokenwise ?? false),
    interchangeable: byOptions(definition.interchangeable ?? true),
    takesSelectionBias: byOptions(definition.takesSelectionBias ?? false),
    wantsBalanceLoss: byOptions(definition.wantsBalanceLoss),
  };
  // Options come from its own schema, and tensors under its own names: model/bound-router.ts sees to it.
  return filled as unknown as Router;
}

/** What is no truth value stays as it is, for the check to refuse. */
function byOptions<O>(declared: boolean | ByOptions<O, boolean>): ByOptions<O, boolean> {
  return typeof declared === "boolean" ? () => declared : declared;
}

import type { ZodObject } from "zod";

/**
 * The resolved settings of one run: every field present, nothing defaulted later. What the user writes is
 * `WrittenExperiment` (schema.ts); `resolve.ts` makes these from it, and defaults live in `defaults.ts` alone.
 */

/** The decoder LM (OLMoE's, DESIGN 6). Sizes in the axis letters of core/axes.ts. */
export interface ModelSettings {
  /** D, width of the residual stream. */
  readonly width: number;
  /** L, number of decoder layers; each has an MoE. */
  readonly layers: number;
  /** H, attention heads; divides width. */
  readonly heads: number;
  /** E, routed experts a layer. */
  readonly experts: number;
  /** K, experts a token. */
  readonly topK: number;
  /** F, hidden width of one expert. */
  readonly expertWidth: number;
  /** The kind of every norm, QK-norm included: RMSNorm, or LayerNorm with or without a gain (never a bias). */
  readonly norm: "rms" | "layer" | "layer-nonparametric";
  /** Epsilon of the norms. */
  readonly normEps: number;
  /** A norm over all of D on queries and keys, before the heads are split. */
  readonly qkNorm: boolean;
  /** Queries and keys are made from tokens filtered with the two before them (LFA, Yuan 2.0). */
  readonly localizedFiltering: boolean;
  /** Base of the rotary embedding. */
  readonly rotaryBase: number;
  /** The output projection is the transposed embedding. */
  readonly tiedEmbeddings: boolean;
  readonly init: InitSettings;
}

/** Initialisation of every weight matrix; norm gains start at 1. */
export interface InitSettings {
  readonly distribution: "normal" | "truncated-normal";
  readonly std: number;
  /** Truncation, in standard deviations; used by truncated-normal. */
  readonly cut: number;
}

/** Which router, with all its options present (its own schema fills them in). */
export interface RouterSettings {
  /** File name under routers/, or the module path that the experiment file gives. */
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Weights of the auxiliary losses; zero turns a loss off. */
interface LossSettings {
  /** Times the balance loss (1 at perfect balance, mean over layers). */
  readonly balanceWeight: number;
  /** Times the router z-loss (mean over tokens and layers). */
  readonly zWeight: number;
}

/** Where text comes from: one of the shipped corpora, or files of the user's own. */
export interface DomainSettings {
  readonly name: string;
  /** Share of the training sequences, normalised over domains. */
  readonly weight: number;
  /** Share of the validation loss and its tokens, normalised over domains; null: as in training. */
  readonly validationWeight: number | null;
  /** Shipped corpus name, or null when `files` is given. */
  readonly corpus: string | null;
  /** Absolute paths of files and folders of the user's own (folders are read recursively). */
  readonly files: readonly string[];
}

export interface DataSettings {
  readonly domains: readonly DomainSettings[];
  /** Share of each domain's documents (by bytes) held out for validation. */
  readonly validationShare: number;
  /** The same for test. */
  readonly testShare: number;
  /** T, tokens a sequence. */
  readonly sequenceLength: number;
  /** B, sequences a batch. */
  readonly batchSequences: number;
  /** Validation tokens of the final evaluation, divided over domains by weight; whole sequences. */
  readonly validationTokens: number;
}

interface OptimizerSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Whether norm gains decay too. */
  readonly decayNorms: boolean;
  /** Whether embeddings decay too. */
  readonly decayEmbeddings: boolean;
  /** Clip of the global gradient norm; null does not clip. */
  readonly clipNorm: number | null;
}

export interface TrainingSettings {
  readonly steps: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  readonly warmupSteps: number;
  /** The cosine ends at this share of the peak. */
  readonly finalLearningRateShare: number;
  /** Share of the last steps in which the learning rate falls in a straight line to zero, after the cosine; 0: none. */
  readonly annealShare: number;
  /** Steps between two evaluations on a part of the validation tokens; the last step is always evaluated in full. */
  readonly evaluateEvery: number;
  /** Tokens of those intermediate evaluations. */
  readonly evaluationTokens: number;
  /** The final model has the mean of the weights after each of this last share of the steps; 0: those of the last step. */
  readonly averageLastShare: number;
  readonly optimizer: OptimizerSettings;
}

/** Steps of the anneal at the end: the nearest whole number, and at least one where there is an anneal. */
export function annealSteps({ annealShare, steps }: Pick<TrainingSettings, "annealShare" | "steps">): number {
  return annealShare === 0 ? 0 : Math.max(1, Math.round(annealShare * steps));
}

/** Extra salts of named random streams; 0 is the plain stream. */
interface StreamSettings {
  /** Re-draws the router's initialisation alone (A/A runs). */
  readonly router: number;
}

/** Everything that decides the numbers of a run that starts at random, but the seed. */
export interface OwnSettings {
  readonly model: ModelSettings;
  readonly router: RouterSettings;
  readonly losses: LossSettings;
  readonly data: DataSettings;
  readonly training: TrainingSettings;
  readonly streams: StreamSettings;
}

/** Noise in experts that are copies (OLMoE, appendix F): weights drawn again from a normal distribution. */
interface NoiseSettings {
  /** Chance of each expert weight to be replaced. */
  readonly share: number;
  /** Standard deviation of what replaces it. */
  readonly std: number;
}

/** The run to train first, from whose final weights a run starts: its settings, and how they are taken over. */
export interface ParentSettings extends OwnSettings {
  /** Seed of the parent; null: the seed of the run that starts from it. */
  readonly seed: number | null;
  /** Takes the router's weights and state over too; else the router starts anew. */
  readonly keepRouter: boolean;
  /** Null: experts are exact copies. */
  readonly noise: NoiseSettings | null;
}

/** Everything that decides the numbers of a run, but the seed. */
export interface Settings extends OwnSettings {
  /** Null: starts at random. */
  readonly parent: ParentSettings | null;
}

/** Settings without what they say of a parent, or without how a parent's weights are taken over. */
export function ownSettings({ model, router, losses, data, training, streams }: OwnSettings): OwnSettings {
  return { model, router, losses, data, training, streams };
}

/** One named arm of an experiment. */
export interface Variant {
  readonly name: string;
  /** Shown in tables and legends; the name when the file gives none. */
  readonly label: string;
  /** Dotted paths of `Settings` in which this variant may differ from the base; others differing is an error. */
  readonly varies: readonly string[];
  readonly settings: Settings;
}

/** Names of the control variants (papers.md 7.6); null when the experiment has none. */
export interface Controls {
  /** Learned routing against frozen random routing. */
  readonly floor: string | null;
  /** A dense model of equal active compute. */
  readonly dense: string | null;
}

/** A whole experiment, validated and frozen. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** Paper and place in it, or "". */
  readonly paper: string;
  readonly tier: string;
  readonly seeds: readonly number[];
  /** Name of the variant that others are compared with. */
  readonly baseline: string;
  readonly controls: Controls;
  /** Column of results that is compared, e.g. "validation_loss_nats". */
  readonly metric: string;
  /** Equivalence margin as a share of the baseline's mean, e.g. 0.003 for 0.3 %. */
  readonly margin: number;
  readonly variants: readonly Variant[];
  /** The recipe (recipes.ts) that the variants' settings are under; absent: as written. No run's id depends on it. */
  readonly recipe?: string | undefined;
  /** Its file, from the folder it was run in, for commands that are printed; absent when it is not below that folder. */
  readonly file?: string | undefined;
}

/** What `config` must know of a router to check an experiment; routers/ conform to it by structure. */
export interface RouterSchema {
  readonly name: string;
  /** Fills in defaults and checks the router's own options (a zod object schema, strict). */
  readonly options: ZodObject;
  /**
   * Combinations that the router can't have, with the dotted path below the settings, e.g. `model.topK`.
   * Empty when all is well.
   */
  readonly problems: (
    options: Readonly<Record<string, unknown>>,
    model: ModelSettings,
    data: DataSettings,
  ) => readonly { readonly path: string; readonly message: string }[];
}

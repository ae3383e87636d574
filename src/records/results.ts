/** Final numbers of a run; null where a router or a setting has no such number. Losses in nats per token. */
export interface FinalResults {
  readonly tokensTrained: number;
  /** Mean language-model loss over the last 5 % of the training steps. */
  readonly trainLossNats: number;
  readonly validationLossNats: number;
  readonly validationBitsPerByte: number;
  /** Validation loss when only the past may decide the routing; null for causal routers. */
  readonly causalValidationLossNats: number | null;
  /** Validation loss of each domain, nats per token. */
  readonly domainLossNats: Readonly<Record<string, number>>;
  /** Balance loss on validation, mean over layers, 1 at perfect balance; null without probabilities. */
  readonly balanceLoss: number | null;
  /** z-loss on validation, mean over layers; null without logits. */
  readonly zLoss: number | null;
  /** Largest share of a layer's assignments that one expert gets on validation, maximum over layers. */
  readonly maxLoadShare: number;
  /** Experts, over all layers, with under 1 % of the uniform share on validation. */
  readonly deadExperts: number;
  /** Share of validation tokens that no routed expert took, maximum over layers. */
  readonly unroutedShare: number;
  /**
   * Loss on the test split, routed as in validation, on as many tokens where it has them; null where it has not a batch of each domain, absent in
   * runs of before it was measured.
   */
  readonly testLossNats?: number | null | undefined;
  /** Absent where the data is text. */
  readonly task?: TaskResults | undefined;
  /** What the objective reports on validation, by name; absent where it reports nothing. */
  readonly objective?: Readonly<Record<string, number>> | undefined;
  /** What the model could do; absent where the data has no instructions, or its router is told labels. */
  readonly answers?: AnswerResults | undefined;
}

/** Questions of a split's instructions that were asked, and those that were answered right, byte for byte, by domain. */
export type SplitAnswers = Readonly<Record<string, { readonly asked: number; readonly right: number }>>;

/** Questions with answers to choose between, and those in which the right one was thought the best. */
export interface ChoiceCounts {
  readonly asked: number;
  /** k answers of each question; chance is 1 / k. */
  readonly choices: number;
  /** By the probability of the whole answer. */
  readonly right: number;
  /** By that of a byte of it, its geometric mean. */
  readonly rightPerByte: number;
}

/** How a model answered at the end of training. */
export interface AnswerResults {
  readonly validation: SplitAnswers;
  readonly test: SplitAnswers;
  /** On the questions of validation. */
  readonly choice: ChoiceCounts;
  /** On some of test; absent in runs of before samples were drawn. */
  readonly samples?: SampleResults | undefined;
}

/** Answers drawn at one temperature (at the end of training 1), `each` to a question. A token is a byte. */
export interface SampleResults {
  readonly questions: number;
  readonly each: number;
  /** Right ones, of questions x each. */
  readonly right: number;
  /** Questions with a right one among their samples. */
  readonly solved: number;
  /** Different n-grams as a share of those of a question's samples, mean over questions, n = 1 to 4; null where no sample is that long. */
  readonly distinct: readonly (number | null)[];
  /** 0 to 1: BLEU of a sample with the question's others as references, mean. */
  readonly selfBleu: number;
  /** Entropy of an answer, its end included, nats. */
  readonly entropyNats: number;
  /** Tokens of a sample, its end included, mean. */
  readonly tokens: number;
}

/** What only a synthetic task lets one know of a run, on its final validation tokens. Nats; information is a mean over layers. */
export interface TaskResults {
  /** Loss a token of the best predictor that sees the sequence so far. */
  readonly optimumNats: number;
  /** Entropy of the labels: the most that experts can tell of them. */
  readonly labelNats: number;
  /** Mutual information of expert and label, over assignments. */
  readonly informationNats: number;
  /** The same with labels shuffled over tokens, mean of several shuffles: what chance alone gives (never zero). */
  readonly shuffledInformationNats: number;
}

/** Share of validation assignments: load[layer][expert]; a dense layer has none. */
export type LoadTable = readonly (readonly number[])[];

/** A named matrix of one layer, mean over validation tokens. */
export interface MatrixRecord {
  readonly name: string;
  readonly layer: number;
  readonly values: readonly (readonly number[])[];
}

/** One row of metrics.csv. Empty cells are null. */
export interface MetricRow {
  readonly step: number;
  readonly tokens: number;
  readonly learningRate: number;
  /** Mean language-model loss, nats a token (of answers, where the objective learns these), whatever else is minimised. */
  readonly trainLossNats: number;
  readonly balanceLoss: number | null;
  readonly zLoss: number | null;
  readonly gradientNorm: number;
  /** On the intermediate evaluation tokens; null between evaluations. */
  readonly validationLossNats: number | null;
  /** What the objective reports, by name; absent where it reports nothing. */
  readonly objective?: Readonly<Record<string, number>>;
}

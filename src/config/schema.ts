import { z } from "zod";
import { NAME_PATTERN } from "./paths.ts";

/**
 * What a person may write in an experiment file, and the ranges of its numbers. Nothing is defaulted here
 * (defaults.ts) and nothing that needs two fields is checked here (rules.ts).
 */

/** Shipped corpora, by the name that an experiment file uses. */
export const SHIPPED_CORPORA = ["fiction", "speeches", "dictionary", "code", "arithmetic"] as const;

/** Most seeds of one experiment. */
export const MAX_SEEDS = 1000;

/** Most optimiser steps of one run. */
export const MAX_STEPS = 1e7;

/** Sizes of an experiment, by the name that --tier takes. */
export const TIERS = ["quick", "standard", "full"] as const;

/** Result columns that an experiment can be decided by. */
const METRICS = ["validation_loss_nats", "causal_validation_loss_nats"] as const;

const integer = (least: number, most: number, description: string) => {
  return z.int().min(least).max(most).describe(description);
};
const number = (least: number, most: number, description: string) => {
  return z.number().min(least).max(most).describe(description);
};
/** Above zero, up to a maximum. */
const positive = (most: number, description: string) => {
  return z.number().gt(0).max(most).describe(description);
};
const name = (description: string) => {
  return z
    .string()
    .regex(
      NAME_PATTERN,
      'must be letters, digits, "-", "_" and ".", starting with a letter or digit, at most 64',
    )
    .describe(description);
};
const text = (description: string) => z.string().min(1).max(300).describe(description);

const model = z
  .strictObject({
    width: integer(1, 8192, "D, width of the residual stream."),
    layers: integer(1, 128, "L, number of decoder layers; each has an MoE."),
    heads: integer(1, 256, "H, attention heads; width / heads must be an even whole number."),
    experts: integer(1, 1024, "E, routed experts a layer."),
    topK: integer(1, 1024, "K, experts that process one token; at most experts."),
    expertWidth: integer(1, 65536, "F, hidden width of one expert."),
    norm: z
      .enum(["rms", "layer", "layer-nonparametric"])
      .describe("Kind of every norm: RMSNorm, or LayerNorm with a gain (no bias) or without."),
    normEps: positive(0.1, "Epsilon of the norms."),
    qkNorm: z
      .boolean()
      .describe("A norm on queries and keys, over all of the width, before heads are split."),
    localizedFiltering: z
      .boolean()
      .describe(
        "Queries and keys from tokens filtered with the two before them (Yuan 2.0's LFA): two causal convolutions of kernel 2.",
      ),
    rotaryBase: number(1, 1e9, "Base of the rotary position embedding."),
    tiedEmbeddings: z.boolean().describe("The output projection is the transposed embedding."),
    init: z
      .strictObject({
        distribution: z.enum(["normal", "truncated-normal"]).describe("Distribution of initial weights."),
        std: positive(1, "Standard deviation of initial weights."),
        cut: number(0.5, 10, "Truncation of truncated-normal, in standard deviations."),
      })
      .partial()
      .describe("Initialisation of every weight matrix; norm gains start at 1."),
  })
  .partial()
  .describe("The decoder language model.");

const router = z
  .strictObject({
    name: text(
      "A shipped router (`moe-lab list routers`), or the path of a module of your own, relative to this file.",
    ),
    options: z.record(z.string(), z.unknown()).describe("The router's own options."),
  })
  .partial()
  .describe("Who decides which experts process a token. A new name starts from that router's own defaults.");

const losses = z
  .strictObject({
    balanceWeight: number(
      0,
      100,
      "Weight of the load-balancing loss (1 at perfect balance); 0 turns it off.",
    ),
    zWeight: number(0, 100, "Weight of the router z-loss; 0 turns it off."),
  })
  .partial()
  .describe("Weights of the auxiliary losses.");

const domain = z
  .strictObject({
    name: name("Name of the domain; a shipped corpus's name needs nothing else."),
    weight: positive(1e6, "Share of the training sequences, relative to the other domains.").optional(),
    validationWeight: positive(
      1e6,
      "Share of the validation loss, relative to the other domains; null or left out: the weight.",
    )
      .nullable()
      .optional(),
    corpus: z.enum(SHIPPED_CORPORA).describe("Shipped corpus to read.").optional(),
    files: z
      .array(z.string().min(1).max(4096))
      .min(1)
      .describe("Your own UTF-8 files, or folders read with all below them; relative to this file.")
      .optional(),
  })
  .describe("Text of one kind: a shipped corpus, or files of your own.");

const data = z
  .strictObject({
    domains: z
      .array(domain)
      .min(1)
      .max(100)
      .describe("The kinds of text; replaces the list of the base as a whole."),
    validationShare: positive(0.9, "Share of each domain's bytes held out for validation, by document."),
    testShare: positive(0.9, "Share of each domain's bytes held out for test, by document."),
    sequenceLength: integer(2, 65536, "T, tokens a sequence."),
    batchSequences: integer(1, 65536, "B, sequences a batch."),
    validationTokens: integer(1, 1e9, "Tokens of the final validation, divided over domains by weight."),
  })
  .partial()
  .describe("Text, its split, and the size of a batch.");

const optimizer = z
  .strictObject({
    beta1: number(0, 0.9999, "AdamW's decay of the first moment."),
    beta2: number(0, 0.999999, "AdamW's decay of the second moment."),
    eps: positive(0.1, "AdamW's epsilon."),
    weightDecay: number(0, 10, "Decoupled weight decay, times the learning rate."),
    decayNorms: z.boolean().describe("Whether norm gains decay too."),
    decayEmbeddings: z.boolean().describe("Whether embeddings decay too."),
    clipNorm: positive(1e6, "Clip of the global gradient norm; null does not clip.").nullable(),
  })
  .partial()
  .describe("AdamW.");

const training = z
  .strictObject({
    steps: integer(1, MAX_STEPS, "Optimiser steps."),
    learningRate: positive(10, "Peak learning rate."),
    warmupSteps: integer(0, 1e7, "Steps of linear warm-up; fewer than steps."),
    finalLearningRateShare: number(0, 1, "The cosine ends at this share of the peak."),
    annealShare: number(
      0,
      1,
      "Share of the last steps in which the learning rate falls in a straight line to zero, after the cosine; 0 for none.",
    ),
    evaluateEvery: integer(1, 1e7, "Steps between two evaluations on a part of the validation tokens."),
    evaluationTokens: integer(1, 1e9, "Tokens of those evaluations; at most data.validationTokens."),
    averageLastShare: number(
      0,
      1,
      "Share of the last steps over whose weights the final model averages; 0 keeps the last step's.",
    ),
    optimizer,
  })
  .partial()
  .describe("Length, schedule and optimiser.");

const streams = z
  .strictObject({
    router: integer(
      0,
      2 ** 31 - 1,
      "Re-draws the router's initialisation alone, for A/A runs; 0 is the plain draw.",
    ),
  })
  .partial()
  .describe("Extra salts of the named random streams.");

const ownSections = {
  model: model.optional(),
  router: router.optional(),
  losses: losses.optional(),
  data: data.optional(),
  training: training.optional(),
  streams: streams.optional(),
};

const parent = z
  .strictObject({
    ...ownSections,
    seed: integer(
      0,
      2 ** 31 - 1,
      "One parent of this seed for every seed; null gives each run a parent of its own seed.",
    )
      .nullable()
      .optional(),
    keepRouter: z
      .boolean()
      .describe("Start from the parent's router too; false starts a fresh one.")
      .optional(),
    noise: z
      .strictObject({
        share: positive(1, "Chance of each expert weight to be replaced."),
        std: positive(1, "Standard deviation of the normal numbers that replace them."),
      })
      .partial()
      .describe("Noise in the copied experts (OLMoE, appendix F); null copies exactly.")
      .nullable()
      .optional(),
  })
  .describe(
    "A run to train first, from whose final weights this one starts. Settings that it does not name are the base's. A dense parent (one expert) is upcycled: every expert starts as its copy.",
  );

const sections = {
  ...ownSections,
  parent: parent.nullable().describe("The run to start from; null starts at random.").optional(),
};

/** Everything that decides the numbers of a run, each part optional. */
export const settingsSchema = z.strictObject(sections).describe("Settings that all variants share.");

const variantNames = (description: string) => z.array(z.string().min(1)).min(1).describe(description);

const seeds = z
  .union([
    integer(1, MAX_SEEDS, "This many seeds: 1, 2, ..."),
    z
      .array(integer(0, 2 ** 31 - 1, "A seed."))
      .min(1)
      .max(MAX_SEEDS),
  ])
  .describe("How many seeds (1 to N), or the list of them.");

const tier = z
  .strictObject({
    ...sections,
    seeds: seeds.optional(),
    only: variantNames("Variants to run; the baseline always does.").optional(),
  })
  .describe("Changes to the base, and how many seeds.");

const variant = z
  .strictObject({
    name: name("Name in commands and files."),
    label: text("Name in tables and legends.").optional(),
    varies: z
      .array(z.string().min(1))
      .describe('Dotted paths in which this variant differs from the base, e.g. "model.topK" or "router".')
      .optional(),
    ...sections,
  })
  .describe("One arm of the experiment: the base with some settings changed.");

/** A whole experiment file. */
export const experimentSchema = z
  .strictObject({
    $schema: z.string().describe("The JSON Schema, for editors.").optional(),
    name: name("Name of the experiment and of its result folder."),
    title: text("Title of tables and reports.").optional(),
    paper: text("Paper and place in it.").optional(),
    base: settingsSchema.optional(),
    seeds: seeds.optional(),
    baseline: z
      .string()
      .min(1)
      .describe("Name of the variant that the others are compared with, seed by seed."),
    controls: z
      .strictObject({
        floor: z.string().min(1).describe("Variant with frozen random routing.").optional(),
        dense: z.string().min(1).describe("Dense variant of equal active compute.").optional(),
      })
      .describe("Variants that show how sharp the experiment is.")
      .optional(),
    metric: z.enum(METRICS).describe("Result that is compared, nats a token.").optional(),
    margin: z
      .union([
        positive(0.1, "A share of the baseline's mean: 0.003 is 0.3 %."),
        z.string().regex(/^(\d{1,2}(\.\d+)?|\.\d+) ?%$/, 'must be a percentage such as "0.3%"'),
      ])
      .describe('Differences smaller than this count as equivalent: "0.3%", or 0.003.')
      .optional(),
    tier: z.enum(TIERS).describe("Tier that runs when none is asked for.").optional(),
    tiers: z
      .strictObject({ quick: tier.optional(), standard: tier.optional(), full: tier.optional() })
      .describe("Sizes of the same experiment; --tier NAME chooses one.")
      .optional(),
    grid: z
      .record(
        z.string(),
        z
          .array(z.union([z.number(), z.string(), z.boolean(), z.null()]))
          .min(1)
          .max(100),
      )
      .describe(
        "Values by dotted path. Every variant is run with every combination, named `variant, path=value`, and compared with the baseline of the same combination.",
      )
      .optional(),
    variants: z.array(variant).min(1).max(200).describe("What is compared."),
  })
  .describe(
    "A moe-lab experiment: variants of one model, trained on the same batches and compared seed by seed.",
  );

/** Settings as written in a file: every part optional. */
export type WrittenSettings = z.infer<typeof settingsSchema>;
export type WrittenVariant = z.infer<typeof variant>;
export type WrittenDomain = z.infer<typeof domain>;
export type WrittenExperiment = z.infer<typeof experimentSchema>;
export type TierName = (typeof TIERS)[number];

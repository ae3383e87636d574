import { z } from "zod";
import { sections, settings, stageSections } from "./declared/all.ts";
import { writtenDomain } from "./declared/data.ts";
import { integer, name, positive, salt, setting, text } from "./declared/setting.ts";

/**
 * What a person may write in an experiment file. Settings themselves are declared in declared/; nothing that needs two
 * fields is checked here (rules.ts).
 */

/** Most seeds of one experiment. */
export const MAX_SEEDS = 1000;

/** Sizes of an experiment, by the name that --tier takes. */
export const TIERS = ["first", "quick", "standard", "full"] as const;

/** Result columns that an experiment can be decided by. */
const METRICS = ["validation_loss_nats", "causal_validation_loss_nats", "validation_bits_per_byte"] as const;

const variantNames = (description: string) => z.array(z.string().min(1)).min(1).describe(description);

const seeds = z
  .union([
    integer(1, MAX_SEEDS).describe("This many seeds: 1, 2, ..."),
    z.array(salt().describe("A seed.")).min(1).max(MAX_SEEDS),
  ])
  .describe("How many seeds (1 to N), or the list of them.");

/** What may be written of a stage. */
const stageSettings = z.strictObject(stageSections).describe("Changes to one stage.");

const stagesByName = z
  .record(z.string(), stageSettings)
  .describe("Changes to single stages, by their names.")
  .optional();

const stage = z
  .strictObject({ name: name().describe("Name of the stage."), ...stageSections })
  .describe(
    "A run that starts from the one of the stage before; the first one starts at random, or from the base's parent. What it does not name is the base's.",
  );

const tier = z
  .strictObject({
    ...sections,
    stages: stagesByName,
    seeds: seeds.optional(),
    only: variantNames("Variants to run; the baseline always does.").optional(),
    maxMinutes: integer(1, 100_000)
      .describe("No run is started that would end later; the answer is of what is finished.")
      .optional(),
  })
  .describe("Changes to the base, and how many seeds.");

const variant = z
  .strictObject({
    name: name().describe("Name in commands and files."),
    label: text().describe("Name in tables and legends.").optional(),
    varies: z
      .array(z.string().min(1))
      .describe('Dotted paths in which this variant differs from the base, e.g. "model.topK" or "router".')
      .optional(),
    derived: z
      .record(z.string(), z.string().min(1).max(200))
      .describe(
        'Settings that follow from those below the variant, by dotted path: {"model.expertWidth": "model.topK * model.expertWidth"}. Numbers and settings, joined by + - * / without brackets.',
      )
      .optional(),
    stage: z
      .string()
      .min(1)
      .describe("The stage that it ends with, whose run the tables show; left out: the last.")
      .optional(),
    stages: stagesByName,
    ...sections,
  })
  .describe("One arm of the experiment: the base with some settings changed.");

/** What an experiment is judged by. */
const judgement = {
  metric: setting(z.enum(METRICS), "validation_loss_nats", "Result that is compared."),
  margin: setting(
    z.union([
      positive(0.1).describe("A share of the baseline's mean: 0.003 is 0.3 %."),
      z.string().regex(/^(\d{1,2}(\.\d+)?|\.\d+) ?%$/, 'must be a percentage such as "0.3%"'),
    ]),
    0.003,
    'Differences smaller than this count as equivalent: "0.3%", or 0.003.',
  ),
};

/** A whole experiment file. */
export const experimentSchema = z
  .strictObject({
    $schema: z.string().describe("The JSON Schema, for editors.").optional(),
    name: name().describe("Name of the experiment and of its result folder."),
    title: text().describe("Title of tables and reports.").optional(),
    paper: text().describe("Paper and place in it.").optional(),
    base: settings.optional(),
    stages: z
      .array(stage)
      .min(1)
      .max(10)
      .describe(
        "Runs that follow one another, each from the final weights of the one before, with an optimiser and a schedule of its own. A variant's settings hold in all of them.",
      )
      .optional(),
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
    ...judgement,
    tier: z.enum(TIERS).describe("Tier that runs when none is asked for.").optional(),
    tiers: z
      .strictObject({
        first: tier.optional(),
        quick: tier.optional(),
        standard: tier.optional(),
        full: tier.optional(),
      })
      .describe("Sizes of the same experiment; --tier NAME chooses one.")
      .optional(),
    grid: z
      .record(
        z.string(),
        z
          .array(z.union([z.number(), z.string(), z.boolean(), z.null(), z.array(writtenDomain).min(1)]))
          .min(1)
          .max(100),
      )
      .describe(
        "Values by dotted path. Every variant is run with every combination, named `variant, path=value` (of `data.domains`: the names of a list), and compared with the baseline of the same combination.",
      )
      .optional(),
    variants: z.array(variant).min(1).max(200).describe("What is compared."),
  })
  .describe(
    "A moe-lab experiment: variants of one model, trained on the same batches and compared seed by seed.",
  );

/** What an experiment is judged by, as its file says or by default. */
export const judgementSchema = z.object(judgement);

/** Settings as written in a file: every part optional. */
export type WrittenSettings = z.input<typeof settings>;
export type WrittenStage = z.input<typeof stage>;
export type WrittenVariant = z.input<typeof variant>;
export type WrittenDomain = z.input<typeof writtenDomain>;
export type WrittenExperiment = z.input<typeof experimentSchema>;
export type TierName = (typeof TIERS)[number];

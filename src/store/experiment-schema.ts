import { z } from "zod";
import type { ExperimentRecord } from "./records.ts";

/** The shape of experiment.json. A folder may have been edited, cut off or made by something else. */

const number = z.number();
const count = z.int().min(0);
const share = z.number().min(0).max(1);
const numbers = z.record(z.string(), number);

const model = z.object({
  width: count,
  layers: count,
  heads: count,
  experts: count,
  topK: count,
  expertWidth: count,
  // Folders of older versions have neither this nor localized filtering.
  norm: z.enum(["rms", "layer", "layer-nonparametric"]).default("rms"),
  normEps: number,
  qkNorm: z.boolean(),
  localizedFiltering: z.boolean().default(false),
  rotaryBase: number,
  tiedEmbeddings: z.boolean(),
  init: z.object({ distribution: z.enum(["normal", "truncated-normal"]), std: number, cut: number }),
});

const data = z.object({
  domains: z
    .array(
      z.object({
        name: z.string(),
        weight: number,
        validationWeight: number.nullable().default(null),
        corpus: z.string().nullable(),
        files: z.array(z.string()),
      }),
    )
    .min(1),
  validationShare: share,
  testShare: share,
  sequenceLength: count,
  batchSequences: count,
  validationTokens: count,
});

const training = z.object({
  steps: count,
  learningRate: number,
  warmupSteps: count,
  finalLearningRateShare: number,
  annealShare: share.default(0),
  evaluateEvery: count,
  evaluationTokens: count,
  // Folders of older versions have neither this nor a parent.
  averageLastShare: share.default(0),
  optimizer: z.object({
    beta1: number,
    beta2: number,
    eps: number,
    weightDecay: number,
    decayNorms: z.boolean(),
    decayEmbeddings: z.boolean(),
    clipNorm: number.nullable(),
  }),
});

const ownSettings = z.object({
  model,
  router: z.object({ name: z.string(), options: z.record(z.string(), z.unknown()) }),
  losses: z.object({ balanceWeight: number, zWeight: number }),
  data,
  training,
  streams: z.object({ router: count }),
});

const settings = ownSettings.extend({
  parent: ownSettings
    .extend({
      seed: count.nullable(),
      keepRouter: z.boolean(),
      noise: z.object({ share, std: number }).nullable(),
    })
    .nullable()
    .default(null),
});

const experiment = z.object({
  name: z.string().min(1),
  title: z.string(),
  paper: z.string(),
  tier: z.string(),
  seeds: z.array(count),
  baseline: z.string(),
  controls: z.object({ floor: z.string().nullable(), dense: z.string().nullable() }),
  metric: z.string(),
  margin: z.number().positive(),
  variants: z
    .array(z.object({ name: z.string().min(1), label: z.string(), varies: z.array(z.string()), settings }))
    .min(1),
  recipe: z.string().optional(),
  file: z.string().optional(),
});

const facts = z.object({
  cost: z.object({
    totalParameters: z.number().positive(),
    activeParameters: z.number().positive(),
    forwardFlopsPerToken: z.number().positive(),
  }),
  causal: z.boolean(),
  solved: numbers,
  trainTokensPerSecond: z.number().positive().nullable(),
});

const provenance = z.object({
  engine: z.string(),
  threads: count,
  versions: z.record(z.string(), z.string()),
  passes: z.array(z.string()),
  platform: z.string(),
  cpu: z.string(),
  moeLab: z.string(),
});

export const experimentRecordSchema: z.ZodType<ExperimentRecord> = z.object({
  format: z.literal(1),
  experiment,
  variants: z.record(z.string(), facts),
  provenance: provenance.nullable(),
});

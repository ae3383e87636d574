import { z } from "zod";
import { storedSettings } from "../config/declared/all.ts";
import type { ExperimentRecord } from "../records/experiment.ts";

/** The shape of experiment.json. A folder may have been edited, cut off or made by something else. */

const number = z.number();
const count = z.int().min(0);
const numbers = z.record(z.string(), number);

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
    .array(
      z.object({
        name: z.string().min(1),
        label: z.string(),
        varies: z.array(z.string()),
        settings: storedSettings,
      }),
    )
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
  expertsPerToken: z.array(number.nonnegative()).optional(),
  causal: z.boolean(),
  seesLabels: z.literal(true).optional(),
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
  numerics: z.int().min(1).optional(),
  experiment,
  variants: z.record(z.string(), facts),
  provenance: provenance.nullable(),
});

import { z } from "zod";
import type { RunRecord, RunStatus } from "../records/run.ts";

/** Loss and shares are what training gave; a number that is not finite is no result. */
const optional = z.number().nullable();

const splitAnswers = z.record(z.string(), z.object({ asked: z.number(), right: z.number() }));

const samples = z.object({
  ...{ questions: z.number(), each: z.number(), right: z.number(), solved: z.number() },
  distinct: z.array(optional).readonly(),
  ...{ selfBleu: z.number(), entropyNats: z.number(), tokens: z.number() },
});

/** The parts of run.json that readers rely on and that the id does not vouch for. */
const shape = z.object({
  format: z.literal(1),
  status: z.enum(["running", "interrupted", "failed", "diverged", "finished"] satisfies RunStatus[]),
  solved: z.record(z.string(), z.number()),
  causal: z.boolean(),
  cost: z.object({
    totalParameters: z.number(),
    activeParameters: z.number(),
    forwardFlopsPerToken: z.number(),
  }),
  provenance: z
    .object({
      engine: z.string(),
      threads: z.number(),
      versions: z.record(z.string(), z.string()),
      passes: z.array(z.string()),
    })
    .nullable(),
  stepsDone: z.int().min(0),
  results: z
    .object({
      tokensTrained: z.number(),
      trainLossNats: z.number(),
      validationLossNats: z.number(),
      validationBitsPerByte: z.number(),
      causalValidationLossNats: optional,
      domainLossNats: z.record(z.string(), z.number()),
      balanceLoss: optional,
      zLoss: optional,
      maxLoadShare: z.number(),
      deadExperts: z.number(),
      unroutedShare: z.number(),
      testLossNats: optional.optional(),
      task: z
        .object({
          optimumNats: z.number(),
          labelNats: z.number(),
          informationNats: z.number(),
          shuffledInformationNats: z.number(),
        })
        .optional(),
      answers: z
        .object({
          validation: splitAnswers,
          test: splitAnswers,
          choice: z.object({
            ...{ asked: z.number(), choices: z.number(), right: z.number(), rightPerByte: z.number() },
          }),
          samples: samples.optional(),
        })
        .optional(),
      objective: z.record(z.string(), z.number()).optional(),
    })
    .nullable(),
  load: z.array(z.array(z.number())).nullable(),
  expertsPerToken: z.array(z.number().nonnegative()).optional(),
  matrices: z.array(
    z.object({ name: z.string(), layer: z.int(), values: z.array(z.array(z.number())).readonly() }),
  ),
  failure: z.string().nullable(),
});

/** Whether a value has the form of a run.json, with results where it is finished; its identity is for the id to check. */
export function hasRecordShape(value: unknown): value is RunRecord {
  const parsed = shape.safeParse(value);
  return parsed.success && (parsed.data.status !== "finished" || parsed.data.results !== null);
}

/**
 * What the benchmark says to a peer's process and what that answers, a line of JSON each. Read with a schema at both ends:
 * one of them may be Python.
 */
import { z } from "zod";

/** What serve.mjs obeys; torch_step.py obeys the same, but for `dispose`. */
export const MESSAGE = z.discriminatedUnion("do", [
  z.object({
    do: z.literal("prepare"),
    peer: z.enum(["native", "compiled", "tfjs-cpu", "tfjs-node", "floor"]),
    threads: z.number(),
    folder: z.string(),
    profilePrefix: z.string().optional(),
  }),
  z.object({ do: z.literal("steps"), count: z.number(), report: z.boolean() }),
  z.object({ do: z.literal("reset"), seed: z.number() }),
  z.object({ do: z.literal("dispose") }),
]);

/** To `prepare`: milliseconds of compiling, null where nothing is compiled; versions of what computes; graph passes. */
export const ABOUT = z.object({
  compile_ms: z.number().nullable(),
  versions: z.record(z.string(), z.string()),
  passes: z.array(z.string()).optional(),
});

/** To `steps`, wherever they are `report`ed; null for what a peer has not, and for what is not finite: JSON knows no NaN. */
const STEP_REPORT = z.object({
  loss: z.number().nullable(),
  balance: z.number().nullable(),
  z: z.number().nullable(),
  gradient_norm: z.number().nullable(),
});

/** To `steps`: milliseconds of each, of all threads' CPU together; resident memory, null where the system does not tell. */
export const TAKEN = z.object({
  ms: z.array(z.number()),
  cpu_ms: z.number(),
  reports: z.array(STEP_REPORT),
  rss_mb: z.number().nullable(),
});

/** To `reset` and `dispose`. */
export const DONE = z.object({});

/** To anything that can't be done. */
export const REFUSAL = z.object({ error: z.string() });

/**
 * @typedef {"floor" | "torch-floor"} Floor multiplications alone
 * @typedef {import("./options.mjs").PeerName | Floor} Contender
 * @typedef {z.infer<typeof ABOUT>} About
 * @typedef {z.infer<typeof STEP_REPORT>} StepReport
 * @typedef {z.infer<typeof TAKEN>} Taken
 */
/**
 * What serve.mjs serves.
 * @typedef {{ about: About, step: () => Promise<StepReport | null>, reset: (seed: number) => void,
 *   dispose: () => Promise<void> }} Served
 */

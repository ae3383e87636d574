import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../core/files.ts";
import { hashJson } from "../core/json.ts";
import type { RunIdentity } from "../records/run.ts";
import { askWorker } from "./child.ts";
import type { VariantSpec, WorkerSettings } from "./messages.ts";

/** A variant to time, with what its step's speed depends on. */
export interface TimedVariant {
  readonly spec: VariantSpec;
  readonly identity: RunIdentity;
}

export interface TimingOptions {
  readonly workerFile: string;
  readonly worker: WorkerSettings;
  /** What computes, in one word; another one is timed anew. */
  readonly provenance: string;
  readonly runsFolder: string;
  readonly signal?: AbortSignal;
}

const ROUNDS = 25;
/** Compiling included. */
const MAX_SECONDS = 20;

/**
 * The timing pass: one process takes the variants' training steps in turn (A B C A B C ...), so that a slow moment of the
 * machine hits all alike. Kept in `runs/timings/` by what was timed and what computed it.
 * @returns training tokens per second of each variant, from its median step; why, for one that can't take a step, and then nothing is kept.
 * @throws Error when the process fails.
 */
export async function timeVariants(
  variants: readonly TimedVariant[],
  options: TimingOptions,
): Promise<readonly (number | string)[]> {
  const file = timingFile(variants, options);
  const known = readTimings(file, variants.length);
  if (known !== null) return known;
  const specs = variants.map((variant) => variant.spec);
  const speeds = await measureVariants(specs, options, { rounds: ROUNDS, maxSeconds: MAX_SECONDS });
  if (speeds.every((speed) => typeof speed === "number"))
    writeFileAtomic(file, `${JSON.stringify({ trainTokensPerSecond: speeds })}\n`);
  return speeds;
}

/**
 * Measures training speeds in a process of its own, keeping nothing.
 * @returns training tokens per second of each variant, from its median step; why, for one that can't take a step.
 * @throws Error when the process fails.
 */
export async function measureVariants(
  variants: readonly VariantSpec[],
  options: Pick<TimingOptions, "workerFile" | "worker" | "signal">,
  limits: { readonly rounds: number; readonly maxSeconds: number },
): Promise<readonly (number | string)[]> {
  const spec = { ...options.worker, variants, ...limits };
  const { seconds } = await askWorker(options.workerFile, { type: "time", spec }, "timed", {
    ...(options.signal !== undefined && { signal: options.signal }),
  });
  return variants.map(({ settings: { data } }, index) => {
    const steps = seconds[index] ?? [];
    return typeof steps === "string" ? steps : (data.batchSequences * data.sequenceLength) / median(steps);
  });
}

function timingFile(
  variants: readonly TimedVariant[],
  { provenance, runsFolder }: Pick<TimingOptions, "provenance" | "runsFolder">,
): string {
  const timed = variants.map(({ identity: { settings, routerHash, numerics } }) => ({
    model: settings.model,
    router: settings.router,
    losses: settings.losses,
    B: settings.data.batchSequences,
    T: settings.data.sequenceLength,
    optimizer: settings.training.optimizer,
    ...(settings.training.routerJitter > 0 && { isJittered: true }),
    routerHash,
    numerics,
  }));
  return join(runsFolder, "timings", `${hashJson({ timed, provenance }).slice(0, 12)}.json`);
}

function readTimings(file: string, count: number): readonly number[] | null {
  try {
    const { trainTokensPerSecond } = JSON.parse(readFileSync(file, "utf8")) as {
      trainTokensPerSecond: unknown;
    };
    if (!Array.isArray(trainTokensPerSecond) || trainTokensPerSecond.length !== count) return null;
    const speeds = trainTokensPerSecond as unknown[];
    return speeds.every((speed): speed is number => typeof speed === "number" && speed > 0) ? speeds : null;
  } catch {
    return null;
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

import { messageOf } from "../core/errors.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { timeArms } from "../exec/timing.ts";
import { provenanceTag } from "../store/identity.ts";
import type { RunContext } from "./context.ts";

/** Training tokens per second by variant; null where the timing pass failed. */
export type Speeds = ReadonlyMap<string, number> | null;

/** The timing pass over the experiment's variants, on one thread. Ctrl-C ends it. */
export async function speedsOf(context: RunContext): Promise<Speeds | "interrupted"> {
  const { io, experiment, planned, engine, passes, cacheFolder, workerFile, runsFolder } = context;
  const arms = experiment.variants.flatMap(({ name }) => planned.find((run) => run.variant === name) ?? []);
  const abort = new AbortController();
  const onSignal = (): void => abort.abort();
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    const speeds = await timeArms(arms.map(timedArm), {
      workerFile,
      worker: { engine, threads: 1, passes, cacheFolder },
      provenance: `${provenanceTag({ ...context.provenance, threads: 1 })} ${context.provenance.cpu}`,
      runsFolder,
      signal: abort.signal,
    });
    return new Map(arms.map((arm, index) => [arm.variant, speeds[index] ?? NaN]));
  } catch (error) {
    if (abort.signal.aborted) return "interrupted";
    io.stderr(`note: the timing pass failed, so tables show no tokens/s: ${messageOf(error)}\n`);
    return null;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

function timedArm({ arm, plan }: PlannedRun): Parameters<typeof timeArms>[0][number] {
  return { spec: arm, identity: plan.identity };
}

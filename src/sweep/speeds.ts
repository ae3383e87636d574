import { messageOf } from "../core/errors.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { timeVariants } from "../exec/timing.ts";
import { provenanceTag } from "../store/identity.ts";
import type { Session } from "./session.ts";

/** Training tokens per second by variant, without those that can't take a step; null where the timing pass failed. */
export type Speeds = ReadonlyMap<string, number> | null;

/**
 * The timing pass over the experiment's variants, on one thread. The signal ends it.
 * @param runs of every variant.
 */
export async function measureSpeeds(
  session: Session,
  runs: readonly PlannedRun[],
): Promise<Speeds | "interrupted"> {
  const { experiment, worker, workerFile, runsFolder, provenance, signal, tell } = session;
  tell({ type: "phase", phase: "timing" });
  const timed = experiment.variants.flatMap(({ name }) => {
    const own = runs.filter(({ variant }) => variant === name);
    // Where every run failed, as with a router that throws, there is nothing to time, and what broke them breaks no other's.
    return own.every(({ known }) => known?.status === "failed") ? [] : own.slice(0, 1);
  });
  try {
    const speeds = await timeVariants(
      timed.map(({ spec, plan }) => ({ spec, identity: plan.identity })),
      {
        ...{ workerFile, runsFolder, signal },
        worker: { ...worker, threads: 1 },
        provenance: `${provenanceTag({ ...provenance, threads: 1 })} ${provenance.cpu}`,
      },
    );
    const found = new Map<string, number>();
    for (const [index, { variant }] of timed.entries()) {
      const speed = speeds[index];
      if (typeof speed === "number") found.set(variant, speed);
      else tell({ type: "note", text: `tables show no tokens/s of ${variant}: ${speed ?? "not timed"}` });
    }
    return found;
  } catch (error) {
    if (signal.aborted) return "interrupted";
    const text = `the timing pass failed, so tables show no tokens/s: ${messageOf(error)}`;
    tell({ type: "note", text });
    return null;
  }
}

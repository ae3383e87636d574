import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openQueue } from "../../src/cluster/queue.ts";
import type { PlannedRun } from "../../src/exec/plan.ts";
import { runNameOf } from "../../src/store/identity.ts";
import { openRun } from "../../src/store/write-run.ts";
import type { RunWriter } from "../../src/store/write-run.ts";
import { PROVENANCE, finalResults, metricRow, planOf, settingsOf, temporaryFolder } from "../support/runs.ts";

function planned(seed: number, parent: PlannedRun | null = null): PlannedRun {
  const plan = planOf(seed);
  return {
    ...{ variant: "linear", seed, runId: "", runName: runNameOf(plan.identity), plan, known: null, parent },
    spec: { settings: settingsOf(), routerFiles: {}, parent: null },
  };
}

function open(runsFolder: string, run: PlannedRun): RunWriter {
  const opened = openRun(runsFolder, run.plan, PROVENANCE);
  if (opened.kind !== "open") throw new Error(opened.kind);
  return opened.run;
}

function finish(run: RunWriter): void {
  run.appendMetrics(metricRow(1));
  run.end({ status: "finished", stepsDone: 1, results: finalResults(), load: [[1]], matrices: [] });
}

/** The lock of a process on another host, which nobody here can ask. */
function lockElsewhere(runsFolder: string, run: PlannedRun): string {
  open(runsFolder, run); // Its run.json says that it runs.
  const folder = join(runsFolder, run.runName);
  const path = join(folder, "owner.2.json");
  writeFileSync(path, JSON.stringify({ host: "elsewhere", pid: 1, processStart: null, bootId: null }));
  return path;
}

describe("a worker's queue", () => {
  test("gives each free run once, then none", () => {
    const runs = [1, 2, 3].map((seed) => planned(seed));
    const queue = openQueue(temporaryFolder(), runs, () => undefined);
    const given = runs.map(() => queue.next());
    expect(given.map((next) => (next.kind === "run" ? next.run.seed : next.kind)).sort()).toEqual([1, 2, 3]);
    expect(queue.next()).toEqual({ kind: "none" });
    // One that another process was faster with is looked at again, and is free: nobody works on it.
    const [first] = given;
    if (first?.kind !== "run") throw new Error("no run");
    queue.ended(first.run, "busy");
    expect(queue.next()).toEqual(first);
    queue.ended(first.run, "done");
    expect(queue.next()).toEqual({ kind: "none" });
  });

  test("leaves out what others end meanwhile, and says how", () => {
    const [runs, folder] = [[1, 2, 3].map((seed) => planned(seed)), temporaryFolder()];
    const gone: [number, boolean][] = [];
    const queue = openQueue(folder, runs, (run, isFinished) => gone.push([run.seed, isFinished]));
    finish(open(folder, runs[0]!));
    open(folder, runs[1]!).end({ status: "failed", failure: "no luck" });
    expect(queue.next()).toMatchObject({ kind: "run", run: { seed: 3 } });
    // Where it starts depends on the process, so that only now all have been looked at.
    expect(queue.next()).toEqual({ kind: "none" });
    expect(gone.sort()).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  test("tries once more what had failed before it began", () => {
    const folder = temporaryFolder();
    open(folder, planned(1)).end({ status: "failed", failure: "no luck" });
    const known = { status: "failed" } as PlannedRun["known"];
    expect(openQueue(folder, [{ ...planned(1), known }], () => undefined).next().kind).toBe("run");
  });

  test("leaves a run to a process of this host that lives", () => {
    const [folder, run] = [temporaryFolder(), planned(1)];
    open(folder, run);
    expect(openQueue(folder, [run], () => undefined).next()).toEqual({ kind: "none" });
  });

  test("waits for a sign of life from another host, then leaves the run to it", () => {
    const [folder, run] = [temporaryFolder(), planned(1)];
    const lock = lockElsewhere(folder, run);
    const queue = openQueue(folder, [run], () => undefined);
    expect(queue.next()).toEqual({ kind: "wait" });
    expect(queue.next()).toEqual({ kind: "wait" });
    const later = new Date(Date.now() + 10_000);
    utimesSync(lock, later, later);
    expect(queue.next()).toEqual({ kind: "none" });
  });

  test("a run that starts from another's weights waits for it", () => {
    const [folder, parent] = [temporaryFolder(), planned(1)];
    const child = planned(2, parent);
    const queue = openQueue(folder, [parent, child], () => undefined);
    const first = queue.next();
    expect(first).toMatchObject({ kind: "run", run: { seed: 1 } });
    expect(queue.next()).toEqual({ kind: "wait" });
    queue.ended(parent, "done");
    expect(queue.next()).toMatchObject({ kind: "run", run: { seed: 2 } });
  });
});

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { askWorker } from "../../src/exec/child.ts";
import type { RunEnd, RunSpec } from "../../src/exec/messages.ts";
import { startPool } from "../../src/exec/pool.ts";
import type { PoolEvent } from "../../src/exec/pool.ts";
import { settingsOf, temporaryFolder } from "../support/runs.ts";

const WORKER = fileURLToPath(new URL("../fixtures/fake-worker.mjs", import.meta.url));

function specs(runsFolder: string, ...names: string[]): RunSpec[] {
  const arm = { settings: settingsOf(), routerFile: null };
  return names.map((name, index) => ({
    ...{
      arm,
      seed: index,
      runsFolder,
      runName: `${name}-s${index}`,
      engine: "compiled",
      threads: 1,
      cacheFolder: null,
    },
  }));
}

async function runAll(
  list: RunSpec[],
  jobs = 2,
): Promise<{ events: PoolEvent[]; ends: ReadonlyMap<string, RunEnd> }> {
  const events: PoolEvent[] = [];
  const pool = startPool(list, { jobs, workerFile: WORKER, onEvent: (event) => events.push(event) });
  return { ends: await pool.done, events };
}

/** Stops or kills a pool as soon as a run is in training. */
async function runUntilTraining(list: RunSpec[], act: "stop" | "kill"): Promise<ReadonlyMap<string, RunEnd>> {
  const pool = startPool(list, {
    jobs: 1,
    workerFile: WORKER,
    onEvent: (event) => {
      if (event.type === "progress") setImmediate(() => pool[act]());
    },
  });
  return pool.done;
}

describe("the pool", () => {
  test("does all runs, in order, and passes progress on", async () => {
    const { ends, events } = await runAll(specs(temporaryFolder(), "a", "b", "c"), 1);
    expect([...ends]).toEqual(
      ["a-s0", "b-s1", "c-s2"].map((run) => [run, { status: "finished", reused: false }]),
    );
    expect(events.slice(0, 3)).toEqual([
      { type: "started", run: "a-s0", step: 0 },
      // Not a number survives the way between processes.
      {
        type: "progress",
        run: "a-s0",
        progress: { phase: "training", step: 6, steps: 10, trainLossNats: NaN, tokensPerSecond: null },
      },
      { type: "ended", run: "a-s0", end: { status: "finished", reused: false } },
    ]);
  });

  test("a run that fails does not stop the others", async () => {
    const { ends } = await runAll(specs(temporaryFolder(), "fail", "b"));
    expect(ends.get("fail-s0")).toEqual({ status: "failed", message: "NaN at step 6", hint: "Try less." });
    expect(ends.get("b-s1")?.status).toBe("finished");
  });

  test("a worker that dies is started again once, and goes on", async () => {
    const { ends, events } = await runAll(specs(temporaryFolder(), "once"));
    expect(ends.get("once-s0")?.status).toBe("finished");
    const restarts = events.filter((event) => event.type === "restarted");
    expect(restarts).toHaveLength(1);
    expect(restarts[0]?.reason).toBe("the worker process ended with code 3: out of luck 0");
    expect(events).toContainEqual({ type: "started", run: "once-s0", step: 5 });
  });

  test("a worker that dies twice has failed; the others are done", async () => {
    const { ends } = await runAll(specs(temporaryFolder(), "crash", "b"), 1);
    const end = ends.get("crash-s0");
    expect(end).toMatchObject({ status: "failed", message: expect.stringContaining("code 3") as string });
    expect(ends.get("b-s1")?.status).toBe("finished");
  });

  test("stop: the running one is asked, the waiting one never starts", async () => {
    const ends = await runUntilTraining(specs(temporaryFolder(), "wait", "b"), "stop");
    expect([...ends]).toEqual([["wait-s0", { status: "interrupted", stepsDone: 3 }]]);
  });

  test("kill: ends at once, and does not count as a crash", async () => {
    const ends = await runUntilTraining(specs(temporaryFolder(), "wait", "b"), "kill");
    expect([...ends].map(([run, end]) => [run, end.status])).toEqual([["wait-s0", "interrupted"]]);
  });

  test("a worker that can't be started has failed", async () => {
    const pool = startPool(specs(temporaryFolder(), "a"), {
      ...{ jobs: 1, workerFile: "/nowhere/worker.js", onEvent: () => undefined },
    });
    expect((await pool.done).get("a-s0")).toMatchObject({ status: "failed" });
  });
});

test("a question that a worker refuses is an error with its reason", async () => {
  const spec = { engine: "compiled", threads: 1, cacheFolder: null } as const;
  await expect(askWorker(WORKER, { type: "probe", spec, measure: false }, "probed")).rejects.toThrow(
    "no such engine",
  );
});

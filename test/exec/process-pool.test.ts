import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { askWorker } from "../../src/exec/child.ts";
import type { RunEnd } from "../../src/exec/messages.ts";
import { startPool } from "../../src/exec/process-pool.ts";
import type { PoolEvent, PoolTask } from "../../src/exec/process-pool.ts";
import { temporaryFolder } from "../support/folder.ts";
import { settingsOf } from "../support/runs.ts";

const WORKER = fileURLToPath(new URL("../fixtures/fake-worker.mjs", import.meta.url));

function tasks(runsFolder: string, ...names: string[]): PoolTask[] {
  const variant = { settings: settingsOf(), routerFiles: {}, parent: null };
  return names.map((name, index) => ({
    spec: {
      variant,
      seed: index,
      runsFolder,
      runName: `${name}-s${index}`,
      engine: "compiled",
      threads: 1,
      cacheFolder: null,
    },
    after: null,
  }));
}

async function runAll(
  list: PoolTask[],
  jobs = 2,
): Promise<{ events: PoolEvent[]; ends: ReadonlyMap<string, RunEnd> }> {
  const events: PoolEvent[] = [];
  const pool = startPool(list, { jobs, workerFile: WORKER, onEvent: (event) => events.push(event) });
  return { ends: await pool.done, events };
}

/** Stops or kills a pool as soon as a run is in training. */
async function runUntilTraining(
  list: PoolTask[],
  act: "stop" | "kill",
): Promise<ReadonlyMap<string, RunEnd>> {
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
    const { ends, events } = await runAll(tasks(temporaryFolder(), "a", "b", "c"), 1);
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

  test("starts no run once it may not, also when it might again; what runs ends by itself", async () => {
    const answers = [true, true, false, true, true];
    const pool = startPool(tasks(temporaryFolder(), "a", "b", "c", "d"), {
      ...{ jobs: 1, workerFile: WORKER, onEvent: () => undefined },
      mayStart: () => answers.shift() ?? true,
    });
    expect([...(await pool.done).keys()]).toEqual(["a-s0", "b-s1"]);
  });

  test("a run that fails does not stop the others", async () => {
    const { ends } = await runAll(tasks(temporaryFolder(), "fail", "b"));
    expect(ends.get("fail-s0")).toEqual({ status: "failed", message: "NaN at step 6", hint: "Try less." });
    expect(ends.get("b-s1")?.status).toBe("finished");
  });

  test("a worker that dies is started again once, and goes on", async () => {
    const { ends, events } = await runAll(tasks(temporaryFolder(), "once"));
    expect(ends.get("once-s0")?.status).toBe("finished");
    const restarts = events.filter((event) => event.type === "restarted");
    expect(restarts).toHaveLength(1);
    expect(restarts[0]?.reason).toBe("the worker process ended with code 3: out of luck 0");
    expect(events).toContainEqual({ type: "started", run: "once-s0", step: 5 });
  });

  test("a worker that dies twice has failed; the others are done", async () => {
    const { ends } = await runAll(tasks(temporaryFolder(), "crash", "b"), 1);
    const end = ends.get("crash-s0");
    expect(end).toMatchObject({ status: "failed", message: expect.stringContaining("code 3") as string });
    expect(ends.get("b-s1")?.status).toBe("finished");
  });

  test.each(["hang", "sigstop"])(
    "a worker that does %s is killed, started again once, and has then failed",
    async (how) => {
      vi.stubEnv("MOE_LAB_SILENCE_SECONDS", "1");
      onTestFinished(() => void vi.unstubAllEnvs());
      const { ends, events } = await runAll(tasks(temporaryFolder(), how, `${how}once`));
      expect(ends.get(`${how}-s0`)).toMatchObject({
        status: "failed",
        message: expect.stringMatching(
          /(said nothing|was stopped) for \d+ seconds and was killed, 2 times/,
        ) as string,
      });
      expect(ends.get(`${how}once-s1`)?.status).toBe("finished");
      expect(events.filter(({ type }) => type === "restarted")).toHaveLength(2);
    },
  );

  test("a worker that somebody else tells to stop goes on once, and has then failed", async () => {
    const { ends } = await runAll(tasks(temporaryFolder(), "sigterm", "sigtermonce"));
    expect(ends.get("sigterm-s0")).toMatchObject({
      status: "failed",
      message: "the worker process was told to stop by somebody else, 2 times",
    });
    expect(ends.get("sigtermonce-s1")?.status).toBe("finished");
  });

  test("stop: one that does not answer is killed", async () => {
    vi.stubEnv("MOE_LAB_SILENCE_SECONDS", "1");
    onTestFinished(() => void vi.unstubAllEnvs());
    const list = tasks(temporaryFolder(), "sigstop");
    const pool = startPool(list, {
      ...{ jobs: 1, workerFile: WORKER },
      onEvent: (event) => {
        if (event.type === "progress") setImmediate(() => pool.stop());
      },
    });
    expect([...(await pool.done)]).toEqual([["sigstop-s0", { status: "interrupted", stepsDone: 0 }]]);
  });

  test("stop: the running one is asked, the waiting one never starts", async () => {
    const ends = await runUntilTraining(tasks(temporaryFolder(), "wait", "b"), "stop");
    expect([...ends]).toEqual([["wait-s0", { status: "interrupted", stepsDone: 3 }]]);
  });

  test("kill: ends at once, and does not count as a crash", async () => {
    const ends = await runUntilTraining(tasks(temporaryFolder(), "wait", "b"), "kill");
    expect([...ends].map(([run, end]) => [run, end.status])).toEqual([["wait-s0", "interrupted"]]);
  });

  /** The second task comes after the first, the fourth after the third. */
  function afterEach(...names: string[]): PoolTask[] {
    const list = tasks(temporaryFolder(), ...names);
    return list.map((task, index) => ({
      ...task,
      after: index % 2 === 1 ? (list[index - 1]?.spec.runName ?? null) : null,
    }));
  }

  test("a run waits for the one that it comes after; meanwhile another takes its place", async () => {
    const { ends, events } = await runAll(afterEach("a", "b", "c", "d"), 2);
    const order = events.filter(({ type }) => type === "started" || type === "ended");
    const at = (type: string, run: string): number =>
      order.findIndex((event) => event.type === type && event.run === run);
    expect(at("started", "b-s1")).toBeGreaterThan(at("ended", "a-s0"));
    expect(at("started", "d-s3")).toBeGreaterThan(at("ended", "c-s2"));
    expect([...ends.values()].map(({ status }) => status)).toEqual(Array(4).fill("finished"));
    const alone = await runAll(afterEach("a", "b", "c", "d"), 1);
    expect([...alone.ends.keys()]).toEqual(["a-s0", "b-s1", "c-s2", "d-s3"]);
  });

  test("a run after one that is not among the pool's starts at once", async () => {
    const [task] = tasks(temporaryFolder(), "a");
    if (task === undefined) throw new Error("no task");
    const { ends } = await runAll([{ ...task, after: "done-before-s9" }]);
    expect(ends.get("a-s0")?.status).toBe("finished");
  });

  test("a run whose parent failed is not started, and says why; others go on", async () => {
    const { ends, events } = await runAll(afterEach("fail", "b", "c"), 1);
    expect(ends.get("b-s1")).toEqual({
      status: "failed",
      message: "its parent run fail-s0 failed: NaN at step 6",
      hint: "Try less.",
    });
    expect(events).not.toContainEqual(expect.objectContaining({ type: "started", run: "b-s1" }));
    expect(ends.get("c-s2")?.status).toBe("finished");
  });

  test("stop: a run after the stopped one never starts", async () => {
    const ends = await runUntilTraining(afterEach("wait", "b"), "stop");
    expect([...ends]).toEqual([["wait-s0", { status: "interrupted", stepsDone: 3 }]]);
  });

  test("a worker that can't be started has failed", async () => {
    const pool = startPool(tasks(temporaryFolder(), "a"), {
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

import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ownSettings } from "../../src/config/settings.ts";
import { RunError } from "../../src/core/errors.ts";
import type { Corpus } from "../../src/data/types.ts";
import type { Engine } from "../../src/engine/types.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { planRun } from "../../src/exec/run-plan.ts";
import type { FromWorker, RunSpec } from "../../src/exec/messages.ts";
import { doRun } from "../../src/exec/run-job.ts";
import type { Settings } from "../../src/config/settings.ts";
import type { RunIdentity } from "../../src/records/run.ts";
import type { RunPlan } from "../../src/store/write-run.ts";
import type { WorkerServices } from "../../src/exec/run-job.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { runNameOf } from "../../src/store/identity.ts";
import { readRun } from "../../src/store/read-run.ts";
import { readMetrics } from "../../src/store/run-csv.ts";
import type { Checkpoint, Train } from "../../src/train/types.ts";
import { temporaryFolder } from "../support/folder.ts";
import { checkpointAt, finalResults, metricRow, settingsOf } from "../support/runs.ts";

const CORPUS: Corpus = { domains: [], vocabulary: 256, labelCount: 0, tokenizer: null, hash: "text" };

function loadedLinear() {
  const router = shippedRouters.get("linear");
  if (router === undefined) throw new Error("no linear router");
  return { router, file: null, hash: null };
}

/** Services with a training of our own, everything else as good as empty. */
function servicesOf(train: Train): WorkerServices {
  return {
    createEngine: (name, { threads }) =>
      Promise.resolve({ name, threads, versions: {}, passes: [] } as unknown as Engine),
    loadCorpus: () => CORPUS,
    loadRouter: () => Promise.resolve(loadedLinear()),
    train,
    timeSteps: () => Promise.reject(new Error("not asked")),
  };
}

function plan(settings: Settings, seed: number, parent: RunIdentity | null): RunPlan {
  const router = loadedLinear();
  const model = modelSpec(settings, router.router, CORPUS.vocabulary);
  return planRun({ model, seed, routers: router, corpus: CORPUS, parent });
}

function specIn(runsFolder: string): RunSpec {
  const settings = settingsOf();
  const runName = runNameOf(plan(settings, 1, null).identity);
  const variant = { settings, routerFiles: {}, parent: null };
  return { variant, seed: 1, runsFolder, runName, engine: "compiled", threads: 1, cacheFolder: null };
}

/** Trains ten steps with a checkpoint every two; stops when asked. */
const tenSteps: Train = (job, resume, hooks) => {
  for (let step = (resume?.step ?? 0) + 1; step <= job.model.settings.training.steps; step++) {
    hooks.onMetrics(metricRow(step));
    hooks.onProgress({ phase: "training", step, steps: 10, trainLossNats: 1, tokensPerSecond: 1 });
    if (step % 2 === 0) hooks.onCheckpoint(checkpointAt(step));
    if (step < 10 && hooks.shouldStop()) {
      hooks.onCheckpoint(checkpointAt(step));
      return Promise.resolve({ status: "interrupted", stepsDone: step });
    }
  }
  return Promise.resolve({
    status: "finished",
    stepsDone: 10,
    results: finalResults(),
    load: [[1]],
    matrices: [],
  });
};

describe("one run in a worker", () => {
  test("trains, writes, reports; a second worker finds it done", async () => {
    const spec = specIn(temporaryFolder());
    const sent: FromWorker[] = [];
    const channel = { send: (message: FromWorker) => void sent.push(message), stopRequested: () => false };
    expect(await doRun(spec, servicesOf(tenSteps), channel)).toEqual({ status: "finished", reused: false });
    expect(sent[0]).toEqual({ type: "started", step: 0 });
    // The first step and the last one are always told, those between at intervals.
    expect(sent.at(-1)).toMatchObject({ type: "progress", progress: { step: 10 } });
    expect(readRun(join(spec.runsFolder, spec.runName))?.results).toEqual(finalResults());
    expect(await doRun(spec, servicesOf(tenSteps), channel)).toEqual({ status: "finished", reused: true });
  });

  test("stopped after step 3, it goes on with step 4, and no step stands twice", async () => {
    const spec = specIn(temporaryFolder());
    let asked = 0;
    const stopping = { send: () => undefined, stopRequested: () => ++asked === 3 };
    expect(await doRun(spec, servicesOf(tenSteps), stopping)).toEqual({
      status: "interrupted",
      stepsDone: 3,
    });
    const sent: FromWorker[] = [];
    const channel = { send: (message: FromWorker) => void sent.push(message), stopRequested: () => false };
    await doRun(spec, servicesOf(tenSteps), channel);
    expect(sent[0]).toEqual({ type: "started", step: 3 });
    const rows = readMetrics(join(spec.runsFolder, spec.runName, "metrics.csv"));
    expect(rows.map((row) => row.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  const silent = { send: () => undefined, stopRequested: () => false };
  test("a run that meets NaN is recorded with message and hint", async () => {
    const spec = specIn(temporaryFolder());
    const train: Train = () =>
      Promise.reject(new RunError("NaN at step 7 in layers.0.query", "Lower the learning rate."));
    const end = await doRun(spec, servicesOf(train), silent);
    expect(end).toEqual({
      ...{ status: "failed", message: "NaN at step 7 in layers.0.query", hint: "Lower the learning rate." },
    });
    expect(readRun(join(spec.runsFolder, spec.runName))).toMatchObject({
      ...{ status: "failed", failure: "NaN at step 7 in layers.0.query. Lower the learning rate." },
    });
  });

  test("a final loss that is no number is a failure, not a result", async () => {
    const spec = specIn(temporaryFolder());
    const train: Train = () =>
      Promise.resolve({
        status: "finished",
        stepsDone: 10,
        results: finalResults(NaN),
        load: [],
        matrices: [],
      });
    expect(await doRun(spec, servicesOf(train), silent)).toMatchObject({ status: "failed" });
    // Not to be tried again: it would diverge as before.
    expect(readRun(join(spec.runsFolder, spec.runName))?.status).toBe("diverged");
  });

  test("a throw in the router's own code names its place and asks for a correction, not for another try", async () => {
    const spec = specIn(temporaryFolder());
    const train: Train = () => Promise.reject(new TypeError("scores.sofmax is not a function"));
    const own = { ...spec, variant: { ...spec.variant, routerFiles: { linear: "/somewhere/mine.js" } } };
    const end = await doRun(own, servicesOf(train), silent);
    expect(end).toMatchObject({
      status: "failed",
      message: expect.stringMatching(
        /^test\/exec\/run-job\.test\.ts:\d+:\d+: the router threw TypeError: scores\.sofmax is not a function$/,
      ) as string,
      hint: "Correct it there: the same command fails the same way until then",
    });
    // Of a shipped router it is a bug, with its trace.
    const shipped = await doRun(specIn(temporaryFolder()), servicesOf(train), silent);
    expect(shipped).toMatchObject({ hint: expect.stringContaining("not a known kind of failure") as string });
  });

  test("text that changed since the start is refused", async () => {
    const spec = specIn(temporaryFolder());
    const changed = { ...servicesOf(tenSteps), loadCorpus: () => ({ ...CORPUS, hash: "other text" }) };
    expect(await doRun(spec, changed, silent)).toMatchObject({
      ...{ status: "failed", hint: expect.stringContaining("changed after the start") as string },
    });
  });

  describe("with a parent", () => {
    const own = settingsOf(7);
    const parent = { ...ownSettings(own), seed: 4, keepRouter: false, noise: null, parent: null };
    const settings = { ...settingsOf(), parent };
    const parentIdentity = plan(own, 4, null).identity;

    function child(runsFolder: string): RunSpec {
      const { identity } = plan(settings, 1, parentIdentity);
      const variant = {
        settings,
        routerFiles: {},
        parent: { settings: own, routerFiles: {}, parent: null },
      };
      return { ...specIn(runsFolder), variant, runName: runNameOf(identity) };
    }

    test("starts from its final weights, and needs them no more when it is resumed", async () => {
      const runsFolder = temporaryFolder();
      const parentSpec = {
        ...specIn(runsFolder),
        ...{
          variant: { settings: own, routerFiles: {}, parent: null },
          seed: 4,
          runName: runNameOf(parentIdentity),
        },
      };
      expect(await doRun(parentSpec, servicesOf(tenSteps), silent)).toMatchObject({ status: "finished" });
      const given: (Checkpoint | null)[] = [];
      const noting: Train = (job, resume, hooks) => {
        given.push(job.parent);
        return tenSteps(job, resume, hooks);
      };
      let asked = 0;
      const stopping = { send: () => undefined, stopRequested: () => ++asked === 3 };
      await doRun(child(runsFolder), servicesOf(noting), stopping);
      expect(given[0]?.step).toBe(6); // the newest checkpoint of a seven-step training that saves every second step
      expect(given[0]?.tensors["parameters/head"]).toEqual(checkpointAt(6).tensors["parameters/head"]);
      rmSync(join(runsFolder, parentSpec.runName), { recursive: true });
      expect(await doRun(child(runsFolder), servicesOf(noting), silent)).toMatchObject({
        status: "finished",
      });
      expect(given[1]).toBeNull();
    });

    test("that is not finished, or whose weights are gone, it fails and says what to do", async () => {
      const runsFolder = temporaryFolder();
      const name = runNameOf(parentIdentity);
      expect(await doRun(child(runsFolder), servicesOf(tenSteps), silent)).toEqual({
        status: "failed",
        message: `the parent run ${name} is missing`,
        hint: "The same command trains it first.",
      });
      const parentSpec = {
        ...specIn(runsFolder),
        ...{ variant: { settings: own, routerFiles: {}, parent: null }, seed: 4, runName: name },
      };
      await doRun(parentSpec, servicesOf(tenSteps), silent);
      rmSync(join(runsFolder, name, "checkpoint"), { recursive: true });
      expect(await doRun(child(runsFolder), servicesOf(tenSteps), silent)).toMatchObject({
        message: `the parent run ${name} is damaged: checkpoint/final.safetensors is missing`,
        hint: "The same command trains it first.",
      });
    });
  });
});

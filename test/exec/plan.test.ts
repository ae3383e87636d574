import { expect, test } from "vitest";
import { ownSettings, type Experiment, type Settings } from "../../src/config/settings.ts";
import { corpusCache, planRuns, runRecords, runsToDo, runsWithParents } from "../../src/exec/plan.ts";
import type { PlannedRun } from "../../src/exec/plan.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { lengthlessIdOf } from "../../src/store/identity.ts";
import { openRun } from "../../src/store/write-run.ts";
import { temporaryFolder } from "../support/folder.ts";
import { PROVENANCE, finalResults, settingsOf } from "../support/runs.ts";

const SETTINGS = settingsOf();
const variant = (name: string, settings: Settings) => ({ name, label: name, varies: [], settings });
const EXPERIMENT: Experiment = {
  ...{ name: "e", title: "E", paper: "", tier: "", seeds: [1, 2], baseline: "a", metric: "m", margin: 0.01 },
  controls: { floor: null, dense: null },
  variants: [
    variant("a", SETTINGS),
    variant("b", { ...SETTINGS, losses: { ...SETTINGS.losses, zWeight: 0 } }),
    variant("same as a", SETTINGS),
  ],
};

function plan(runsFolder: string, experiment = EXPERIMENT, hash = "data") {
  return planRuns(experiment.variants, {
    findRouter: (name) => {
      const router = shippedRouters.get(name);
      if (router === undefined) throw new Error(name);
      return { router, file: null, hash: null };
    },
    corpusOf: () => ({ domains: [], hash, vocabulary: 256 }),
    records: runRecords(runsFolder),
  })(experiment.seeds);
}

test("runs come seed by seed, so that an interrupted sweep has whole pairs", () => {
  expect(plan("/nowhere").map((run) => `${run.variant} ${run.seed}`)).toEqual([
    ...["a 1", "b 1", "same as a 1", "a 2", "b 2", "same as a 2"],
  ]);
});

test("variants that compute the same share a run, and a finished run is not done again", () => {
  const runs = temporaryFolder();
  const planned = plan(runs);
  expect(runsToDo(planned)).toHaveLength(4);
  const first = planned[0];
  if (first === undefined) throw new Error("nothing planned");
  const opened = openRun(runs, first.plan, PROVENANCE);
  if (opened.kind === "open") {
    opened.run.end({ status: "finished", stepsDone: 1, results: finalResults(), load: [], matrices: [] });
  }
  expect(runsToDo(plan(runs)).map((run) => `${run.variant} ${run.seed}`)).toEqual(["b 1", "a 2", "b 2"]);
});

/** `b` starts from `a` with 7 steps; `c` too, with another router on top. */
function withParents(seed: number | null): Experiment {
  const own = ownSettings(settingsOf(7));
  const parent = { ...own, seed, keepRouter: false, noise: null, parent: null };
  return {
    ...EXPERIMENT,
    variants: [
      variant("a", SETTINGS),
      variant("b", { ...SETTINGS, parent }),
      variant("c", { ...SETTINGS, router: { name: "hash", options: {} }, parent }),
    ],
  };
}

function finish(runsFolder: string, run: PlannedRun): void {
  const opened = openRun(runsFolder, run.plan, PROVENANCE);
  if (opened.kind === "open") {
    opened.run.end({ status: "finished", stepsDone: 1, results: finalResults(), load: [], matrices: [] });
  }
}

const shown = (runs: readonly PlannedRun[]): string[] => runs.map((run) => `${run.variant} ${run.seed}`);

test("a parent is an ordinary run, shared by all that start from it, done before the first of them", () => {
  const runs = temporaryFolder();
  const planned = plan(runs, withParents(null));
  expect(shown(runsToDo(planned))).toEqual(
    [1, 2].flatMap((seed) => [`a ${seed}`, `parent (linear, 7 steps) ${seed}`, `b ${seed}`, `c ${seed}`]),
  );
  const [, b, c] = planned;
  if (b?.parent == null || c?.parent == null) throw new Error("no parent");
  expect(b.parent.runName).toBe(c.parent.runName);
  // The very run that an experiment asking for the parent itself would name.
  const alone = { ...EXPERIMENT, variants: [variant("x", settingsOf(7))] };
  expect(b.parent.runName).toBe(plan(runs, alone)[0]?.runName);
  expect(b.plan.identity.parent).toBe(b.parent.runId);
});

test("a chain of parents is trained from its beginning, each once, and only as far as a run still to do needs it", () => {
  const transfer = { seed: null, keepRouter: true, noise: null };
  const first = { ...ownSettings(settingsOf(7)), ...transfer, parent: null };
  const second = {
    ...ownSettings(settingsOf(8)),
    objective: { name: "sft", options: {} },
    ...transfer,
    parent: first,
  } as const;
  const experiment = {
    ...EXPERIMENT,
    seeds: [1],
    variants: [
      variant("b", { ...SETTINGS, parent: second }),
      variant("c", { ...settingsOf(9), parent: second }),
    ],
  };
  const names = ["parent (linear, 7 steps) 1", "parent (sft, linear, 8 steps) 1", "b 1", "c 1"];
  expect(shown(runsToDo(plan("/nowhere", experiment)))).toEqual(names);
  const [b] = plan("/nowhere", experiment);
  expect(b?.plan.identity.parent).toBe(b?.parent?.runId);
  expect(b?.parent?.plan.identity.parent).toBe(b?.parent?.parent?.runId);
  // The stage before is the run that another experiment would name that ends with it.
  const [alone] = plan("/nowhere", {
    ...experiment,
    variants: [variant("x", { ...settingsOf(8), objective: second.objective, parent: first })],
  });
  expect(alone?.runName).toBe(b?.parent?.runName);
  // With the second there, the first is needed no more.
  const runs = temporaryFolder();
  if (b?.parent == null) throw new Error("no parent");
  finish(runs, b.parent);
  expect(shown(runsToDo(plan(runs, experiment)))).toEqual(["b 1", "c 1"]);
  expect(shown(runsWithParents(plan(runs, experiment)))).toEqual(names.slice(1));
});

test("one parent of a fixed seed serves every seed", () => {
  const todo = runsToDo(plan("/nowhere", withParents(9)));
  expect(shown(todo)).toEqual(["a 1", "parent (linear, 7 steps) 9", "b 1", "c 1", "a 2", "b 2", "c 2"]);
});

test("a finished parent is not trained again, nor is a missing one whose children are all finished", () => {
  const runs = temporaryFolder();
  const [, b, c] = plan(runs, { ...withParents(null), seeds: [1] });
  if (b?.parent == null || c === undefined) throw new Error("no parent");
  finish(runs, b);
  finish(runs, c);
  const again = plan(runs, { ...withParents(null), seeds: [1] });
  expect(shown(runsToDo(again))).toEqual(["a 1"]);
  expect(shown(runsWithParents(again))).toEqual(["a 1", "b 1", "c 1"]);
  const other = temporaryFolder();
  finish(other, b.parent);
  const half = plan(other, { ...withParents(null), seeds: [1] });
  expect(shown(runsToDo(half))).toEqual(["a 1", "b 1", "c 1"]);
  expect(shown(runsWithParents(half))).toEqual(["a 1", "parent (linear, 7 steps) 1", "b 1", "c 1"]);
});

test("the id of a run depends on its parent's: its seed, its text, and how its weights are taken over", () => {
  const own = ownSettings(settingsOf(7));
  const idOf = (change: object, hash = "data"): string | undefined => {
    const parent = { ...own, seed: null, keepRouter: false, noise: null, parent: null, ...change };
    const one = { ...EXPERIMENT, seeds: [1], variants: [variant("b", { ...SETTINGS, parent })] };
    return plan("/nowhere", one, hash)[0]?.runId;
  };
  const ids = [
    plan("/nowhere")[0]?.runId,
    idOf({}),
    idOf({ seed: 5 }),
    idOf({ keepRouter: true }),
    idOf({ noise: { share: 0.5, std: 0.02 } }),
    idOf({ losses: { balanceWeight: 0, zWeight: 0 } }),
    idOf({}, "other text"),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test("each corpus is loaded once", () => {
  let loads = 0;
  const corpus = { domains: [], vocabulary: 256, labelCount: 0, tokenizer: null, hash: "h" };
  const load = corpusCache(() => {
    loads += 1;
    return corpus;
  });
  load(SETTINGS.data);
  load({ ...SETTINGS.data });
  expect(loads).toBe(1);
  load({ ...SETTINGS.data, sequenceLength: 8 });
  expect(loads).toBe(2);
});

/** The experiment whose runs look at their loss elsewhere on the way. */
function lookingElsewhere(evaluateEvery: number): Experiment {
  const variants = EXPERIMENT.variants.map(({ name, settings }) =>
    variant(name, { ...settings, training: { ...settings.training, evaluateEvery } }),
  );
  return { ...EXPERIMENT, variants };
}

test("a finished run is found although its loss is to be looked at elsewhere, and is planned as it is there", () => {
  const runs = temporaryFolder();
  const [first] = plan(runs);
  if (first === undefined) throw new Error("nothing planned");
  const other = plan(runs, lookingElsewhere(7));
  expect(other[0]?.runName).not.toBe(first.runName);
  finish(runs, first);
  const again = plan(runs, lookingElsewhere(7));
  expect(again[0]).toMatchObject({
    runName: first.runName,
    runId: first.runId,
    known: { status: "finished" },
  });
  expect(again[0]?.plan.identity).toEqual(first.plan.identity);
  expect(again[0]?.spec.settings.training.evaluateEvery).toBe(SETTINGS.training.evaluateEvery);
  expect(shown(runsToDo(again))).toEqual(["b 1", "a 2", "b 2"]);
});

test("a run of another length is another run, of which the records know", () => {
  const runs = temporaryFolder();
  const [first] = plan(runs);
  if (first === undefined) throw new Error("nothing planned");
  finish(runs, first);
  const longer = settingsOf(20);
  const [run] = plan(runs, { ...EXPERIMENT, variants: [variant("a", longer)] });
  expect(run?.known).toBeNull();
  const identity = run!.plan.identity;
  expect(runRecords(runs).finishedLike(identity, lengthlessIdOf)?.name).toBe(first.runName);
  expect(runRecords(runs).finishedLike({ ...identity, seed: 9 }, lengthlessIdOf)).toBeNull();
});

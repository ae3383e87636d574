import { expect, test } from "vitest";
import type { Experiment, Settings } from "../../src/config/settings.ts";
import { corpusShelf, planRuns, runsToDo } from "../../src/exec/plan.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { openRun } from "../../src/store/write-run.ts";
import { PROVENANCE, finalResults, planOf, settingsOf, temporaryFolder } from "../support/runs.ts";

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

function plan(runsFolder: string) {
  return planRuns(EXPERIMENT, {
    findRouter: (name) => {
      const router = shippedRouters.get(name);
      if (router === undefined) throw new Error(name);
      return { router, file: null, hash: null };
    },
    corpusOf: () => ({ hash: "data", vocabulary: 256 }),
    costOf: () => planOf().cost,
    runsFolder,
  });
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

test("each corpus is loaded once", () => {
  let loads = 0;
  const corpus = { domains: [], vocabulary: 256, bytesPerToken: 1, hash: "h" };
  const load = corpusShelf(() => {
    loads += 1;
    return corpus;
  });
  load(SETTINGS.data);
  load({ ...SETTINGS.data });
  expect(loads).toBe(1);
  load({ ...SETTINGS.data, sequenceLength: 8 });
  expect(loads).toBe(2);
});

/** `--base FILE`: the question of one file in the model, text and training of another. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadExperiment, type LoadOptions } from "../../src/config/load.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { CALIBRATION_SEEDS } from "../../src/tables/calibration/answer.ts";
import { CONTRASTS } from "../../src/papers/calibration/registry.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();

function written(base: unknown, more: object = {}): string {
  const file = join(folder, "mine.json");
  const whole = { name: "mine", seeds: 2, baseline: "a", base, variants: [{ name: "a" }], ...more };
  writeFileSync(file, JSON.stringify(whole));
  return file;
}

const calibration = (options: Omit<LoadOptions, "routers"> = {}) =>
  loadExperiment("experiments/calibration.json", { routers: shippedRouters, ...options });

it("the shipped calibration has every contrast's variants, and as many seeds as its price says", async () => {
  const { experiment } = await calibration();
  const names = experiment.variants.map(({ name }) => name);
  for (const { variant, against } of CONTRASTS)
    expect(names).toEqual(expect.arrayContaining([variant, against]));
  expect(experiment.seeds).toHaveLength(CALIBRATION_SEEDS);
  // Active and total expert parameters of 8 experts of 128, two active: all but the ones with more, or one, in all.
  for (const { name, settings } of experiment.variants) {
    const { experts, topK, expertWidth } = settings.model;
    const always = Number(settings.router.options["experts"] ?? 0);
    expect((topK + always) * expertWidth, name).toBe(256);
    const total = { dense: 256, "more-experts": 4096 }[name] ?? 1024;
    expect((experts + always) * expertWidth, name).toBe(total);
  }
});

it("takes model, text and training of the other file and its tier; routers, losses and seeds stay", async () => {
  const base = written(
    {
      model: { experts: 12, topK: 3, expertWidth: 64 },
      losses: { balanceWeight: 1 },
      router: { name: "hash" },
    },
    { tier: "quick", tiers: { quick: { training: { steps: 70, warmupSteps: 7 } }, full: {} } },
  );
  const { experiment, notices } = await calibration({ base });
  expect(experiment).toMatchObject({
    name: "calibration-of-mine",
    tier: "quick",
    seeds: [1, 2, 3, 4, 5, 6, 7, 8],
  });
  const find = (name: string) => experiment.variants.find((variant) => variant.name === name)?.settings;
  expect(find("linear")).toMatchObject({
    model: { experts: 12, topK: 3, expertWidth: 64, width: 64 },
    training: { steps: 70, learningRate: 0.003 },
    losses: { balanceWeight: 0.01 },
    router: { name: "linear" },
  });
  expect(find("dense")?.model).toMatchObject({ experts: 1, topK: 1, expertWidth: 192 });
  expect(find("two-active")?.model).toMatchObject({ experts: 8, topK: 2, expertWidth: 96 });
  expect(find("finer")?.model).toMatchObject({ experts: 48, topK: 12, expertWidth: 16 });
  expect(notices).toEqual([]);
  expect((await calibration({ base, tier: "full" })).experiment.tier).toBe("full");
});

it("leaves out what the other file's sizes can't have, and says so", async () => {
  const base = written({ model: { experts: 9, topK: 2, expertWidth: 30 } });
  const { experiment, notices } = await calibration({ base });
  const names = experiment.variants.map(({ name }) => name);
  expect(names).not.toContain("one-active");
  expect(names).not.toContain("finer");
  expect(names).toEqual(expect.arrayContaining(["linear", "dense", "two-active", "shared-expert"]));
  expect(notices).toContainEqual(expect.stringMatching(/^left out, .*: finer \(.*is 7.5 here/));
});

it("refuses another file that is wrong, starts from a parent, or has no model for the baseline, at its place", async () => {
  const refused = async (base: string, more = {}): Promise<string> =>
    calibration({ base, ...more }).then(
      () => "",
      (error: unknown) => String(error),
    );
  expect(await refused(written({ model: { expert: 2 } }))).toMatch(/mine\.json:1:\d+.*unknown key "expert"/);
  const parent = { router: { name: "dense" }, model: { experts: 1, topK: 1 } };
  expect(await refused(written({ parent }))).toMatch(/mine\.json:1:\d+.*starts from a parent is no regime/);
  expect(await refused(written({ model: { topK: 1 } }))).toMatch(/mine\.json:1:\d+/);
  expect(await refused(join(folder, "nowhere.json"))).toMatch(/nowhere\.json.*does not exist/);
  expect(await refused(written({}), { tier: "quick" })).toMatch(/--tier quick.*has no "tiers"/);
});

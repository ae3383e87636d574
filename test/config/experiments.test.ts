import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadExperiment } from "../../src/config/load.ts";
import type { ParentSettings, Settings } from "../../src/config/settings.ts";
import { readSource } from "../../src/config/source.ts";
import { canonicalJson } from "../../src/core/json.ts";
import { shippedRouters } from "../../src/routers/index.ts";

/** The tier that has every variant. */
const withAll = (file: string) => (file === "smoke.json" ? {} : { tier: "quick" });
const FILES = readdirSync("experiments").filter((name) => name.endsWith(".json"));

/** Settings with a change in every stage; of a run that starts at random, in the one that it is. */
function inAllStages(settings: Settings | ParentSettings | undefined, change: object): unknown {
  if (settings === undefined) return undefined;
  return { ...settings, ...change, parent: settings.parent && inAllStages(settings.parent, change) };
}

describe("shipped experiments", () => {
  it.each(FILES)("%s loads in every tier", async (name) => {
    const file = `experiments/${name}`;
    const { experiment } = await loadExperiment(file, { routers: shippedRouters });
    expect(`${experiment.name}.json`).toBe(name);
    const written = readSource(file).value as { tiers?: Record<string, unknown> };
    const tiers = Object.keys(written.tiers ?? {});
    expect(tiers.includes(experiment.tier) || experiment.tier === "").toBe(true);
    for (const tier of tiers) {
      const loaded = await loadExperiment(file, { routers: shippedRouters, tier });
      expect(loaded.experiment.tier).toBe(tier);
    }
  });

  it.each(["quick", "standard", "full"] as const)(
    "a variant's name means the same run in every paper's experiment, in the tier %s",
    async (tier) => {
      const meanings = new Map<string, { file: string; settings: string; seeds: string }>();
      for (const file of FILES) {
        const { experiment } = await loadExperiment(`experiments/${file}`, { routers: shippedRouters });
        if (experiment.paper === "") continue;
        const loaded = await loadExperiment(`experiments/${file}`, { routers: shippedRouters, tier });
        for (const { name, settings } of loaded.experiment.variants) {
          const seeds = canonicalJson(loaded.experiment.seeds);
          const mine = { file, settings: canonicalJson(settings), seeds };
          const known = meanings.get(name) ?? mine;
          meanings.set(name, known);
          expect({ ...mine, file: known.file }, `${name} of ${file}, as in ${known.file}`).toEqual(known);
        }
      }
      expect(meanings.size).toBeGreaterThan(20);
    },
  );

  it("every paper's experiment has a dense control of its baseline's active compute, and a floor that is its baseline frozen", async () => {
    for (const file of FILES) {
      const { experiment } = await loadExperiment(`experiments/${file}`, {
        routers: shippedRouters,
        ...withAll(file),
      });
      if (experiment.paper === "") continue;
      const find = (name: string | null) => experiment.variants.find((variant) => variant.name === name);
      const floor = find(experiment.controls.floor)?.settings;
      const baseline = find(experiment.baseline)?.settings;
      const options = { ...baseline?.router.options, frozen: true };
      expect(floor, file).toEqual(inAllStages(baseline, { router: { name: "linear", options } }));
      // One expert that is as wide as the K that a token meets: equal active compute.
      const { topK = 0, expertWidth = 0 } = baseline?.model ?? {};
      const model = { ...baseline?.model, experts: 1, topK: 1, expertWidth: topK * expertWidth };
      const dense = find(experiment.controls.dense)?.settings;
      expect(dense, file).toEqual(inAllStages(baseline, { model, router: { name: "dense", options: {} } }));
    }
  });

  it("attention-router.json has the arms and controls of its question", async () => {
    const { experiment } = await loadExperiment("experiments/attention-router.json", {
      routers: shippedRouters,
      tier: "standard",
    });
    expect(experiment.baseline).toBe("linear");
    expect(experiment.controls).toEqual({ floor: "frozen", dense: "dense" });
    const arms = experiment.variants.map(({ name, settings }) => {
      return [name, settings.router.name, settings.losses.balanceWeight > 0];
    });
    expect(arms).toEqual([
      ["linear", "linear", true],
      ["attention", "attention", true],
      ["shared-expert", "shared-expert", true],
      ["attention-matched", "attention", true],
      ["linear-nobalance", "linear", false],
      ["attention-nobalance", "attention", false],
      ["attention-matched-nobalance", "attention", false],
      ["expert-choice", "expert-choice", true],
      ["frozen", "linear", true],
      ["hash", "hash", true],
      ["dense", "dense", true],
    ]);
  });

  it("attention-router.json holds the hidden width of all experts, and of those a token meets, equal", async () => {
    const { experiment } = await loadExperiment("experiments/attention-router.json", {
      routers: shippedRouters,
      tier: "standard",
    });
    const widths = experiment.variants.map(({ name, settings: { model, router } }) => {
      const alwaysOn = shippedRouters.get(router.name)?.alwaysOnExperts(router.options) ?? 0;
      const total = (model.experts + alwaysOn) * model.expertWidth;
      return { name, total, active: (model.topK + alwaysOn) * model.expertWidth };
    });
    const [linear] = widths;
    for (const { name, total, active } of widths) {
      expect(active, name).toBe(linear?.active);
      // Dense is equal in active compute alone.
      if (name !== "dense") expect(total, name).toBe(linear?.total);
    }
  });
});

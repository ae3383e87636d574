import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadExperiment } from "../../src/config/load.ts";
import { shippedRouters } from "../../src/routers/index.ts";

const FILES = readdirSync("experiments").filter((name) => name.endsWith(".json"));

describe("shipped experiments", () => {
  it.each(FILES)("%s loads in every tier", async (name) => {
    const file = `experiments/${name}`;
    const { experiment } = await loadExperiment(file, { routers: shippedRouters });
    expect(`${experiment.name}.json`).toBe(name);
    const tiers = experiment.tier === "" ? [] : ["quick", "standard", "full"];
    for (const tier of tiers) {
      const loaded = await loadExperiment(file, { routers: shippedRouters, tier });
      expect(loaded.experiment.tier).toBe(tier);
    }
  });

  it("attention-router.json has the arms and controls of its question", async () => {
    const { experiment } = await loadExperiment("experiments/attention-router.json", {
      routers: shippedRouters,
    });
    expect(experiment.baseline).toBe("linear");
    expect(experiment.controls).toEqual({ floor: "frozen", dense: "dense" });
    const arms = experiment.variants.map(({ name, settings }) => {
      const { router, losses, model } = settings;
      return [name, router.name, losses.balanceWeight, model.experts, model.topK, model.expertWidth];
    });
    expect(arms).toEqual([
      ["linear", "linear", 0.01, 8, 2, 128],
      ["shared-expert", "shared-expert", 0.01, 14, 2, 64],
      ["attention", "attention", 0.01, 8, 2, 128],
      ["attention-matched", "attention", 0.01, 8, 2, 128],
      ["linear-nobalance", "linear", 0, 8, 2, 128],
      ["attention-nobalance", "attention", 0, 8, 2, 128],
      ["attention-matched-nobalance", "attention", 0, 8, 2, 128],
      ["expert-choice", "expert-choice", 0.01, 8, 2, 128],
      ["frozen", "linear", 0.01, 8, 2, 128],
      ["hash", "hash", 0.01, 8, 2, 128],
      ["dense", "dense", 0.01, 1, 1, 256],
    ]);
  });
});

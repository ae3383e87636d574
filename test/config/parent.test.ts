import { describe, expect, it } from "vitest";
import { loadExperiment } from "../../src/config/load.ts";
import { parentRunSettings } from "../../src/config/parent.ts";
import type { Settings } from "../../src/config/settings.ts";
import { costOf } from "../../src/model/cost.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { load, problemsOf } from "./fixtures.ts";

/** An experiment of two variants, with more text in the base, in the second variant and after them. */
function fileOf(base: string, variant: string, rest = ""): string {
  return `{"name": "x", "seeds": 2, "baseline": "a", "base": {${base}},
"variants": [{"name": "a"}, {"name": "b", ${variant}}]${rest}}`;
}

const DENSE =
  '"parent": {"model": {"experts": 1, "topK": 1}, "router": {"name": "hash"}, "training": {"steps": 300}}';
const ATTENTION = '"varies": ["router"], "router": {"name": "attention"}';

async function parentsOf(text: string, options: Parameters<typeof load>[1] = {}) {
  const { experiment } = await load(text, options);
  return experiment.variants.map(({ settings }) => settings.parent);
}

describe("a parent", () => {
  it("is the base with what it changes, whatever the variant changes", async () => {
    const { experiment } = await load(
      fileOf(`"model": {"width": 32}, "losses": {"zWeight": 0.5}, ${DENSE}`, ATTENTION),
    );
    const [a, b] = experiment.variants.map(({ settings }) => settings);
    expect(b?.router.name).toBe("attention");
    expect(b?.parent).toEqual(a?.parent);
    // All of the base, but for what the parent names; its weights are taken over as the defaults say.
    expect(a?.parent).toEqual({
      ...a,
      model: { ...a?.model, experts: 1, topK: 1 },
      router: { name: "hash", options: {} },
      training: { ...a?.training, steps: 300 },
      parent: null,
      ...{ seed: null, keepRouter: false, noise: null },
    });
    expect(a?.losses.zWeight).toBe(0.5);
  });

  it("of nothing written is the base itself; without one a run starts at random", async () => {
    const [none, one] = await parentsOf(fileOf("", '"varies": ["parent"], "parent": {"keepRouter": true}'));
    expect(none).toBeNull();
    const { experiment } = await load(fileOf("", '"varies": ["parent"], "parent": {}'));
    const [a, b] = experiment.variants.map(({ settings }) => settings);
    expect(one?.keepRouter).toBe(true);
    if (b?.parent == null) throw new Error("no parent");
    expect(parentRunSettings(b.parent)).toEqual(a);
  });

  it("is made of all layers: base, tier, variant, grid and flags, objects merged", async () => {
    const text = fileOf(
      DENSE,
      '"varies": ["parent.noise"], "parent": {"noise": {"std": 0.1}}',
      `, "tier": "quick", "tiers": {"quick": {"training": {"learningRate": 0.5}, "parent": {"training": {"steps": 200}}}},
      "grid": {"parent.training.learningRate": [0.1, 0.2]}`,
    );
    const set = ["parent.training.optimizer.beta1=0.8", "model.layers=1"];
    const parents = await parentsOf(text, { set });
    expect(
      parents.map((parent) => [parent?.training.learningRate, parent?.training.steps, parent?.noise]),
    ).toEqual([
      [0.1, 200, null],
      [0.1, 200, { share: 0.5, std: 0.1 }],
      [0.2, 200, null],
      [0.2, 200, { share: 0.5, std: 0.1 }],
    ]);
    for (const parent of parents) {
      expect(parent?.training.optimizer.beta1).toBe(0.8);
      expect(parent?.model).toMatchObject({ layers: 1, experts: 1 });
    }
  });

  it("has the grid's settings as its base", async () => {
    const text = fileOf(DENSE, ATTENTION, ', "grid": {"model.width": [16, 32]}');
    expect((await parentsOf(text)).map((parent) => parent?.model.width)).toEqual([16, 16, 32, 32]);
  });

  it("can be taken back with null, and what stood below is gone", async () => {
    const [a, b] = await parentsOf(fileOf(DENSE, '"varies": ["parent"], "parent": null'));
    expect([a?.training.steps, b]).toEqual([300, null]);
    const again = fileOf(DENSE, '"varies": ["parent"], "parent": null', ', "grid": {"parent.seed": [1]}');
    const [, c] = await parentsOf(again);
    expect([c?.training.steps, c?.router.name, c?.seed]).toEqual([800, "linear", 1]);
  });

  it("with another router starts from that router's own options", async () => {
    const base = '"router": {"name": "linear", "options": {"frozen": true}}';
    const [kept, other] = await parentsOf(
      fileOf(
        `${base}, "parent": {}`,
        '"varies": ["parent"], "parent": {"router": {"name": "attention", "options": {"temperature": 2}}}',
      ),
    );
    expect(kept?.router).toEqual({ name: "linear", options: { frozen: true, renormalise: true } });
    expect(other?.router).toEqual({ name: "attention", options: { initScale: 1, temperature: 2 } });
  });

  it("keeps its steps when --steps shortens the runs, and a notice says so", async () => {
    const { experiment, notices } = await load(fileOf(DENSE, ATTENTION), { steps: 50 });
    const [a] = experiment.variants;
    expect([a?.settings.training.steps, a?.settings.parent?.training.steps]).toEqual([50, 300]);
    expect(notices).toContain(
      "--steps 50: parent runs keep their 300 steps; --set parent.training.steps=N changes that",
    );
  });
});

describe("problems with a parent", () => {
  it("stand where the parent writes the value, else at the parent", async () => {
    const wrong = '"varies": ["parent"], "parent": {"model": {"experts": 1}, "training": {"steps": 20}}';
    expect(await problemsOf(fileOf("", wrong))).toEqual([
      "x:2:97: variants[b].parent.model.experts: topK is 2, but there are only 1 experts; lower topK or add experts",
      "x:2:123: variants[b].parent.training.steps: the warm-up of 80 steps must be shorter than the training of 20 steps",
    ]);
  });

  it("unknown keys, a parent of its own, and values out of range", async () => {
    const wrong =
      '"varies": ["parent"], "parent": {"modle": {}, "parent": {}, "noise": {"share": 2}, "seed": -1}';
    expect(await problemsOf(fileOf("", wrong))).toEqual([
      'x:2:76: variants[b].parent.modle: unknown key "modle"; did you mean "model"?',
      expect.stringMatching(/^x:2:89: variants\[b\]\.parent\.parent: unknown key "parent"/),
      "x:2:122: variants[b].parent.noise.share: must be a number above 0 and at most 1, found 2",
      "x:2:134: variants[b].parent.seed: must be an integer from 0 to 2147483647, or null, found -1",
    ]);
  });

  it("a router that can't be kept, and noise without copies", async () => {
    const keep = fileOf('"parent": {"keepRouter": true}', ATTENTION);
    expect(await problemsOf(keep)).toEqual([
      expect.stringContaining(
        'base.parent.keepRouter: the parent\'s router "linear" can\'t be kept by the router "attention"',
      ),
    ]);
    const noise = fileOf("", '"varies": ["parent"], "parent": {"noise": {}}');
    expect(await problemsOf(noise)).toEqual([
      expect.stringContaining(
        "variants[b].parent.noise: noise is for experts that are copies, but the parent has 8 experts as well",
      ),
    ]);
  });

  it("an unknown router of the parent", async () => {
    const text = fileOf("", '"varies": ["parent"], "parent": {"router": {"name": "liner"}}');
    expect(await problemsOf(text)).toEqual([
      expect.stringContaining(
        'variants[b].parent.router.name: there is no router "liner"; did you mean "linear"?',
      ),
    ]);
  });

  it("a parent, or its lack, that varies does not list is said once", async () => {
    expect(await problemsOf(fileOf("", DENSE))).toEqual([
      expect.stringMatching(
        /variants\[b\]\.parent: starts from a parent, unlike the base, but "varies" does not list it/,
      ),
    ]);
    expect(await problemsOf(fileOf(DENSE, '"parent": null'))).toEqual([
      expect.stringMatching(
        /variants\[b\]\.parent: has no parent, unlike the base, but "varies" does not list it/,
      ),
    ]);
    const steps = fileOf(DENSE, '"parent": {"training": {"steps": 400}}');
    expect(await problemsOf(steps)).toEqual([
      expect.stringContaining("variants[b].parent.training.steps: differs from the base (300 -> 400)"),
    ]);
  });
});

describe("the shipped experiments with parents", () => {
  const options = { routers: shippedRouters };

  it.each(["quick", "standard", "full"])(
    "olmoe-upcycling, %s: training longer from scratch costs what the upcycled run and its parent cost together",
    async (tier) => {
      const { experiment } = await loadExperiment("experiments/olmoe-upcycling.json", { ...options, tier });
      const flopsOf = (settings: Settings): number => {
        const router = shippedRouters.get(settings.router.name);
        if (router === undefined) throw new Error(settings.router.name);
        const { data, training } = settings;
        const tokens = training.steps * data.batchSequences * data.sequenceLength;
        return tokens * costOf(modelSpec(settings, router, 256)).forwardFlopsPerToken;
      };
      const find = (name: string): Settings => {
        const variant = experiment.variants.find((candidate) => candidate.name === name);
        if (variant === undefined) throw new Error(name);
        return variant.settings;
      };
      const { parent, ...upcycled } = find("upcycled");
      if (parent === null) throw new Error("no parent");
      expect(parent.training).toEqual(upcycled.training);
      const both = flopsOf({ ...upcycled, parent }) + flopsOf(parentRunSettings(parent));
      expect(flopsOf(find(`linear-longer-${tier}`)) / both).toBeCloseTo(1, 3);
      // From scratch for as long is the upcycled run without its parent.
      expect(find("linear")).toEqual({ ...upcycled, parent: null });
      expect(find("upcycled-noise").parent).toEqual({ ...parent, noise: { share: 0.5, std: 0.02 } });
    },
  );

  it.each(["quick", "standard", "full"])(
    "attention-router-trunk, %s: one trunk for all variants",
    async (tier) => {
      const file = "experiments/attention-router-trunk.json";
      const { experiment } = await loadExperiment(file, { ...options, tier });
      const parents = experiment.variants.map(({ settings }) => settings.parent);
      for (const parent of parents) expect(parent).toEqual(parents[0]);
      expect(parents[0]).toMatchObject({ seed: null, model: { experts: 1, expertWidth: 128 } });
    },
  );
});

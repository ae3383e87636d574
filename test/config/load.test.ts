import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DEFAULTS } from "../../src/config/defaults.ts";
import { baselineOf } from "../../src/config/grid.ts";
import { loadExperiment } from "../../src/config/load.ts";
import type { RouterSchema } from "../../src/config/settings.ts";
import { fakeRouters, load, problemsOf, withFolder } from "./fixtures.ts";

const SMALLEST = '{"name": "x", "seeds": 2, "baseline": "a", "variants": [{"name": "a"}]}';

const FULL = `{
  "name": "x",
  "title": "An experiment",
  "paper": "A paper, section 1",
  "base": {
    "model": {"experts": 4},
    "router": {"name": "linear", "options": {"renormalise": false}},
    "training": {"optimizer": {"beta2": 0.99}},
  },
  "seeds": [3, 0],
  "baseline": "a",
  "controls": {"floor": "frozen"},
  "metric": "causal_validation_loss_nats",
  "margin": "0.5 %",
  "tier": "quick",
  "tiers": {
    "quick": {"training": {"steps": 100, "warmupSteps": 10}, "seeds": 1},
    "full": {"training": {"steps": 1000}, "only": ["attention"]},
  },
  "variants": [
    {"name": "a", "label": "Variant A"},
    {"name": "frozen", "varies": ["router.options.frozen"], "router": {"options": {"frozen": true}}},
    {
      "name": "attention",
      "varies": ["router", "losses"],
      "router": {"name": "attention", "options": {"temperature": 2}},
      "losses": {"balanceWeight": 0},
    },
  ],
}`;

describe("an experiment", () => {
  it("that writes nothing has the defaults, with the router's own options", async () => {
    const { experiment, notices } = await load(SMALLEST);
    expect(experiment).toEqual({
      name: "x",
      title: "x",
      paper: "",
      tier: "",
      seeds: [1, 2],
      baseline: "a",
      controls: { floor: null, dense: null },
      metric: "validation_loss_nats",
      margin: 0.003,
      variants: [
        {
          name: "a",
          label: "a",
          varies: [],
          settings: {
            ...DEFAULTS,
            router: { name: "linear", options: { renormalise: true, frozen: false } },
          },
        },
      ],
    });
    expect(notices).toEqual([]);
  });

  it("is base, then tier, then variant; the head is kept", async () => {
    const { experiment } = await load(FULL);
    expect(experiment).toMatchObject({
      title: "An experiment",
      paper: "A paper, section 1",
      tier: "quick",
      seeds: [1],
      controls: { floor: "frozen", dense: null },
      metric: "causal_validation_loss_nats",
      margin: 0.005,
    });
    const [a, frozen, attention] = experiment.variants;
    expect(a?.label).toBe("Variant A");
    expect(a?.settings.model).toEqual({ ...DEFAULTS.model, experts: 4 });
    expect(a?.settings.training).toMatchObject({
      steps: 100,
      warmupSteps: 10,
      optimizer: { beta1: 0.9, beta2: 0.99 },
    });
    // The same router keeps the base's options; another one starts from its own defaults.
    expect(frozen?.settings.router.options).toEqual({ renormalise: false, frozen: true });
    expect(attention?.settings.router).toEqual({
      name: "attention",
      options: { initScale: 1, temperature: 2 },
    });
    expect(attention?.settings.losses).toEqual({ ...DEFAULTS.losses, balanceWeight: 0, zWeight: 0.001 });
  });

  it("is frozen all the way down", async () => {
    const { experiment } = await load(FULL);
    const frozen = (value: unknown): boolean => {
      if (typeof value !== "object" || value === null) return true;
      return Object.isFrozen(value) && Object.values(value).every(frozen);
    };
    expect(frozen(experiment)).toBe(true);
  });

  it("may be saved with a byte order mark and name its schema", async () => {
    const { experiment } = await load(`\ufeff${SMALLEST.replace("{", '{"$schema": "s.json", ')}`);
    expect(experiment.name).toBe("x");
  });

  it.each([
    ['"0.3%"', 0.003],
    ['"1 %"', 0.01],
    ['"0.07%"', 0.0007],
    ["0.002", 0.002],
  ])("with margin %s means the share %f", async (margin, share) => {
    const { experiment } = await load(SMALLEST.replace("{", `{"margin": ${margin}, `));
    expect(experiment.margin).toBe(share);
  });
});

describe("tiers", () => {
  it("are chosen by name, with their own seeds and variants; the baseline always runs", async () => {
    const { experiment } = await load(FULL, { tier: "full" });
    expect(experiment.tier).toBe("full");
    expect(experiment.seeds).toEqual([3, 0]);
    expect(experiment.variants.map(({ name }) => name)).toEqual(["a", "attention"]);
    expect(experiment.controls).toEqual({ floor: null, dense: null });
    expect(experiment.variants[0]?.settings.training).toMatchObject({ steps: 1000, warmupSteps: 80 });
  });

  it("that do not exist are refused", async () => {
    expect(await problemsOf(FULL, { tier: "fall" })).toEqual([
      '--tier fall: there is no tier "fall"; did you mean "full"? Tiers: "quick", "full"',
    ]);
    expect(await problemsOf(SMALLEST, { tier: "quick" })).toEqual([
      '--tier quick: the experiment has no "tiers"; leave the flag out',
    ]);
  });
});

describe("domains", () => {
  it("are shipped corpora or files beside the experiment", () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, "poems"));
      const domains = [
        { name: "fiction" },
        { name: "numbers", corpus: "arithmetic", weight: 0.5, validationWeight: 2 },
        { name: "code", files: ["poems"] },
      ];
      const file = join(folder, "x.json");
      writeFileSync(
        file,
        SMALLEST.replace("{", `{"base": {"data": {"domains": ${JSON.stringify(domains)}}}, `),
      );
      const { experiment } = await loadExperiment(file, { routers: fakeRouters });
      expect(experiment.variants[0]?.settings.data.domains).toEqual([
        { name: "fiction", weight: 1, validationWeight: null, task: null, corpus: "fiction", files: [] },
        { name: "numbers", weight: 0.5, validationWeight: 2, task: null, corpus: "arithmetic", files: [] },
        {
          name: "code",
          weight: 1,
          validationWeight: null,
          task: null,
          corpus: null,
          files: [join(folder, "poems")],
        },
      ]);
    }));

  it("are synthetic tasks, with every setting of their difficulty, and a grid may be over them", async () => {
    const grid = '"grid": {"data.domains": [[{"name": "recall", "task": {"keys": 4}}], [{"name": "code"}]]}';
    const { experiment } = await load(SMALLEST.replace("{", `{${grid}, `));
    expect(experiment.variants.map(({ name }) => name)).toEqual([
      "a, data.domains=recall",
      "a, data.domains=code",
    ]);
    expect(experiment.variants[0]?.settings.data.domains).toEqual([
      {
        ...{ name: "recall", weight: 1, validationWeight: null, corpus: "recall", files: [] },
        task: { keys: 4, values: 16, rules: 8 },
      },
    ]);
  });

  it("refuse a difficulty that the task does not have, that does not fit, or that is of text", async () => {
    const domains =
      '[{"name": "recall", "task": {"key": 4}}, {"name": "token-rule", "task": {"branches": 9, "vocabulary": 8}}, {"name": "code", "task": {"keys": 4}}]';
    const found = await problemsOf(SMALLEST.replace("{", `{"base": {"data": {"domains": ${domains}}}, `));
    expect(found).toEqual([
      expect.stringMatching(
        /^x:1:\d+: base\.data\.domains\[0\]\.task\.key: unknown key "key"; did you mean "keys"\?$/,
      ),
      expect.stringMatching(
        /^x:1:\d+: base\.data\.domains\[1\]\.task\.branches: must be at most vocabulary, found 9$/,
      ),
      expect.stringMatching(
        /^x:1:\d+: base\.data\.domains\[2\]\.task: "code" is text; "task" is for synthetic tasks/,
      ),
    ]);
  });
});

describe("a router module", () => {
  const text = SMALLEST.replace("{", '{"base": {"router": {"name": "./mine.js", "options": {"depth": 3}}}, ');
  const mine = (name: string): RouterSchema => {
    return { name, options: z.object({ depth: z.int().default(1) }), problems: () => [] };
  };

  it("is loaded from its absolute path, once", () =>
    withFolder(async (folder) => {
      const file = join(folder, "x.json");
      writeFileSync(file, text);
      const loaded: string[] = [];
      const loadRouter = (path: string): Promise<RouterSchema> => {
        loaded.push(path);
        return Promise.resolve(mine(path));
      };
      const { experiment } = await loadExperiment(file, { routers: fakeRouters, loadRouter });
      const path = join(folder, "mine.js");
      expect(loaded).toEqual([path]);
      expect(experiment.variants[0]?.settings.router).toEqual({ name: path, options: { depth: 3 } });
    }));

  it("is refused with the reason, and its options are checked strictly", async () => {
    const failing = await problemsOf(text, {
      loadRouter: () => Promise.reject(new Error("no default export")),
    });
    expect(failing).toEqual([
      'x:1:30: base.router.name: the router module "FOLDER/mine.js" can\'t be used: no default export',
    ]);
    const misspelt = await problemsOf(text.replace('"depth"', '"dept"'), {
      loadRouter: () => Promise.resolve(mine("mine")),
    });
    expect(misspelt).toEqual([
      'x:1:55: base.router.options.dept: unknown key "dept"; did you mean "depth"? (router "mine")',
    ]);
  });
});

describe("--set", () => {
  it("takes JSON or a bare word, over base and tier", async () => {
    const { experiment, notices } = await load(FULL, {
      set: ["training.steps=200", "training.optimizer.clipNorm=null", "model.init.distribution=normal"],
    });
    const settings = experiment.variants[0]?.settings;
    expect(settings?.training).toMatchObject({ steps: 200, warmupSteps: 10, optimizer: { clipNorm: null } });
    expect(settings?.model.init).toEqual({ distribution: "normal", std: 0.02, cut: 3 });
    expect(notices).toEqual([]);
  });

  it("reports every wrong flag beside what is wrong in the file", async () => {
    const set = ["modle.topK=1", "model.topK=two", "model.topK", "=1", "x.__proto__.y=1", "model.topK=5"];
    expect(await problemsOf(FULL.replace('"beta2": 0.99', '"beta2": 99'), { set })).toEqual([
      '--set modle.topK=1: modle: unknown key "modle"; did you mean "model"?',
      '--set model.topK=two: model.topK: must be an integer from 1 to 1024, found "two"',
      "--set model.topK: write it as path=value, e.g. --set training.steps=400",
      "--set =1: write it as path=value, e.g. --set training.steps=400",
      '--set x.__proto__.y=1: the key "__proto__" is not allowed',
      "--set model.topK=5: model.topK: topK is 5, but there are only 4 experts; lower topK or add experts",
      "x:8:41: base.training.optimizer.beta2: must be a number from 0 to 0.999999, found 99",
    ]);
  });

  it("keeps differences declared: what a variant wrote may now differ from the base", async () => {
    const text = SMALLEST.replace(
      '{"name": "a"}',
      '{"name": "a"}, {"name": "b", "model": {"topK": 2}, "varies": ["losses"], "losses": {"zWeight": 0}}',
    );
    expect(await problemsOf(text)).toEqual([]);
    expect(await problemsOf(text, { set: ["model.topK=3"] })).toEqual([
      'x:1:104: variants[b].model.topK: differs from the base (3 -> 2), but "varies" does not list it; add "model.topK" to "varies", or undo it',
    ]);
  });

  it("says when it changes nothing", async () => {
    const text = SMALLEST.replace(
      '{"name": "a"}',
      '{"name": "a", "varies": ["model.topK"], "model": {"topK": 3}}',
    );
    expect((await load(text, { set: ["model.topK=4"] })).notices).toEqual([
      "--set model.topK=4: has no effect, every variant sets model.topK itself",
    ]);
  });

  it("reads relative paths from the working folder", async () => {
    const { experiment } = await load(SMALLEST, {
      set: ['data.domains=[{"name": "mine", "files": ["package.json"]}]'],
    });
    expect(experiment.variants[0]?.settings.data.domains[0]?.files).toEqual([
      join(process.cwd(), "package.json"),
    ]);
  });
});

describe("--steps, --seeds and --only", () => {
  it("shorten the training, and the warm-up with it when it no longer fits", async () => {
    const { experiment, notices } = await load(SMALLEST, { steps: 50, seeds: 4 });
    expect(experiment.seeds).toEqual([1, 2, 3, 4]);
    // 80 of 800 steps are 5 of 50.
    expect(experiment.variants[0]?.settings.training).toMatchObject({ steps: 50, warmupSteps: 5 });
    expect(notices).toEqual(["--steps 50: the warm-up is shortened from 80 of 800 steps to 5 of 50"]);
  });

  it("leave a warm-up that fits alone", async () => {
    const { experiment, notices } = await load(SMALLEST, { steps: 100 });
    expect(experiment.variants[0]?.settings.training).toMatchObject({ steps: 100, warmupSteps: 80 });
    expect(notices).toEqual([]);
  });

  it("allow a single step", async () => {
    const { experiment } = await load(SMALLEST, { steps: 1 });
    expect(experiment.variants[0]?.settings.training).toMatchObject({ steps: 1, warmupSteps: 0 });
  });

  it("keep the named variants and the baseline", async () => {
    const { experiment } = await load(FULL, { only: ["frozen"] });
    expect(experiment.variants.map(({ name }) => name)).toEqual(["a", "frozen"]);
    expect(experiment.controls.floor).toBe("frozen");
  });

  it("are refused when they make no sense", async () => {
    expect(await problemsOf(FULL, { steps: 0, seeds: 1.5, only: ["a", "atention"] })).toEqual([
      "--seeds 1.5: must be an integer from 1 to 1000",
      "--steps 0: must be an integer from 1 to 10000000",
      '--only atention: there is no variant "atention"; did you mean "attention"? Variants: "a", "frozen", "attention"',
    ]);
  });
});

describe("a grid", () => {
  const text = FULL.replace(
    '"seeds": [3, 0],',
    '"seeds": [3, 0], "grid": {"model.topK": [2, 3], "training.learningRate": [0.001]},',
  );

  it("multiplies every variant, and counts as varied", async () => {
    const { experiment } = await load(text);
    expect(experiment.variants.map(({ name }) => name)).toEqual([
      "a, model.topK=2, training.learningRate=0.001",
      "frozen, model.topK=2, training.learningRate=0.001",
      "attention, model.topK=2, training.learningRate=0.001",
      "a, model.topK=3, training.learningRate=0.001",
      "frozen, model.topK=3, training.learningRate=0.001",
      "attention, model.topK=3, training.learningRate=0.001",
    ]);
    const last = experiment.variants.at(-1);
    expect(last?.settings.model.topK).toBe(3);
    expect(last?.settings.training.learningRate).toBe(0.001);
    expect(last?.varies).toEqual(["router", "losses", "model.topK", "training.learningRate"]);
  });

  it("compares with the baseline at the same values", async () => {
    const { experiment } = await load(text);
    expect(experiment.baseline).toBe("a, model.topK=2, training.learningRate=0.001");
    expect(baselineOf(experiment, "frozen, model.topK=3, training.learningRate=0.001")).toBe(
      "a, model.topK=3, training.learningRate=0.001",
    );
    expect(baselineOf({ baseline: "a" }, "frozen")).toBe("a");
  });

  it("can be cut down to one combination, with its baseline", async () => {
    const only = ["attention, model.topK=3, training.learningRate=0.001"];
    const { experiment } = await load(text, { only });
    expect(experiment.variants.map(({ name }) => name)).toEqual([
      "a, model.topK=3, training.learningRate=0.001",
      "attention, model.topK=3, training.learningRate=0.001",
    ]);
    expect(experiment.baseline).toBe("a, model.topK=3, training.learningRate=0.001");
  });
});

describe("locate", () => {
  it("finds the nearest written place", () =>
    withFolder(async (folder) => {
      const file = join(folder, "x.json");
      writeFileSync(file, FULL);
      const { locate } = await loadExperiment(file, { routers: fakeRouters, set: ["losses.zWeight=0"] });
      expect(locate("attention", "losses.balanceWeight")).toBe(`${file}:27:35`);
      expect(locate("a", "losses.zWeight")).toBe("--set losses.zWeight=0");
      expect(locate("a", "training.steps")).toBe(`${file}:17:37`);
      expect(locate("frozen", "model.experts")).toBe(`${file}:6:26`);
      // Not written: what encloses it.
      expect(locate("attention", "router.options.initScale")).toBe(`${file}:26:50`);
      expect(locate("a", "data.validationTokens")).toBe(`${file}:21:5`);
      expect(locate(null, "data.validationTokens")).toBe(`${file}:5:11`);
      // The tier's seeds are the ones that count.
      expect(locate(null, "seeds")).toBe(`${file}:17:71`);
      expect(locate(null, "margin")).toBe(`${file}:14:13`);
    }));
});

/** Every setting of the model and its losses does something, and what it should. */
import { describe, expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import type { HostTensors } from "../../src/engine/types.ts";
import { gradientProgram, NAMES, trainedNames } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { compiled } from "../support/engines.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

/** The step of a model from its own initial parameters, always on the same tokens. */
async function step(settings: Settings, feedsFrom: Settings = settings): Promise<HostTensors> {
  const program = gradientProgram(modelSpec(settings, linear, TINY_V));
  const executable = await compiled.compile(program);
  const from = modelSpec(feedsFrom, linear, TINY_V);
  const feeds = programFeeds(gradientProgram(from), from, 2);
  const ids = Int32Array.from({ length: 12 }, (_, i) => (7 * i) % TINY_V);
  const outputs = await executable.run({
    ...feeds,
    [NAMES.inputs]: ids,
    [NAMES.targets]: ids.map((id) => (id + 3) % TINY_V),
  });
  await executable.dispose();
  return outputs;
}

const loss = (outputs: HostTensors): number => outputs[NAMES.loss]![0]!;
const base = tinySettings({});
const plain = await step(base);

describe("with the same numbers for every parameter", () => {
  it.each([
    ["normEps", { normEps: 0.1 }],
    ["rotaryBase", { rotaryBase: 10 }],
    ["heads", { heads: 4 }],
    ["topK", { topK: 3 }],
    ["qkNorm", { qkNorm: false }],
    ["tiedEmbeddings", { tiedEmbeddings: true }],
    ["norm", { norm: "layer" }],
    ["norm", { norm: "layer-nonparametric" }],
  ] as const)("%s changes the loss", async (_, model) => {
    // Parameters that a model does not have are simply not read.
    expect(Math.abs(loss(await step(tinySettings({ model }), base)) - loss(plain))).toBeGreaterThan(1e-4);
  });

  it("and an equal setting does not", async () => {
    expect(loss(await step(tinySettings({ model: { normEps: 1e-5, rotaryBase: 10_000 } }), base))).toBe(
      loss(plain),
    );
  });
});

describe("init", () => {
  it.each([
    ["std", { distribution: "truncated-normal", std: 0.2, cut: 3 }],
    ["cut", { distribution: "truncated-normal", std: 0.3, cut: 1 }],
    ["distribution", { distribution: "normal", std: 0.3, cut: 1.5 }],
  ] as const)(".%s changes the model", async (field, init) => {
    // For the distribution, a cut that removes something: at 3 sigma a tiny model may have nothing to remove.
    const reference =
      field === "distribution" ? { ...init, distribution: "truncated-normal" as const } : base.model.init;
    const [a, b] = [
      await step(tinySettings({ model: { init } })),
      await step(tinySettings({ model: { init: reference } })),
    ];
    expect(Math.abs(loss(a) - loss(b))).toBeGreaterThan(1e-4);
  });
});

describe("which parameters there are", () => {
  const names = (model: Partial<Settings["model"]>): string[] =>
    Object.keys(modelSpec(tinySettings({ model }), linear, TINY_V).parameters);
  const without = (pattern: RegExp): string[] => names({}).filter((name) => !pattern.test(name));

  it("depends on qkNorm and tiedEmbeddings", () => {
    expect(names({ qkNorm: false })).toEqual(without(/query_norm|key_norm/));
    expect(names({ qkNorm: false })).toHaveLength(names({}).length - 4);
    expect(names({ tiedEmbeddings: true })).toEqual(without(/^head$/));
    expect(names({ tiedEmbeddings: true })).toHaveLength(names({}).length - 1);
  });

  it("depends on the kind of norm: LayerNorm without a gain has none, with one it has RMSNorm's", () => {
    expect(names({ norm: "layer" })).toEqual(names({}));
    expect(names({ norm: "layer-nonparametric" })).toEqual(without(/norm/));
    expect(names({ norm: "layer-nonparametric" })).toHaveLength(names({}).length - 9);
  });

  it("depends on dense layers: one network as wide as a token's experts, no router", () => {
    const shapes = Object.entries(
      modelSpec(tinySettings({ model: { denseLayers: 1 } }), linear, TINY_V).parameters,
    ).flatMap(([name, { shape }]) =>
      /experts|router|feed_forward/.test(name) ? [`${name} ${shape.join()}`] : [],
    );
    // D = 8, E = 4, K = 2, F = 6.
    expect(shapes).toEqual([
      ...[
        "layers.0.feed_forward.gate 8,12",
        "layers.0.feed_forward.up 8,12",
        "layers.0.feed_forward.down 12,8",
      ],
      ...["layers.1.experts.gate 4,8,6", "layers.1.experts.up 4,8,6", "layers.1.experts.down 4,6,8"],
      "layers.1.router.weight 8,4",
    ]);
  });

  it("depends on localized filtering: two matrices and a norm a layer", () => {
    const filters = (model: Partial<Settings["model"]>) =>
      Object.entries(modelSpec(tinySettings({ model }), linear, TINY_V).parameters).flatMap(
        ([name, { shape, role }]) => (name.includes("filter") ? [[name, shape.join(), role]] : []),
      );
    expect(filters({})).toEqual([]);
    expect(filters({ localizedFiltering: true })).toEqual(
      [0, 1].flatMap((l) => [
        [`layers.${l}.filter_first`, "16,4", "matrix"],
        [`layers.${l}.filter_second`, "8,8", "matrix"],
        [`layers.${l}.filter_norm`, "8", "norm"],
      ]),
    );
    expect(names({ localizedFiltering: true }).filter((name) => !name.includes("filter"))).toEqual(names({}));
    expect(filters({ localizedFiltering: true, norm: "layer-nonparametric" })).toHaveLength(4);
  });
});

it("tied embeddings are a head that is the transposed embedding", async () => {
  const tied = tinySettings({ model: { tiedEmbeddings: true } });
  const program = gradientProgram(modelSpec(base, linear, TINY_V));
  const tiedProgram = gradientProgram(modelSpec(tied, linear, TINY_V));
  const feeds = { ...programFeeds(program, modelSpec(base, linear, TINY_V), 2) };
  const embedding = feeds[NAMES.parameter("embedding")]!;
  const { width: D } = base.model;
  feeds[NAMES.parameter("head")] = Float32Array.from({ length: D * TINY_V }, (_, i) => {
    const [d, v] = [Math.floor(i / TINY_V), i % TINY_V];
    return embedding[v * D + d]!;
  });
  const [untied, found] = [
    await (await compiled.compile(program)).run(feeds),
    await (await compiled.compile(tiedProgram)).run(feeds),
  ];
  expect(loss(found)).toBeCloseTo(loss(untied), 6);
  // The gradient of the shared matrix is that of both uses.
  const both = untied[NAMES.gradient("embedding")]!.map((value, i) => {
    const [v, d] = [Math.floor(i / D), i % D];
    return value + untied[NAMES.gradient("head")]![d * TINY_V + v]!;
  });
  expect(relativeDistance(found[NAMES.gradient("embedding")]!, both)).toBeLessThan(1e-5);
});

describe("the auxiliary losses", () => {
  const none = { balanceWeight: 0, zWeight: 0 };
  const router = NAMES.gradient("layers.0.router.weight");

  it("never enter the reported language-model loss", async () => {
    const weighted = await step(tinySettings({ losses: { balanceWeight: 5, zWeight: 5 } }));
    expect(loss(weighted)).toBeCloseTo(loss(plain), 6);
    expect(relativeDistance(weighted[NAMES.balance]!, plain[NAMES.balance]!)).toBeLessThan(1e-6);
  });

  it("add to the gradients in proportion to their weights", async () => {
    const of = async (losses: Partial<Settings["losses"]>): Promise<Float32Array> =>
      (await step(tinySettings({ losses })))[router] as Float32Array;
    const [lm, balance, z, both] = [
      await of(none),
      await of({ balanceWeight: 1, zWeight: 0 }),
      await of({ balanceWeight: 0, zWeight: 1 }),
      await of({ balanceWeight: 2, zWeight: 3 }),
    ];
    for (const one of [balance, z]) expect(relativeDistance(one, lm)).toBeGreaterThan(1e-2);
    const wanted = lm.map((value, i) => value + 2 * (balance[i]! - value) + 3 * (z[i]! - value));
    expect(relativeDistance(both, wanted)).toBeLessThan(1e-5);
  });

  it("of weight zero leave the gradients of the language-model loss alone", async () => {
    const found = await step(tinySettings({ losses: none }));
    // The head is only in the language-model loss: its gradient is the same with and without the others.
    expect(relativeDistance(found[NAMES.gradient("head")]!, plain[NAMES.gradient("head")]!)).toBeLessThan(
      1e-6,
    );
    expect(relativeDistance(found[router]!, plain[router]!)).toBeGreaterThan(1e-4);
  });

  it("reach every trained parameter below the last router, and none above it", async () => {
    const [lm, balanced] = [
      await step(tinySettings({ losses: none })),
      await step(tinySettings({ losses: { balanceWeight: 1, zWeight: 0 } })),
    ];
    const moved = trainedNames(modelSpec(base, linear, TINY_V)).filter(
      (name) => relativeDistance(balanced[NAMES.gradient(name)]!, lm[NAMES.gradient(name)]!) > 1e-4,
    );
    const above = [
      "final_norm",
      "head",
      "layers.1.experts.down",
      "layers.1.experts.gate",
      "layers.1.experts.up",
    ];
    const all = trainedNames(modelSpec(base, linear, TINY_V));
    expect(moved.sort()).toEqual(all.filter((name) => !above.includes(name)).sort());
  });
});

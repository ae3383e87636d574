import { describe, expect, it } from "vitest";
import type { OneRouter, RouterSettings, Settings } from "../../src/config/settings.ts";
import { createCompiledEngine } from "../../src/engine/compiled.ts";
import { createCpuEngine } from "../../src/engine/eager.ts";
import type { HostTensors, Tensor } from "../../src/engine/types.ts";
import { modelRouters } from "../../src/exec/model-routers.ts";
import { bindRouter } from "../../src/model/bound-router.ts";
import { costOf } from "../../src/model/cost.ts";
import { olmoeProblems } from "../../src/model/olmoe-rules.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import { evaluationProgram, gradientProgram, NAMES } from "../../src/model/programs.ts";
import type { Router } from "../../src/model/router.ts";
import { type ModelSpec, modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { nativeApi, nativeEngine } from "../support/native-engine.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings, withRoute } from "../support/tiny.ts";

const find = (name: string): Router => shippedRouters.get(name)!;
const LINEAR = { name: "linear", options: {} };
const HASH = { name: "hash", options: {} };
const eager = await createCpuEngine();

function settingsOf(
  byLayer: readonly (OneRouter & { readonly layers: string })[],
  model: Partial<Settings["model"]> = {},
  main: OneRouter = LINEAR,
): Settings {
  const router: RouterSettings = { ...main, ...(byLayer.length > 0 && { byLayer }) };
  return { ...tinySettings({ model }), router };
}

const plain = modelSpec(settingsOf([]), find, TINY_V);
const mixed = modelSpec(settingsOf([{ layers: "0", ...HASH }]), find, TINY_V);

async function run(spec: ModelSpec, feeds: HostTensors): Promise<HostTensors> {
  return (await eager.compile(gradientProgram(spec))).run(feeds);
}

it("costs what its layers cost", () => {
  // D = 8, E = 4, F = 6, K = 2, T = 6, V = 11. A layer: two norms and those of queries and keys, 4 D; four matrices, 4 D D; experts, 3 E D F.
  const layer = 4 * 8 + 4 * 64 + 3 * 4 * 8 * 6;
  const parameters = 2 * layer + 2 * 11 * 8 + 8 + 8 * 4; // embedding and head, the last norm, and one linear router, D E
  // FLOPs: projections and attention, 2 (4 D D + 2 T D); experts, 2 * 3 D F K; the head, 2 D V; the router, 2 D E.
  const flops = 2 * (2 * (4 * 64 + 2 * 6 * 8) + 6 * 8 * 6 * 2) + 2 * 8 * 11 + 2 * 8 * 4;
  expect(costOf(mixed)).toEqual({
    totalParameters: parameters,
    activeParameters: parameters - 2 * 2 * 3 * 8 * 6,
    forwardFlopsPerToken: flops,
  });
  expect(parameters).toBe(1944);
  expect(flops).toBe(2800);
});

it("has the parameters, state, noise and always-on experts of each layer's own router", () => {
  const others = (name: string): string[] =>
    Object.keys(plain.parameters).filter((each) => !each.startsWith(`${name}.router`));
  expect(Object.keys(mixed.parameters)).toEqual(others("layers.0"));
  const spec = modelSpec(
    settingsOf(
      [
        { layers: "1", name: "shared-expert", options: {} },
        { layers: "2", name: "online-k-means", options: {} },
      ],
      {
        layers: 3,
      },
    ),
    find,
    TINY_V,
  );
  const own = Object.keys(spec.parameters).filter((name) => /always_on|\.router\./.test(name));
  expect(own.filter((name) => name.includes("always_on"))).toEqual(
    ["gate", "up", "down"].map((name) => `layers.1.always_on.${name}`),
  );
  expect(Object.keys(spec.state).every((name) => name.startsWith("layers.2."))).toBe(true);
  expect(Object.keys(spec.state).length).toBeGreaterThan(0);
});

it("draws every weight that both have from the same stream", () => {
  const [one, two] = [plain, mixed].map((spec) => initialParameters(spec.parameters, spec.settings, 3));
  for (const [name, values] of Object.entries(two!)) expect(values, name).toEqual(one![name]);
});

it("with all layers listed as linear is the linear model, bit for bit", async () => {
  const listed = modelSpec(settingsOf([{ layers: "0-1", ...LINEAR }], {}, HASH), find, TINY_V);
  expect(listed.parameters).toEqual(plain.parameters);
  const feeds = programFeeds(gradientProgram(plain), plain, 1);
  expect(await run(listed, feeds)).toEqual(await run(plain, feeds));
});

it("is the linear model with the hash put in the place of its first layer's router", async () => {
  const hash = bindRouter(find("hash"), plain.sizes, find("hash").options.parse({}));
  let calls = 0;
  const composed = withRoute(plain, (input) =>
    calls++ % 2 === 0 ? hash.route({ ...input, parameters: {} }) : plain.router.route(input),
  );
  const feeds = programFeeds(gradientProgram(plain), plain, 1);
  const expected = await run(composed, feeds);
  const own = Object.fromEntries(
    Object.entries(feeds).filter(([name]) => name !== NAMES.parameter("layers.0.router.weight")),
  );
  const found = await run(mixed, own);
  expect(found[NAMES.loss]).toEqual(expected[NAMES.loss]);
  expect(found[NAMES.balance]).toHaveLength(1);
  const gradient = NAMES.gradient("layers.1.router.weight");
  // Balance and z of layer 1 weigh as in the linear model: halves, since there are two layers.
  expect(found[gradient]).toEqual(expected[gradient]);
  const alone = { ...mixed.settings, losses: { ...mixed.settings.losses, balanceWeight: 0, zWeight: 0 } };
  expect((await run({ ...mixed, settings: alone }, own))[gradient]).not.toEqual(expected[gradient]);
});

it("agrees on all engines", async () => {
  const engines = [createCompiledEngine({ threads: 1 }), ...(nativeApi === null ? [] : [nativeEngine()])];
  for (const program of [gradientProgram(mixed), evaluationProgram(mixed, "eval")]) {
    const feeds = programFeeds(program, mixed, 2);
    const expected = await (await eager.compile(program)).run(feeds);
    for (const engine of engines) {
      const executable = await engine.compile(program);
      const found = await executable.run(feeds);
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, values] of Object.entries(expected)) {
        expect(relativeDistance(found[name]!, values), `${engine.name} ${name}`).toBeLessThan(1e-5);
      }
      await executable.dispose();
    }
  }
});

it("hands a router's numbers on between neighbours alone", async () => {
  const recurrent = { name: "recurrent", options: {} };
  const handed = async (byLayer: Parameters<typeof settingsOf>[0]): Promise<number[]> => {
    const spec = modelSpec(settingsOf(byLayer, { layers: 3 }, recurrent), find, TINY_V);
    const seen: Tensor[] = [];
    const watched = {
      ...spec.router,
      route: (input: Parameters<typeof spec.router.route>[0]) => {
        seen.push(input.carry["hidden"]!.abs().sum().clone());
        return spec.router.route(input);
      },
    };
    const routers = spec.routers.map((router) => (router === spec.router ? watched : router));
    const program = evaluationProgram({ ...spec, routers }, "eval");
    const sums: number[] = [];
    const reading = {
      ...program,
      run: (inputs: Parameters<typeof program.run>[0]) => {
        const outputs = program.run(inputs);
        sums.push(...seen.map((tensor) => tensor.dataSync()[0] ?? Number.NaN));
        return outputs;
      },
    };
    await (await eager.compile(reading)).run(programFeeds(program, spec, 1));
    return sums.map((sum) => Math.sign(sum));
  };
  expect(await handed([])).toEqual([0, 1, 1]);
  expect(await handed([{ layers: "1", ...LINEAR }])).toEqual([0, 0]);
});

describe("of the model as a whole", () => {
  const specOf = (name: string): ModelSpec =>
    modelSpec(settingsOf([{ layers: "0", name, options: {} }]), find, TINY_V);

  it("is causal where all are, and sees labels where any does", () => {
    expect([mixed.causal, mixed.seesLabels]).toEqual([true, false]);
    expect([specOf("expert-choice").causal, specOf("expert-choice").seesLabels]).toEqual([false, false]);
    expect([specOf("oracle").causal, specOf("oracle").seesLabels]).toEqual([true, true]);
  });

  it("is no OLMoE", () => {
    expect(olmoeProblems(mixed.settings, mixed.router)).toContainEqual({
      path: "router",
      message: "is hash in layer 0, else linear, but OLMoE has one router in all layers",
    });
  });

  it("needs more than one router", () => {
    expect(() => modelSpec(mixed.settings, find("linear"), TINY_V)).toThrow(
      "the layers have several routers, but only linear is given",
    );
  });

  it("has a hash of the users' files: of one its own, of several one that each changes", () => {
    const hashOf = (own: Readonly<Record<string, string>>): string | null =>
      modelRouters(mixed.settings.router, (name) => {
        const hash = own[name] ?? null;
        return { router: find(name), file: hash === null ? null : `/${name}.js`, hash };
      }).hash;
    expect(hashOf({})).toBeNull();
    expect([hashOf({ hash: "a" }), hashOf({ linear: "b" })]).toEqual(["a", "b"]);
    const hashes = [
      { hash: "a", linear: "b" },
      { hash: "c", linear: "b" },
      { hash: "a", linear: "c" },
    ].map(hashOf);
    expect(new Set([...hashes, "a", "b"]).size).toBe(5);
  });
});

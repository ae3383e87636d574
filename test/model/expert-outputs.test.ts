/** The default-moe router, and what routers learn of their experts' outputs (`afterExperts`). */
import { describe, expect, it } from "vitest";
import { evaluationProgram, gradientProgram, NAMES } from "../../src/model/programs.ts";
import type { RouterInput, RouterOptions, RouterSizes } from "../../src/model/router.ts";
import { modelSpec, type ModelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import defaultMoe from "../../src/routers/softmax/default-moe.ts";
import { identity, matrix, route, rowsOf } from "../support/bodies.ts";
import { eager, engines } from "../support/engines.ts";
import { runOnce } from "../support/graphs.ts";
import { trainState } from "../support/router-cases.ts";
import { programFeeds, TINY_V, tinySettings, withRoute } from "../support/tiny.ts";

const { log } = Math;

function close(found: ArrayLike<number> | undefined, wanted: readonly number[], digits = 5): void {
  expect(found?.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(found?.[i], `number ${i}`).toBeCloseTo(value, digits));
}

describe.each(engines)("on $name", (engine) => {
  const sizes = { B: 1, T: 3, D: 3, E: 3, K: 1, V: 5, initStd: 0.02 };
  // Probabilities in tenths; x W = x.
  const tenths = [
    [6, 3, 1],
    [2, 7, 1],
    [5, 1, 4],
  ];
  const given = {
    x: matrix(tenths.map((row) => row.map((p) => log(p)))),
    weight: identity(3),
    default_output: matrix([
      [1, 0, 0],
      [0, 10, 0],
      [0, 0, 100],
    ]),
  };

  it("lets the experts that are not chosen answer by their vectors, weighted by their probabilities", async () => {
    const found = await route(engine, defaultMoe, sizes, { decay: 0.75 }, "eval", given);
    expect(Array.from(found["expert"]!)).toEqual([0, 1, 0]);
    close(found["gate"], [0.6, 0.7, 0.5]);
    close(found["output"], [0, 3, 10, 0.2, 0, 10, 0, 1, 40]);
    expect(found["state/default_output"]).toBeUndefined();
  });

  it("moves the vectors of experts that had tokens by a quarter to the mean of what they made", async () => {
    // Experts that give tokens back: expert 0 made (x_0 + x_2) / 2, expert 1 x_1, expert 2 nothing.
    const found = await route(engine, defaultMoe, sizes, { decay: 0.75 }, "train", given);
    const mean = [log(30) / 2, log(3) / 2, log(4) / 2];
    close(found["state/default_output"], [
      ...[0.75 + mean[0]! / 4, mean[1]! / 4, mean[2]! / 4],
      ...[log(2) / 4, 7.5 + log(7) / 4, 0],
      ...[0, 0, 100],
    ]);
  });

  it("chooses by a bias, but weighs without it", async () => {
    const program = { ...given, default_output: given.default_output };
    const found = await route(engine, biased, sizes, { decay: 0.75 }, "eval", program);
    expect(Array.from(found["expert"]!)).toEqual([2, 2, 2]);
    close(found["gate"], [0.1, 0.1, 0.4]);
    close(found["output"], [0.6, 3, 0, 0.2, 7, 0, 0.5, 1, 0]);
  });
});

/** The router with a bias for expert 2 beyond all scores. */
const biased = {
  ...defaultMoe,
  route: (input: RouterInput, ...rest: [never, never]) => {
    const selectionBias = input.x.slice([0, 0], [1, 3]).reshape([3]).mul(0).add([0, 0, 9]);
    return defaultMoe.route({ ...input, selectionBias }, ...rest);
  },
} as unknown as typeof defaultMoe;

it.each([
  ["all experts chosen", { experts: 4, topK: 4 }, "model.topK"],
  ["one expert", { experts: 1, topK: 1 }, "model.experts"],
  ["as it should be", { experts: 4, topK: 3 }, undefined],
])("%s", (_, model, path) => {
  const settings = tinySettings({ model });
  const problems = defaultMoe.problems(defaultMoe.options.parse({}), settings.model, settings.data);
  expect(problems.map((one) => one.path)).toEqual(path === undefined ? [] : [path]);
});

/** What each expert of a layer makes of its tokens, mean over these, by loops over what the router saw and chose. */
async function meansByHand(
  spec: ModelSpec,
  feeds: Record<string, ArrayLike<number>>,
  layer: number,
): Promise<number[][]> {
  const { E, D } = spec.sizes;
  const { gateScale, latentWidth, expertWidth: F } = spec.settings.model;
  const seen = withRoute(spec, (input) => ({
    ...spec.router.route(input),
    matrices: { h: input.x },
  }));
  const program = evaluationProgram(seen, "eval", true);
  const found = await runOnce(eager, program, feeds as never);
  const S = spec.sizes.B * spec.sizes.T;
  const h = rowsOf(found[NAMES.matrix("h")]!, D).slice(layer * S, (layer + 1) * S);
  const chosen = rowsOf(found[NAMES.chosen]!, E).slice(layer * S, (layer + 1) * S);
  const own = (name: string, columns: number) =>
    rowsOf(feeds[NAMES.parameter(`layers.${layer}.${name}`)]!, columns);
  const M = latentWidth === 0 ? D : latentWidth;
  const times = (x: readonly number[], w: readonly (readonly number[])[]): number[] =>
    w[0]!.map((_, column) => x.reduce((sum, value, row) => sum + value * w[row]![column]!, 0));
  const expert = (name: string, e: number, rows: number, columns: number) =>
    own(`experts.${name}`, columns).slice(e * rows, (e + 1) * rows);
  return Array.from({ length: E }, (_, e) => {
    const mine = h.filter((__, s) => chosen[s]![e] === 1);
    const made = mine.map((x) => {
      const z = latentWidth === 0 ? x : times(x, own("latent_down", M));
      const up = times(z, expert("up", e, M, F));
      const hidden = times(z, expert("gate", e, M, F)).map((a, f) => (a / (1 + Math.exp(-a))) * up[f]!);
      const y = times(hidden, expert("down", e, F, M));
      return (latentWidth === 0 ? y : times(y, own("latent_up", D))).map((value) => gateScale * value);
    });
    return Array.from(
      { length: D },
      (__, d) => made.reduce((sum, y) => sum + y[d]!, 0) / Math.max(1, made.length),
    );
  });
}

// Assignments of all three kinds; the router that learns nothing of itself is told what its experts made.
describe.each(["default-moe", "expert-choice", "relu"])(
  "a step with %s tells the means of its experts",
  (name) => {
    const models = [{}, { latentWidth: 5, gateScale: 2.5 }];
    it.each(models.flatMap((model) => engines.map((engine) => ({ engine, model }))))(
      "on $engine.name with $model",
      async ({ engine, model }) => {
        const router = shippedRouters.get(name)!;
        const learning = {
          ...router,
          state: (sizes: RouterSizes, options: RouterOptions) => ({
            ...router.state(sizes, options),
            default_output: { shape: [4, 8], initial: 0 },
          }),
          afterExperts: ({ mean }: { mean: unknown }) => ({ default_output: mean }),
          ...(name === "default-moe" && { afterExperts: defaultMoe.afterExperts }),
        } as unknown as typeof router;
        const settings = tinySettings({
          router: { name, options: name === "default-moe" ? { decay: 0 } : {} },
          model,
        });
        const spec = modelSpec(settings, learning, TINY_V);
        const program = gradientProgram(spec);
        const feeds = programFeeds(program, spec, 4);
        trainState(feeds);
        const found = await runOnce(engine, program, feeds);
        for (const layer of [0, 1]) {
          const means = await meansByHand(spec, feeds, layer);
          const before = rowsOf(feeds[NAMES.state(`layers.${layer}.router.default_output`)]!, 8);
          // Of the default-moe router with decay 0 the vector is the mean, but for an expert without tokens.
          const wanted = means.map((mean, e) =>
            name === "default-moe" && mean.every((value) => value === 0) ? before[e]! : mean,
          );
          expect(Math.max(...wanted.flat().map(Math.abs))).toBeGreaterThan(0.01);
          close(found[NAMES.nextState(`layers.${layer}.router.default_output`)], wanted.flat(), 4);
        }
      },
    );
  },
);

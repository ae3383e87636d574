/** `model.latentWidth`: routed experts that work on fewer numbers of a token, between two projections. */
import { describe, expect, it } from "vitest";
import type { HostTensors } from "../../src/engine/types.ts";
import { costOf, measuredCost } from "../../src/model/cost.ts";
import { applyExperts } from "../../src/model/experts.ts";
import { evaluationProgram, gradientProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { inheritanceProblem } from "../../src/train/inherit.ts";
import { tf } from "../../src/engine/tf.ts";
import { eager, engines } from "../support/engines.ts";
import { runOnce } from "../support/graphs.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

const [D, E, F, M] = [8, 4, 6, 5];
const specOf = (router: string, model: object = { latentWidth: M }) =>
  modelSpec(tinySettings({ router: { name: router }, model }), shippedRouters.get(router)!, TINY_V);

type Matrix = readonly (readonly number[])[];
const matrix = (values: ArrayLike<number>, columns: number): Matrix =>
  Array.from({ length: values.length / columns }, (_, row) =>
    Array.from({ length: columns }, (__, column) => values[row * columns + column]!),
  );
const transpose = (a: Matrix): Matrix => a[0]!.map((_, column) => a.map((row) => row[column]!));
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, column) => row.reduce((sum, value, k) => sum + value * b[k]![column]!, 0)));
/** The matrices [rows, columns] of all experts. */
const perExpert = (values: ArrayLike<number>, rows: number, columns: number): Matrix[] =>
  Array.from({ length: E }, (_, e) =>
    matrix(Array.from(values).slice(e * rows * columns, (e + 1) * rows * columns), columns),
  );
const flat = (matrices: readonly Matrix[]): Float32Array => Float32Array.from(matrices.flat(2));
const plus = (all: readonly Matrix[]): Matrix =>
  all[0]!.map((row, i) => row.map((_, j) => all.reduce((sum, one) => sum + one[i]![j]!, 0)));

it("is W_up of what experts make of W_down h, by hand", async () => {
  // One token h = (1, 2), one expert of hidden width 1 between W_down = (3, -1)^T and W_up = (2, 5).
  // W_down h = 1; gate 1 and up 4 give silu(1) * 4, down 0.5: with gate weight 0.25 that is silu(1) / 2.
  const silu = 1 / (1 + Math.exp(-1));
  const run = () => {
    const h = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [-1]]));
    const one = (value: number) => tf.tensor3d([[[value]]]);
    const assignment = {
      kind: "token-choice",
      expert: tf.tensor2d([[0]], [1, 1], "int32"),
      gate: tf.tensor2d([[0.25]]),
    } as const;
    const z = applyExperts(h, assignment, { gate: one(1), up: one(4), down: one(0.5) });
    return { y: tf.matMul(z, tf.tensor2d([[2, 5]])) };
  };
  const { y } = await runOnce(eager, { name: "hand", inputs: {}, run }, {});
  expect(y![0]).toBeCloseTo(silu, 6);
  expect(y![1]).toBeCloseTo(2.5 * silu, 6);
});

/** Parameters of a model at full width that is the same function: the projections multiplied into its experts. */
function atFullWidth(feeds: HostTensors): HostTensors {
  const full: Record<string, HostTensors[string]> = { ...feeds };
  for (const layer of ["layers.0", "layers.1"]) {
    const own = (name: string) => feeds[NAMES.parameter(`${layer}.${name}`)]!;
    const [down, up] = [matrix(own("latent_down"), M), matrix(own("latent_up"), D)];
    for (const name of ["gate", "up"]) {
      const all = perExpert(own(`experts.${name}`), M, F).map((one) => times(down, one));
      full[NAMES.parameter(`${layer}.experts.${name}`)] = flat(all);
    }
    const back = perExpert(own("experts.down"), F, M).map((one) => times(one, up));
    full[NAMES.parameter(`${layer}.experts.down`)] = flat(back);
  }
  return full;
}

// Tokens that choose experts, with always-on ones beside them; experts that choose tokens; gates for all.
describe.each(["shared-expert", "expert-choice", "relu"])("%s", (router) => {
  const latent = specOf(router);
  const full = specOf(router, {});
  const feeds = programFeeds(gradientProgram(latent), latent, 3);

  it.each(engines)(
    "on $name: is a model at full width with the projections in its experts",
    async (engine) => {
      const [one, whole] = [
        await runOnce(engine, gradientProgram(latent), feeds),
        await runOnce(engine, gradientProgram(full), pick(atFullWidth(feeds), gradientProgram(full).inputs)),
      ];
      expect(one[NAMES.loss]![0]).toBeCloseTo(whole[NAMES.loss]![0]!, 5);
      const close = (name: string, expected: ArrayLike<number>): void => {
        const found = one[NAMES.gradient(name)]!;
        expect(Math.max(...Array.from(found, Math.abs)), name).toBeGreaterThan(1e-5);
        expect(relativeDistance(found, Float32Array.from(expected)), name).toBeLessThan(2e-4);
      };
      for (const layer of ["layers.0", "layers.1"]) {
        const gradient = (name: string) => whole[NAMES.gradient(`${layer}.${name}`)]!;
        const own = (name: string) => feeds[NAMES.parameter(`${layer}.${name}`)]!;
        close(`${layer}.query`, gradient("query"));
        if (router === "shared-expert") close(`${layer}.always_on.up`, gradient("always_on.up"));
        if (router !== "expert-choice") close(`${layer}.router.weight`, gradient("router.weight"));
        // The chain rule: full = W_down gate, so dgate = W_down^T dfull, and dW_down sums dfull gate^T over gate and up.
        const down = matrix(own("latent_down"), M);
        const [dGate, dUp] = ["gate", "up"].map((name) => perExpert(gradient(`experts.${name}`), D, F));
        close(`${layer}.experts.gate`, flat(dGate!.map((one) => times(transpose(down), one))));
        const parts = ["gate", "up"].flatMap((name, at) =>
          perExpert(own(`experts.${name}`), M, F).map((one, e) =>
            times([dGate!, dUp!][at]![e]!, transpose(one)),
          ),
        );
        close(`${layer}.latent_down`, flat([plus(parts)]));
        const dBack = perExpert(gradient("experts.down"), F, D);
        const back = perExpert(own("experts.down"), F, M).map((one, e) => times(transpose(one), dBack[e]!));
        close(`${layer}.latent_up`, flat([plus(back)]));
      }
    },
  );
});

/** What a program takes, of more. */
function pick(feeds: HostTensors, inputs: object): HostTensors {
  return Object.fromEntries(Object.keys(inputs).map((name) => [name, feeds[name]!]));
}

describe("what a model has and costs", () => {
  const spec = specOf("linear", { latentWidth: M, layers: 3, denseLayers: 1 });
  const shapes = Object.entries(spec.parameters).map(([name, { shape }]) => [name, shape] as const);

  it("has projections in each layer that has experts, and a router of full width", () => {
    expect(Object.fromEntries(shapes)).toMatchObject({
      "layers.0.feed_forward.gate": [D, 2 * F],
      "layers.1.experts.gate": [E, M, F],
      "layers.1.experts.down": [E, F, M],
      "layers.1.latent_down": [D, M],
      "layers.2.latent_up": [M, D],
      "layers.2.router.weight": [D, E],
    });
    expect(shapes.filter(([name]) => name.includes("latent"))).toHaveLength(4);
  });

  it("counts experts at the latent width, and the projections: by hand", () => {
    const [narrow, wide] = [costOf(specOf("linear")), costOf(specOf("linear", {}))];
    // Two layers; an expert is 3 M F = 90 instead of 3 D F = 144 parameters, the projections 2 D M = 80; two of four are idle.
    expect(narrow.totalParameters - wide.totalParameters).toBe(2 * (4 * (90 - 144) + 80));
    expect(narrow.activeParameters - wide.activeParameters).toBe(2 * (2 * (90 - 144) + 80));
    expect(narrow.forwardFlopsPerToken - wide.forwardFlopsPerToken).toBe(2 * 2 * (2 * (90 - 144) + 80));
    // One expert more a token than declared.
    const measured = measuredCost(narrow, specOf("linear").settings.model, [3, 2]);
    expect(measured.activeParameters - narrow.activeParameters).toBe(90);
    expect(measured.forwardFlopsPerToken - narrow.forwardFlopsPerToken).toBe(180);
  });

  it("shares experts across layers, each with projections of its own", () => {
    const { parameters } = specOf("linear", { latentWidth: M, sharedAcrossLayers: true });
    const names = Object.keys(parameters).filter((name) => /experts\.gate|latent_down/.test(name));
    expect(names).toEqual(["layers.0.experts.gate", "layers.0.latent_down", "layers.1.latent_down"]);
  });
});

describe("a parent", () => {
  const childOf = (model: object, parent: object) => {
    const [own, its] = [specOf("linear", model), specOf("linear", parent)];
    const settings = { ...its.settings, seed: null, keepRouter: false, noise: null };
    return inheritanceProblem({ ...own, settings: { ...own.settings, parent: settings } }, its);
  };

  it("of the same latent width fits, a dense one too", () => {
    expect(childOf({ latentWidth: M }, { latentWidth: M })).toBeNull();
    expect(childOf({ latentWidth: M }, { latentWidth: M, experts: 1, topK: 1 })).toBeNull();
  });

  it("of another is refused, naming what does not fit", () => {
    expect(childOf({ latentWidth: M }, {})).toBe(
      "the parent's weights do not fit: layers.0.experts.gate is [4, 8, 6] there and [4, 5, 6] here, layers.0.experts.up is [4, 8, 6] there " +
        "and [4, 5, 6] here, layers.0.experts.down is [4, 6, 8] there and [4, 6, 5] here, and 7 more",
    );
  });
});

it("is what it was without: no parameter, no operation", () => {
  expect(Object.keys(specOf("linear", { latentWidth: 0 }).parameters).join()).not.toContain("latent");
  expect(evaluationProgram(specOf("linear", {}), "eval").inputs).toEqual(
    evaluationProgram(specOf("linear", { latentWidth: 0 }), "eval").inputs,
  );
});

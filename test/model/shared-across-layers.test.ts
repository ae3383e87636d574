/** `model.sharedAcrossLayers`: one set of experts for all layers. */
import { expect, it } from "vitest";
import { costOf } from "../../src/model/cost.ts";
import { gradientProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { eager, engines } from "../support/engines.ts";
import { programFeeds, TINY_V, tinySettings } from "../support/tiny.ts";

const specOf = (model: object) =>
  modelSpec(tinySettings({ model: { layers: 3, denseLayers: 1, ...model } }), linear, TINY_V);
const own = specOf({});
const shared = specOf({ sharedAcrossLayers: true });

/** Everything that a step gives, with the parameters of `shared` and, in each layer of `own`, copies of its experts. */
async function bothSteps(engine = eager) {
  const feeds = programFeeds(gradientProgram(shared), shared, 1);
  const step = async (spec: typeof own) => {
    const program = gradientProgram(spec);
    const inputs = Object.keys(program.inputs).map((name) => {
      const copied = name.replace("layers.2.experts", "layers.1.experts");
      return [name, feeds[name] ?? feeds[copied]!] as const;
    });
    return (await engine.compile(program)).run(Object.fromEntries(inputs));
  };
  return { one: await step(shared), copies: await step(own) };
}

it("has the experts once, in the first layer that has any, and a router in each", () => {
  const names = (spec: typeof own, part: string) =>
    Object.keys(spec.parameters).filter((name) => name.includes(part));
  expect(names(shared, ".experts.")).toEqual(
    ["gate", "up", "down"].map((name) => `layers.1.experts.${name}`),
  );
  expect(names(own, ".experts.")).toHaveLength(6);
  expect(names(shared, ".router.")).toEqual(names(own, ".router."));
});

it("costs as many FLOPs; a token meets K experts a layer, and no more than there are", () => {
  const [E, K, D, F] = [4, 2, 8, 6];
  const [cost, apart] = [costOf(shared), costOf(own)];
  expect(cost.forwardFlopsPerToken).toBe(apart.forwardFlopsPerToken);
  expect(apart.totalParameters - cost.totalParameters).toBe(E * 3 * D * F);
  // Two layers of two: all four may be met.
  expect(cost.activeParameters).toBe(cost.totalParameters);
  const six = costOf(specOf({ sharedAcrossLayers: true, experts: 6 }));
  expect(six.totalParameters - six.activeParameters).toBe((6 - 2 * K) * 3 * D * F);
});

it.each(engines)(
  "on $name: is a model whose layers have equal experts; the gradient is the sum of theirs",
  async (engine) => {
    const { one, copies } = await bothSteps(engine);
    expect(one[NAMES.loss]![0]).toBeCloseTo(copies[NAMES.loss]![0]!, 6);
    for (const name of ["gate", "up", "down"]) {
      const gradient = one[NAMES.gradient(`layers.1.experts.${name}`)]!;
      const parts = [1, 2].map((layer) => copies[NAMES.gradient(`layers.${layer}.experts.${name}`)]!);
      expect(Math.max(...Array.from(gradient, Math.abs))).toBeGreaterThan(1e-4);
      gradient.forEach((value, at) => expect(value).toBeCloseTo(parts[0]![at]! + parts[1]![at]!, 6));
    }
  },
);

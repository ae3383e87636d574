/** Parameters and FLOPs as formulas, against the real variables and a count over the traced graph. */
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/core/axes.ts";
import { specOf } from "../../src/engine/graph.ts";
import { trace } from "../../src/engine/trace/tracer.ts";
import { costOf, measuredCost } from "../../src/model/cost.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import { evaluationProgram } from "../../src/model/programs.ts";
import { type ModelSpec, modelSpec } from "../../src/model/spec.ts";
import "../support/engines.ts"; // a backend for the tracer to come back to
import { describeRouters, routerCases } from "../support/router-cases.ts";
import { TINY_V, tinySettings, withRoute } from "../support/tiny.ts";

/** 2 m n k of every matrix multiply of a forward pass, over the tokens. A dense assignment has no K: its experts count as K of E. */
function countedFlopsPerToken(spec: ModelSpec): number {
  const seen = { isDense: false };
  const route: ModelSpec["router"]["route"] = (input) => {
    const routing = spec.router.route(input);
    seen.isDense = routing.assignment.kind === "dense";
    return routing;
  };
  const graph = trace(evaluationProgram(withRoute(spec, route), "eval"));
  const { experts, topK, layers, denseLayers, width, latentWidth, expertWidth } = spec.settings.model;
  const space = latentWidth === 0 ? width : latentWidth;
  const { batchSequences, sequenceLength } = spec.settings.data;
  const idle = seen.isDense ? (layers - denseLayers) * 2 * 3 * space * expertWidth * (experts - topK) : 0;
  let flops = -idle * batchSequences * sequenceLength;
  for (const { kernel, inputs, outputs, attrs } of graph.nodes) {
    if (kernel === "MoeCausalAttention") {
      // Scores [B, H, T, T] over d, and as much for what they mix: all T keys of a query, masked or not.
      const { shape } = specOf(graph, inputs[0]!);
      flops += 4 * sizeOf(shape) * shape[2]!;
      continue;
    }
    if (kernel !== "BatchMatMul" && kernel !== "MoeGroupedMatMul") {
      // Nothing else may multiply matrices unseen.
      expect(kernel).not.toMatch(/MatMul|Einsum|Conv|Outer/);
      continue;
    }
    const { shape } = specOf(graph, inputs[0]!);
    const k = shape.at(attrs["transposeA"] === true ? -2 : -1)!;
    flops += 2 * sizeOf(specOf(graph, outputs[0]!).shape) * k;
  }
  return flops / (batchSequences * sequenceLength);
}

/** What routers count beside matrix multiplies, a token and layer. */
const ELEMENTWISE: Readonly<Record<string, (E: number, options: Record<string, unknown>) => number>> = {
  // E x E products, softmax and weighted sums: about 6 E^2 (Yuan 2.0-M32, arXiv 2405.17976, section 3).
  attention: (E) => 6 * E * E,
  "attention-random-key": (E) => 6 * E * E,
  // Softmax and weighted sums of each head.
  "attention-heads": (E, { heads }) => 5 * Number(heads) * E * E,
  // A softmax over E, about 3 a number, and E products.
  "attention-no-key": (E) => 4 * E,
  // SiLU of the hidden layer, about 4 a number.
  "linear-wide": (_, { hidden, activation }) => (activation === "silu" ? 4 * Number(hidden) : 0),
};

const models = [
  {},
  {
    width: 12,
    heads: 3,
    layers: 1,
    experts: 6,
    topK: 3,
    expertWidth: 5,
    qkNorm: false,
    tiedEmbeddings: true,
  },
  { localizedFiltering: true, norm: "layer" },
  { localizedFiltering: true, norm: "layer-nonparametric" },
  { layers: 3, denseLayers: 2 },
  { latentWidth: 5 },
] as const;

describeRouters(routerCases, ({ router, options, model: forced }) => {
  it.each(models)("%o", (model) => {
    const settings = tinySettings({
      router: { name: router.name, options },
      model: { ...model, ...forced },
      data: { sequenceLength: 6, batchSequences: 4 },
    });
    const spec = modelSpec(settings, router, TINY_V);
    const cost = costOf(modelSpec(settings, router, TINY_V));
    const { experts: E, topK: K, layers, denseLayers } = settings.model;

    const real = initialParameters(modelSpec(settings, router, TINY_V).parameters, settings, 1);
    let [total, active] = [0, 0];
    for (const [name, values] of Object.entries(real)) {
      total += values.length;
      active += name.includes(".experts.") ? (values.length * K) / E : values.length;
    }
    expect(cost.totalParameters).toBe(total);
    expect(cost.activeParameters).toBe(active);

    const elementwise = (layers - denseLayers) * (ELEMENTWISE[router.name]?.(E, options) ?? 0);
    expect(cost.forwardFlopsPerToken - elementwise).toBe(countedFlopsPerToken(spec));
  });
});

it("is the sum worked out by hand for one small model", () => {
  // D = 8, L = 2, E = 4, K = 2, F = 6, V = 11, T = 6, QK-norm, untied, linear router.
  const linear = routerCases.find(({ name }) => name === "linear {}")!;
  expect(
    costOf(
      modelSpec(tinySettings({ router: { name: "linear", options: linear.options } }), linear.router, 11),
    ),
  ).toEqual({
    // A layer: attention 4 * 8 * 8, 4 norms 4 * 8, experts 3 * 4 * 8 * 6, router 8 * 4: 896. Embeddings 2 * 11 * 8, final norm 8.
    totalParameters: 2 * 896 + 176 + 8,
    activeParameters: 1976 - 2 * 2 * 3 * 8 * 6, // 2 layers, 2 idle experts of 3 * D * F
    // A layer: 4 projections 2 * 64, scores and mixing 2 * 2 * 6 * 8, 2 experts of 3 * 2 * 48, router 2 * 32.
    forwardFlopsPerToken: 2 * (512 + 192 + 576 + 64) + 2 * 8 * 11,
  });
});

describe("a measured cost", () => {
  const linear = routerCases.find(({ name }) => name === "linear {}")!;
  const settingsAt = (topK: number) =>
    tinySettings({ router: { name: "linear", options: linear.options }, model: { topK } });
  const declared = (topK: number) => costOf(modelSpec(settingsAt(topK), linear.router, TINY_V));
  const { model } = settingsAt(2);

  it("of a router that sends every token to all experts is that of top-E, not that of top-2", () => {
    expect(measuredCost(declared(2), model, [4, 4])).toEqual(declared(4));
    expect(declared(4).forwardFlopsPerToken).toBeGreaterThan(1.3 * declared(2).forwardFlopsPerToken);
  });

  it("counts each layer by itself: 3.5 and 0.5 experts where two are declared", () => {
    // D = 8, F = 6: an expert is 3 * 48 = 144 parameters and 288 FLOPs; 1.5 more and 1.5 less are none.
    expect(measuredCost(declared(2), model, [3.5, 0.5])).toEqual(declared(2));
    expect(measuredCost(declared(2), model, [3.5, 2])).toEqual({
      totalParameters: declared(2).totalParameters,
      activeParameters: declared(2).activeParameters + 1.5 * 144,
      forwardFlopsPerToken: declared(2).forwardFlopsPerToken + 1.5 * 288,
    });
  });

  it("is the declared one where it is met, or where nobody counted", () => {
    expect(measuredCost(declared(2), model, [2, 2])).toEqual(declared(2));
    expect(measuredCost(declared(2), model, undefined)).toEqual(declared(2));
  });
});

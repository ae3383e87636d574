import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { routerSizes } from "../../src/model/bound-router.ts";
import { toOlmoe } from "../../src/model/olmoe.ts";
import { olmoeProblems } from "../../src/model/olmoe-rules.ts";
import type { Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import type { CheckpointTensor } from "../../src/train/types.ts";
import { normals, route, rowsOf } from "../support/bodies.ts";
import { eager } from "../support/engines.ts";
import { olmoeCases } from "../support/olmoe-cases.ts";
import { routerCases } from "../support/router-cases.ts";
import { tinySettings } from "../support/tiny.ts";

const linear = shippedRouters.get("linear")!;
const V = 5;
const settings = tinySettings({
  router: { name: "linear", options: { renormalise: false, frozen: false } },
  model: {
    width: 4,
    layers: 1,
    heads: 2,
    experts: 3,
    topK: 2,
    expertWidth: 2,
    rotaryBase: 500,
    normEps: 1e-3,
  },
});
const { width: D, experts: E, expertWidth: F } = settings.model;

/** Every number tells its place: 100 times the parameter's position, then the element's. */
const parameters: Record<string, CheckpointTensor> = Object.fromEntries(
  Object.entries(modelSpec(settings, linear, V).parameters).map(([name, { shape }], position) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, { shape, values: Float32Array.from({ length: size }, (_, i) => 100 * position + i) }];
  }),
);

const convert = (given = parameters, of = settings, router: Router = linear, vocabulary = V) =>
  toOlmoe(of, modelSpec(of, router, vocabulary).router, given, "the run");

describe("tensors", () => {
  const { tensors } = convert();
  /** A matrix [in, out] of ours, read column by column, is torch.nn.Linear's [out, in]. */
  const turned = (name: string, rows: number, columns: number, skip = 0): number[] => {
    const { values } = parameters[name]!;
    const found: number[] = [];
    for (let column = 0; column < columns; column++) {
      for (let row = 0; row < rows; row++) found.push(values[skip + row * columns + column]!);
    }
    return found;
  };
  const found = (name: string): unknown => {
    const { shape, values } = tensors[name]!;
    return { shape, values: Array.from(values) };
  };

  it("have transformers' names and shapes", () => {
    const layer = "model.layers.0.";
    const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      "model.embed_tokens.weight": [V, D],
      [`${layer}input_layernorm.weight`]: [D],
      [`${layer}post_attention_layernorm.weight`]: [D],
      [`${layer}self_attn.q_norm.weight`]: [D],
      [`${layer}self_attn.k_norm.weight`]: [D],
      [`${layer}self_attn.q_proj.weight`]: [D, D],
      [`${layer}self_attn.k_proj.weight`]: [D, D],
      [`${layer}self_attn.v_proj.weight`]: [D, D],
      [`${layer}self_attn.o_proj.weight`]: [D, D],
      [`${layer}mlp.gate.weight`]: [E, D],
      [`${layer}mlp.experts.0.gate_proj.weight`]: [F, D],
      [`${layer}mlp.experts.0.up_proj.weight`]: [F, D],
      [`${layer}mlp.experts.0.down_proj.weight`]: [D, F],
      [`${layer}mlp.experts.1.gate_proj.weight`]: [F, D],
      [`${layer}mlp.experts.1.up_proj.weight`]: [F, D],
      [`${layer}mlp.experts.1.down_proj.weight`]: [D, F],
      [`${layer}mlp.experts.2.gate_proj.weight`]: [F, D],
      [`${layer}mlp.experts.2.up_proj.weight`]: [F, D],
      [`${layer}mlp.experts.2.down_proj.weight`]: [D, F],
      "model.norm.weight": [D],
      "lm_head.weight": [V, D],
    });
  });

  it.each([
    ["model.embed_tokens.weight", "embedding"],
    ["model.layers.0.input_layernorm.weight", "layers.0.attention_norm"],
    ["model.layers.0.post_attention_layernorm.weight", "layers.0.moe_norm"],
    ["model.layers.0.self_attn.q_norm.weight", "layers.0.query_norm"],
    ["model.layers.0.self_attn.k_norm.weight", "layers.0.key_norm"],
    ["model.norm.weight", "final_norm"],
  ])("%s is %s as it is", (theirs, ours) => {
    expect(Array.from(tensors[theirs]!.values)).toEqual(Array.from(parameters[ours]!.values));
  });

  it.each([
    ["self_attn.q_proj", "query", D, D, 0],
    ["self_attn.k_proj", "key", D, D, 0],
    ["self_attn.v_proj", "value", D, D, 0],
    ["self_attn.o_proj", "output", D, D, 0],
    ["mlp.gate", "router.weight", D, E, 0],
    ["mlp.experts.2.gate_proj", "experts.gate", D, F, 2 * D * F],
    ["mlp.experts.1.up_proj", "experts.up", D, F, D * F],
    ["mlp.experts.2.down_proj", "experts.down", F, D, 2 * F * D],
  ])("%s is %s transposed", (theirs, ours, rows, columns, skip) => {
    const values = turned(`layers.0.${ours}`, rows, columns, skip);
    expect(found(`model.layers.0.${theirs}.weight`)).toEqual({ shape: [columns, rows], values });
  });

  it("the head is transposed; a tied one is left out", () => {
    expect(found("lm_head.weight")).toEqual({ shape: [V, D], values: turned("head", D, V) });
    const tied = { ...settings, model: { ...settings.model, tiedEmbeddings: true } };
    const rest = Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== "head"));
    const { tensors: without, config } = convert(rest, tied);
    expect(without).not.toHaveProperty(["lm_head.weight"]);
    expect(config["tie_word_embeddings"]).toBe(true);
  });

  it("a parameter too few, too many or of another shape is an error", () => {
    const { head, ...rest } = parameters;
    expect(() => convert(rest)).toThrow("no parameter head");
    expect(() => convert({ ...parameters, "layers.0.bias": head! })).toThrow(
      "no place for the parameters layers.0.bias",
    );
    expect(() => convert({ ...rest, head: { ...head!, shape: [V, D] } })).toThrow("head has shape [5, 4]");
  });
});

it("config.json says all that the weights do not", () => {
  expect(convert().config).toEqual({
    architectures: ["OlmoeForCausalLM"],
    model_type: "olmoe",
    vocab_size: 5,
    hidden_size: 4,
    intermediate_size: 2,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 2,
    hidden_act: "silu",
    max_position_embeddings: 6,
    rms_norm_eps: 0.001,
    rope_theta: 500,
    rope_scaling: null,
    attention_bias: false,
    attention_dropout: 0,
    clip_qkv: null,
    tie_word_embeddings: false,
    num_experts: 3,
    num_experts_per_tok: 2,
    norm_topk_prob: false,
    output_router_logits: false,
    // 0.01 / 2: transformers' balance loss is K at perfect balance.
    router_aux_loss_coef: 0.005,
    initializer_range: 0.3,
    bos_token_id: null,
    eos_token_id: null,
    pad_token_id: null,
    torch_dtype: "float32",
  });
  const renormalised = {
    ...settings,
    router: { name: "linear", options: { renormalise: true, frozen: true } },
  };
  expect(convert(parameters, renormalised).config["norm_topk_prob"]).toBe(true);
});

it("sizes that transformers 5 can't group are said", () => {
  // Expert width 2.
  expect(convert().notices).toEqual([expect.stringContaining('experts_implementation="eager"')]);
  const { settings: wide, parameters: given } = olmoeCases[0]!;
  const { notices } = convert(given, wide, linear, given["embedding"]!.shape[0]);
  expect(notices).toEqual([]);
});

describe("what is no OLMoE is refused", () => {
  const pathsOf = (model: object, router: Router = linear, options = settings.router.options): string[] =>
    olmoeProblems(
      { ...settings, model: { ...settings.model, ...model } },
      modelSpec({ ...settings, router: { name: router.name, options } }, router, V).router,
    ).map(({ path }) => path);

  it.each([
    ["nothing else", {}, []],
    ["no QK-norm", { qkNorm: false }, ["model.qkNorm"]],
    ["another norm", { norm: "layer" }, ["model.norm"]],
    ["filtering", { localizedFiltering: true }, ["model.localizedFiltering"]],
    ["a latent width", { latentWidth: 4 }, ["model.latentWidth"]],
    ["a dense layer", { denseLayers: 1 }, ["model.denseLayers"]],
    ["a setting of a newer version", { depthwise: 1 }, ["model.depthwise"]],
    ["a setting that is missing", { normEps: undefined }, ["model.normEps"]],
    [
      "all at once",
      { qkNorm: false, depthwise: 1, norm: "layer" },
      ["model.norm", "model.qkNorm", "model.depthwise"],
    ],
  ])("%s", (_, model, paths) => expect(pathsOf(model)).toEqual(paths));

  it.each(routerCases.map((one) => ({ ...one, allowed: one.router.name === "linear" })))(
    "$name: $allowed",
    ({ router, options, allowed }) => {
      const alwaysOn = router.alwaysOnExperts(options) > 0 ? ["router.options"] : [];
      expect(pathsOf({}, router, options)).toEqual(allowed ? [] : ["router", ...alwaysOn]);
    },
  );

  it("with everything that is wrong in one error, each with its place", () => {
    const model = { ...settings.model, qkNorm: false };
    const router = { name: "shared-expert", options: { experts: 2, renormalise: true } };
    const shared = shippedRouters.get("shared-expert")!;
    expect(() => convert(parameters, { ...settings, model, router }, shared)).toThrow(InputError);
    expect(() => convert(parameters, { ...settings, model, router }, shared)).toThrow(
      [
        "the run: model.qkNorm: is false, but OLMoE normalises queries and keys",
        "the run: router: is shared-expert, but OLMoE chooses the top k of a softmax over one linear layer; shared-expert: n always-on experts beside softmax top-k.",
        "the run: router.options: give 2 always-on experts, but OLMoE has none",
      ].join("\n"),
    );
  });
});

/** OLMoE's router as its paper and transformers have it, token by token: expert and gate, largest first. */
function olmoeRoute(x: number[], weight: number[][], K: number, normalise: boolean): [number, number][] {
  const logits = weight[0]!.map((_, e) => x.reduce((sum, value, d) => sum + value * weight[d]![e]!, 0));
  const top = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp(logit - top));
  const total = exponentials.reduce((a, b) => a + b);
  const chosen = exponentials
    .map((value, e): [number, number] => [e, value / total])
    .sort((a, b) => b[1] - a[1])
    .slice(0, K);
  const sum = normalise ? chosen.reduce((all, [, gate]) => all + gate, 0) : 1;
  return chosen.map(([e, gate]) => [e, gate / sum]);
}

const declared = routerCases.filter(({ router, options }) => router.olmoe(options) !== null);

it("some router declares that it is OLMoE's, gates normalised or not", () => {
  const kinds = declared.map(({ router, options }) => router.olmoe(options)?.normTopKProb);
  expect([...new Set(kinds)].sort()).toEqual([false, true]);
});

describe.each(declared)("$name routes as it declares for OLMoE", ({ router, options }) => {
  it("in evaluation", async () => {
    const sizes = routerSizes(settings, V);
    const { weight: name, normTopKProb } = router.olmoe(options)!;
    const x = normals([sizes.B * sizes.T, D], "x");
    const weight = normals([D, E], "weight");
    const found = await route(eager, router, sizes, options, "eval", { x, [name]: weight });
    const expected = rowsOf(x.values, D).flatMap((row) =>
      olmoeRoute(row, rowsOf(weight.values, E), sizes.K, normTopKProb),
    );
    expect(Array.from(found["expert"]!)).toEqual(expected.map(([expert]) => expert));
    expected.forEach(([, gate], i) => expect(found["gate"]![i]).toBeCloseTo(gate, 5));
  });
});

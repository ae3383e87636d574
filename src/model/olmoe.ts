import { rotaryBaseOf } from "./rotary-base.ts";
import { assertShape, sizeOf } from "../core/axes.ts";
import { InputError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { olmoeProblems, type OlmoeSettings } from "./olmoe-rules.ts";
import { layerPrefix } from "./parameters.ts";
import type { BoundRouter } from "./bound-router.ts";
import type { OlmoeRouting } from "./router.ts";

/** A tensor of numbers, row-major. */
interface NumberTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A model as Hugging Face's transformers opens it: config.json, and the tensors of model.safetensors by name. */
interface OlmoeModel {
  readonly config: Readonly<Record<string, Json>>;
  readonly tensors: Readonly<Record<string, NumberTensor>>;
  /** What who opens it must know, one sentence each. */
  readonly notices: readonly string[];
}

/**
 * A trained model as `OlmoeForCausalLM` (transformers, models/olmoe; arXiv 2409.02060). Matrices are turned from our
 * [in, out] to the [out, in] of torch.nn.Linear, and every expert becomes tensors of its own, as in the published OLMoE
 * files: transformers 4 reads them as they are, and 5 stacks them while loading.
 * @param parameters by the names of docs/model.md, in float32
 * @param where what is exported, for messages
 * @throws InputError with all that keeps the model from being an OLMoE.
 * @throws Error where the parameters are not those of the settings.
 */
export function toOlmoe(
  settings: OlmoeSettings,
  router: BoundRouter,
  parameters: Readonly<Record<string, NumberTensor>>,
  where: string,
): OlmoeModel {
  const problems = olmoeProblems(settings, router);
  const { olmoe: routing, sizes } = router;
  if (problems.length > 0 || routing === null) {
    throw new InputError(problems.map((problem) => ({ where, ...problem })));
  }
  return {
    config: configOf(settings, router, routing),
    tensors: tensorsOf(settings, routing, parameters, sizes.V),
    notices: noticesOf(settings),
  };
}

/** transformers 5 multiplies experts by torch's grouped_mm, which refuses rows that are no multiple of 16 bytes. */
function noticesOf({ model: { width, expertWidth } }: OlmoeSettings): string[] {
  if (width % 4 === 0 && expertWidth % 4 === 0) return [];
  return [
    `transformers 5 runs width ${width} and expert width ${expertWidth}, which are not both multiples of 4, only with ` +
      'from_pretrained(..., experts_implementation="eager")',
  ];
}

/**
 * config.json. transformers' balance loss is K at perfect balance, ours 1, so its weight is ours over K (they also differ in
 * pooling layers; it matters to further training alone). No token id is special.
 */
function configOf(
  { model, losses, data }: OlmoeSettings,
  router: BoundRouter,
  { normTopKProb }: OlmoeRouting,
): Record<string, Json> {
  return {
    architectures: ["OlmoeForCausalLM"],
    model_type: "olmoe",
    vocab_size: router.sizes.V,
    hidden_size: model.width,
    intermediate_size: model.expertWidth,
    num_hidden_layers: model.layers,
    num_attention_heads: model.heads,
    num_key_value_heads: model.heads,
    hidden_act: "silu",
    max_position_embeddings: data.sequenceLength,
    rms_norm_eps: model.normEps,
    rope_theta: rotaryBaseOf(model),
    rope_scaling: null,
    attention_bias: false,
    attention_dropout: 0,
    clip_qkv: null,
    tie_word_embeddings: model.tiedEmbeddings,
    num_experts: model.experts,
    num_experts_per_tok: model.topK,
    norm_topk_prob: normTopKProb,
    output_router_logits: false,
    router_aux_loss_coef: router.wantsBalanceLoss ? losses.balanceWeight / model.topK : 0,
    initializer_range: model.init.std,
    bos_token_id: null,
    eos_token_id: null,
    pad_token_id: null,
    torch_dtype: "float32",
  };
}

/** Our names in a layer and transformers' below `model.layers.<l>.`: gains of norms. */
const GAINS = {
  attention_norm: "input_layernorm",
  moe_norm: "post_attention_layernorm",
  query_norm: "self_attn.q_norm",
  key_norm: "self_attn.k_norm",
} as const;

/** The same for matrices, which are transposed. */
const MATRICES = {
  query: "self_attn.q_proj",
  key: "self_attn.k_proj",
  value: "self_attn.v_proj",
  output: "self_attn.o_proj",
} as const;

/** Every parameter has exactly one place. */
function tensorsOf(
  { model }: OlmoeSettings,
  routing: OlmoeRouting,
  parameters: Readonly<Record<string, NumberTensor>>,
  V: number,
): Record<string, NumberTensor> {
  const { width: D, experts: E, expertWidth: F } = model;
  const left = new Map(Object.entries(parameters));
  const take = (name: string, ...shape: number[]): NumberTensor => {
    const tensor = left.get(name);
    if (tensor === undefined) throw new Error(`the checkpoint has no parameter ${name}`);
    assertShape(name, tensor.shape, shape);
    left.delete(name);
    return tensor;
  };
  const tensors: Record<string, NumberTensor> = { "model.embed_tokens.weight": take("embedding", V, D) };
  for (let layer = 0; layer < model.layers; layer++) {
    const own = (name: string, ...shape: number[]): NumberTensor =>
      take(`${layerPrefix(layer)}.${name}`, ...shape);
    const put = (name: string, tensor: NumberTensor): void => {
      tensors[`model.layers.${layer}.${name}.weight`] = tensor;
    };
    for (const [ours, theirs] of Object.entries(GAINS)) put(theirs, own(ours, D));
    for (const [ours, theirs] of Object.entries(MATRICES)) put(theirs, transposed(own(ours, D, D)));
    put("mlp.gate", transposed(own(`router.${routing.weight}`, D, E)));
    for (const part of ["gate", "up", "down"]) {
      const stacked = own(`experts.${part}`, E, ...(part === "down" ? [F, D] : [D, F]));
      for (let expert = 0; expert < E; expert++) {
        put(`mlp.experts.${expert}.${part}_proj`, transposed(slice(stacked, expert)));
      }
    }
  }
  tensors["model.norm.weight"] = take("final_norm", D);
  if (!model.tiedEmbeddings) tensors["lm_head.weight"] = transposed(take("head", D, V));
  if (left.size > 0) throw new Error(`OLMoE has no place for the parameters ${[...left.keys()].join(", ")}`);
  return tensors;
}

/** [rows, columns] to [columns, rows]. */
function transposed({ shape, values }: NumberTensor): NumberTensor {
  const [rows = 0, columns = 0] = shape;
  const turned = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)] ?? NaN);
  return { shape: [columns, rows], values: turned };
}

/** One entry along the first axis. */
function slice({ shape, values }: NumberTensor, index: number): NumberTensor {
  const inner = shape.slice(1);
  const size = sizeOf(inner);
  return { shape: inner, values: values.subarray(index * size, (index + 1) * size) };
}

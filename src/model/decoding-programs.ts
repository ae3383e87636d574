import type { TensorSpec, TensorSpecs } from "../core/axes.ts";
import { crossEntropy } from "../engine/ops/cross-entropy.ts";
import type { Program, Tensor, Tensors } from "../engine/types.ts";
import { decode } from "./decoder.ts";
import type { LayerPast } from "./past-attention.ts";
import { decoderInput, NAMES, programInputs } from "./programs.ts";
import type { RoutingMode } from "./router.ts";
import type { ModelSpec } from "./spec.ts";

/** Names of the tensors that pass from token to token, and of what comes out. */
export const DECODING = {
  /** [S], nats: -ln p of each target, with those before it. */
  tokenLoss: "token-loss",
  /** [S, V] of whole sequences, [B, V] of new tokens. */
  logits: "logits",
  /** [T + 1]: 0 for positions before, and for the new token behind them, else -1e30. */
  mask: "past/mask",
  /** [d/2], of the new tokens' position. */
  cos: "past/cos",
  sin: "past/sin",
  /** [B, H, T, d] */
  keys: (layer: number) => `past/keys/${layer}`,
  values: (layer: number) => `past/values/${layer}`,
  /** [B, D] and [B, D/2], with localized filtering. */
  token: (layer: number) => `past/token/${layer}`,
  narrow: (layer: number) => `past/narrow/${layer}`,
  /** [B, H, d] */
  key: (layer: number) => `made/key/${layer}`,
  value: (layer: number) => `made/value/${layer}`,
  /** As token and narrow. */
  nextToken: (layer: number) => `made/token/${layer}`,
  nextNarrow: (layer: number) => `made/narrow/${layer}`,
} as const;

/** How a model routes where a text goes on: without noise, and only by what is there. */
function decodingMode({ causal }: Pick<ModelSpec, "causal">): Exclude<RoutingMode, "train"> {
  return causal ? "eval" : "causal-eval";
}

/** Logits of every token of whole sequences: the reference, and the way for routers that look at more than a token. */
export function logitsProgram(spec: ModelSpec): Program {
  const mode = decodingMode(spec);
  return {
    name: `logits-${mode}`,
    inputs: withoutTargets(programInputs(spec, mode)),
    run: (inputs) => ({ [DECODING.logits]: decode(spec, decoderInput(mode, inputs)).logits }),
  };
}

/** The loss of every target of whole sequences, routed as where a text goes on. */
export function scoreProgram(spec: ModelSpec): Program {
  const mode = decodingMode(spec);
  const tokens = { shape: [spec.sizes.B * spec.sizes.T], dtype: "int32" } as const;
  return {
    name: `score-${mode}`,
    inputs: { ...withoutTargets(programInputs(spec, mode)), [NAMES.targets]: tokens },
    run: (inputs) => {
      const { logits } = decode(spec, decoderInput(mode, inputs));
      return { [DECODING.tokenLoss]: crossEntropy(logits, needed(inputs, NAMES.targets)) };
    },
  };
}

/**
 * Logits of one new token of each of B sequences, by the keys and values that were kept of those before it; and its own, to be kept.
 * @param spec of B sequences of one token (`resized`).
 * @param T positions that there is room for.
 */
export function tokenProgram(spec: ModelSpec, T: number): Program {
  const { model } = spec.settings;
  const mode = decodingMode(spec);
  const layers = Array.from({ length: model.layers }, (_, layer) => layer);
  return {
    name: `token-${mode}`,
    inputs: {
      ...withoutTargets(programInputs(spec, mode)),
      ...pastInputs(spec, T),
    },
    run: (inputs) => {
      const past = layers.map((layer) => layerPast(inputs, layer, model.localizedFiltering));
      const { logits, made } = decode(spec, { ...decoderInput(mode, inputs), past });
      const kept = made.map(({ key, value, filter }, layer): Tensors => {
        return {
          [DECODING.key(layer)]: key,
          [DECODING.value(layer)]: value,
          ...(filter && {
            [DECODING.nextToken(layer)]: filter.token,
            [DECODING.nextNarrow(layer)]: filter.narrow,
          }),
        };
      });
      return { [DECODING.logits]: logits, ...(Object.assign({}, ...kept) as Tensors) };
    },
  };
}

function pastInputs({ sizes: { B, D }, settings: { model } }: ModelSpec, T: number): TensorSpecs {
  const { heads: H, layers: L } = model;
  const d = D / H;
  const float = (...shape: number[]): TensorSpec => ({ shape, dtype: "float32" });
  const ofLayer = (layer: number): [string, TensorSpec][] => [
    [DECODING.keys(layer), float(B, H, T, d)],
    [DECODING.values(layer), float(B, H, T, d)],
    ...(model.localizedFiltering
      ? ([
          [DECODING.token(layer), float(B, D)],
          [DECODING.narrow(layer), float(B, D / 2)],
        ] as [string, TensorSpec][])
      : []),
  ];
  return {
    [DECODING.mask]: float(1, 1, 1, T + 1),
    [DECODING.cos]: float(1, 1, d / 2),
    [DECODING.sin]: float(1, 1, d / 2),
    ...Object.fromEntries(Array.from({ length: L }, (_, layer) => ofLayer(layer)).flat()),
  };
}

function layerPast(inputs: Tensors, layer: number, isFiltered: boolean): LayerPast {
  const need = (name: string): Tensor => needed(inputs, name);
  return {
    keys: need(DECODING.keys(layer)),
    values: need(DECODING.values(layer)),
    mask: need(DECODING.mask),
    cos: need(DECODING.cos),
    sin: need(DECODING.sin),
    filter: isFiltered
      ? { token: need(DECODING.token(layer)), narrow: need(DECODING.narrow(layer)) }
      : undefined,
  };
}

function needed(tensors: Tensors, name: string): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`the program has no tensor ${name}`);
  return tensor;
}

/** Tokens alone: nothing is to be predicted that is known already. */
function withoutTargets(inputs: TensorSpecs): TensorSpecs {
  const isGiven = (name: string): boolean =>
    !name.startsWith("batch/") || name === NAMES.inputs || name === NAMES.labels;
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => isGiven(name)));
}

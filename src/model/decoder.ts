import { embed } from "../engine/ops/embedding.ts";
import { inScope } from "../engine/scope.ts";
import { detach, tf } from "../engine/tf.ts";
import type { Tensor, Tensors } from "../engine/types.ts";
import { type AttentionParameters, selfAttention } from "./attention.ts";
import { balanceTerm, nextSelectionBias, nextWindow } from "./balancing.ts";
import type { BoundRouter } from "./bound-router.ts";
import { applyExperts, feedForward, type ExpertParameters } from "./experts.ts";
import { balanceLoss, countAssignments, zLoss } from "./losses.ts";
import { normalise } from "./norm.ts";
import { expertsPrefix, layerPrefix, normHasGain } from "./parameters.ts";
import { attendToPast, type LayerMade, type LayerPast } from "./past-attention.ts";
import type { Assignment, ExpertOutputs, RouterInput, Routing, RoutingMode } from "./router.ts";
import { BALANCING, jitterName, type ModelSpec } from "./spec.ts";

/** The numbers of a model to run. */
export interface DecoderInput {
  readonly mode: RoutingMode;
  readonly parameters: Tensors;
  /** The routers' untrained state, by full name. */
  readonly state: Tensors;
  /** The routers' noise in this mode, by full name. */
  readonly noise: Tensors;
  /** [S] int32 */
  readonly tokens: Tensor;
  /** [S] int32; only where a router sees labels. */
  readonly labels: Tensor | undefined;
  /** [L], of the tokens before, where each sequence is one new token (T is 1); absent where sequences are whole. */
  readonly past?: readonly LayerPast[];
  /** Another assignment in the place of a layer's own; the layer's own where it is left out. */
  readonly reroute?: (assignment: Assignment, layer: number) => Assignment;
}

/** What one layer's routing did. */
export interface LayerRouting {
  /** [E] float32, assignments of each expert. */
  readonly counts: Tensor;
  /** Who processes what. */
  readonly assignment: Assignment;
  /** [S, E]; undefined where the router has none. */
  readonly probs: Tensor | undefined;
  /** Share of tokens that no expert took. */
  readonly unrouted: Tensor;
  /** Switch's balance over the batch, to be reported: 1 at perfect balance; undefined where the router has no probabilities. */
  readonly balance: Tensor | undefined;
  /** What is trained on for balance, 1 at perfect balance; undefined where nothing is. */
  readonly balanceTerm: Tensor | undefined;
  /** undefined where the router has no logits. */
  readonly z: Tensor | undefined;
  readonly losses: Tensors;
  readonly state: Tensors;
  readonly matrices: Tensors;
  /** [S] each; made only where they are asked for. */
  readonly measures: () => Tensors;
}

/** Logits [S, V] and what the routers did, in each layer that has experts. */
export interface DecoderOutput {
  readonly logits: Tensor;
  readonly layers: readonly LayerRouting[];
  /** [L], what the layers make of new tokens, to be kept for those behind them; empty for whole sequences. */
  readonly made: readonly LayerMade[];
}

/** A model at work: what it is, and the numbers that it has. */
interface Running {
  readonly spec: ModelSpec;
  readonly input: DecoderInput;
  readonly parameter: (name: string) => Tensor;
  /** undefined where norms have none. */
  readonly gain: (name: string) => Tensor | undefined;
}

/** What a router hands to the layer above it. */
interface Below {
  readonly router: BoundRouter;
  readonly carry: Tensors;
}

/** The decoder LM of docs/model.md (OLMoE's, arXiv 2409.02060, section 2). */
export function decode(spec: ModelSpec, input: DecoderInput): DecoderOutput {
  const { model } = spec.settings;
  const parameter = (name: string): Tensor => {
    const tensor = input.parameters[name];
    if (tensor === undefined) throw new Error(`the model has no parameter ${name}`);
    return tensor;
  };
  const gain = (name: string): Tensor | undefined => (normHasGain(model) ? parameter(name) : undefined);
  const running = { spec, input, parameter, gain };
  const layers: LayerRouting[] = [];
  const made: LayerMade[] = [];
  let x = embed(parameter("embedding"), input.tokens); // [S, D]
  let below: Below | undefined;
  for (const layer of spec.routers.keys()) {
    const prefix = layerPrefix(layer);
    const attended = attention(running, x, layer);
    x = tf.add(x, attended.y);
    if (attended.made !== undefined) made.push(attended.made);
    const h = normalise(x, gain(`${prefix}.moe_norm`), model); // [S, D]
    if (layer < model.denseLayers) {
      x = tf.add(
        x,
        inScope(`${prefix}.feed_forward`, () => feedForward(h, network(running, `${prefix}.feed_forward`))),
      );
      continue;
    }
    const mixture = mixtureOfExperts(running, h, layer, below);
    x = tf.add(x, mixture.y);
    below = mixture.below;
    layers.push(mixture.routing);
  }
  const final = normalise(x, gain("final_norm"), model); // [S, D]
  const logits = model.tiedEmbeddings
    ? tf.matMul(final, parameter("embedding"), false, true)
    : tf.matMul(final, parameter("head"));
  return { logits, layers, made };
}

/** What a layer's attention adds, and of new tokens what is to be kept. @param x [S, D] @returns y [S, D] */
function attention(
  running: Running,
  x: Tensor,
  layer: number,
): { readonly y: Tensor; readonly made?: LayerMade } {
  const { spec, input, gain } = running;
  const { model } = spec.settings;
  const prefix = layerPrefix(layer);
  return inScope(`${prefix}.attention`, () => {
    const h = normalise(x, gain(`${prefix}.attention_norm`), model); // [S, D]
    const own = attentionParameters(running, prefix);
    if (input.past === undefined) {
      return { y: selfAttention(h, own, model, { B: spec.sizes.B, T: spec.sizes.T }) };
    }
    const past = input.past[layer];
    if (past === undefined) throw new Error(`there is no past of layer ${layer}`);
    return attendToPast(h, own, model, past);
  });
}

function attentionParameters({ spec, parameter, gain }: Running, prefix: string): AttentionParameters {
  const { model } = spec.settings;
  const own = (name: string): Tensor => parameter(`${prefix}.${name}`);
  return {
    query: own("query"),
    key: own("key"),
    value: own("value"),
    output: own("output"),
    queryNorm: model.qkNorm ? gain(`${prefix}.query_norm`) : undefined,
    keyNorm: model.qkNorm ? gain(`${prefix}.key_norm`) : undefined,
    filter: model.localizedFiltering
      ? { first: own("filter_first"), second: own("filter_second"), norm: gain(`${prefix}.filter_norm`) }
      : undefined,
  };
}

/** The three matrices of a gated network, or of all experts at once. */
function network({ parameter }: Running, name: string): ExpertParameters {
  return { gate: parameter(`${name}.gate`), up: parameter(`${name}.up`), down: parameter(`${name}.down`) };
}

/**
 * Router and experts of a layer.
 * @param h [S, D], normalised
 * @returns y [S, D], to be added; what the routing did; what it hands on
 */
function mixtureOfExperts(
  running: Running,
  h: Tensor,
  layer: number,
  below: Below | undefined,
): { readonly y: Tensor; readonly routing: LayerRouting; readonly below: Below } {
  const { spec, input } = running;
  const { settings, sizes } = spec;
  const router = spec.routers[layer];
  if (router === undefined) throw new Error(`there is no router of layer ${layer}`);
  const prefix = layerPrefix(layer);
  const carry = below?.router === router ? below.carry : noCarry(router);
  const chosen = inScope(`${prefix}.router`, () =>
    router.route(routerInput(running, router, { h, layer, carry })),
  );
  const assignment = input.reroute?.(chosen.assignment, layer) ?? chosen.assignment;
  const routing = { ...chosen, assignment };
  const { counts, unrouted } = countAssignments(assignment, sizes.B * sizes.T, sizes.E);
  const isLearning = input.mode === "train" && router.afterExperts !== undefined;
  const experts = inScope(`${prefix}.experts`, () =>
    routedExperts(running, { h, layer, assignment, counts: isLearning ? counts : null }),
  );
  let { y } = experts; // [S, D]
  if (routing.output !== undefined) y = tf.add(y, routing.output);
  if (router.alwaysOnExperts > 0) y = tf.add(y, feedForward(h, network(running, `${prefix}.always_on`)));
  const learned =
    experts.outputs && router.afterExperts?.(experts.outputs, within(`${prefix}.router.`, input.state));
  const balancing = balanceLayer({ routing, counts, layer, state: input.state }, { settings, router });
  const done: LayerRouting = {
    assignment,
    probs: routing.probs,
    counts,
    unrouted,
    balance: balancing.reported,
    balanceTerm: balancing.trained,
    z: routing.logits === undefined ? undefined : zLoss(routing.logits),
    losses: routing.losses ?? {},
    state: { ...above(`${prefix}.router.`, { ...routing.state, ...learned }), ...balancing.state },
    matrices: routing.matrices ?? {},
    measures: routing.measures ?? (() => ({})),
  };
  return { y, routing: done, below: { router, carry: routing.carry ?? {} } };
}

/**
 * What the chosen experts add. With a latent width M, W_up sum_e g_e expert_e(W_down h): they work on M numbers of a token between two
 * projections without bias that they share (LatentMoE, Elango et al., arXiv 2601.18089; second hand, by Megatron-LM's `moe_latent_size`
 * and transformers' Nemotron-H). The router and the always-on experts have all of D.
 * @param at h [S, D]; counts [E] where the router learns what its experts made, else null
 * @returns y [S, D]; and for such a router what it learns, from the experts as they add to the stream: projected up and times `gateScale`
 */
function routedExperts(
  { spec, parameter, ...running }: Running,
  at: {
    readonly h: Tensor;
    readonly layer: number;
    readonly assignment: Assignment;
    readonly counts: Tensor | null;
  },
): { readonly y: Tensor; readonly outputs: ExpertOutputs | null } {
  const { model } = spec.settings;
  const { counts, layer } = at;
  const experts = network({ spec, parameter, ...running }, expertsPrefix(layer, model));
  const weighted = scaled(at.assignment, model.gateScale);
  const isLatent = model.latentWidth > 0;
  const own = (name: string): Tensor => parameter(`${layerPrefix(layer)}.latent_${name}`);
  const h = isLatent ? tf.matMul(at.h, own("down")) : at.h;
  const back = (z: Tensor): Tensor => (isLatent ? tf.matMul(z, own("up")) : z);
  let outputs: ExpertOutputs | null = null;
  const see = (tokens: Tensor) => (sums: Tensor) => {
    const mean = tf.div(sums, tf.reshape(tf.maximum(tokens, 1), [-1, 1]));
    outputs = { mean: detach(tf.mul(back(mean), model.gateScale)), tokens };
  };
  const y = back(applyExperts(h, weighted, experts, counts === null ? undefined : see(detach(counts))));
  return { y, outputs };
}

/** What a layer's router is given. @param at h [S, D] */
function routerInput(
  { spec, input }: Running,
  router: BoundRouter,
  { h, layer, carry }: { readonly h: Tensor; readonly layer: number; readonly carry: Tensors },
): RouterInput {
  const prefix = `${layerPrefix(layer)}.router.`;
  return {
    x: jittered(h, input.noise[jitterName(layer)], spec.settings.training.routerJitter),
    tokens: input.tokens,
    ...(router.seesLabels ? { labels: input.labels } : {}),
    mode: input.mode,
    ...(router.takesSelectionBias ? { selectionBias: input.state[BALANCING.bias(layer)] } : {}),
    parameters: within(prefix, input.parameters),
    state: within(prefix, input.state),
    noise: within(prefix, input.noise),
    carry,
  };
}

/**
 * The tokens as the router sees them in training: every number times U(1 - e, 1 + e) (input jitter, Switch, arXiv 2101.03961, appendix C);
 * experts get the tokens as they are.
 * @param h [S, D]; uniform: draws of U(0, 1) in its shape, undefined in evaluation
 */
function jittered(h: Tensor, uniform: Tensor | undefined, e: number): Tensor {
  return uniform === undefined ? h : tf.mul(h, tf.add(tf.mul(uniform, 2 * e), 1 - e));
}

/** What a router is handed where the layer below has another one, or none. */
function noCarry({ carry }: BoundRouter): Tensors {
  return Object.fromEntries(Object.entries(carry).map(([name, { shape }]) => [name, tf.zeros([...shape])]));
}

/** The assignment with every weight times a factor. */
function scaled(assignment: Assignment, factor: number): Assignment {
  return factor === 1 ? assignment : { ...assignment, gate: tf.mul(assignment.gate, factor) };
}

/** A layer's balance as it is reported and as it is trained on, and the next state of balancing. */
function balanceLayer(
  layer: {
    readonly routing: Routing;
    readonly counts: Tensor;
    readonly layer: number;
    readonly state: Tensors;
  },
  { settings: { losses }, router }: Pick<ModelSpec, "settings" | "router">,
): { reported: Tensor | undefined; trained: Tensor | undefined; state: Tensors } {
  const { assignment, probs, logits } = layer.routing;
  const counts = detach(layer.counts);
  const names = { window: BALANCING.window(layer.layer), bias: BALANCING.bias(layer.layer) };
  const before = { window: layer.state[names.window], bias: layer.state[names.bias] };
  const window = before.window && nextWindow(before.window, counts, losses.balanceWindow);
  const bias = before.bias && nextSelectionBias(before.bias, counts, losses.biasStep);
  const state = { ...(window && { [names.window]: window }), ...(bias && { [names.bias]: bias }) };
  const reported = probs === undefined ? undefined : balanceLoss(counts, probs);
  if (probs === undefined || reported === undefined || !router.wantsBalanceLoss) {
    return { reported: reported && detach(reported), trained: undefined, state };
  }
  const isReported = losses.balanceForm === "switch" && losses.balanceScope === "batch";
  const routed = { assignment, probs, logits, counts, window };
  const trained = isReported ? reported : balanceTerm(routed, losses, router.sizes);
  return { reported: isReported ? reported : detach(reported), trained, state };
}

/** The entries below a prefix, without it. */
function within(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}

function above(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor]));
}

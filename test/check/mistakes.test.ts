/** Mistakes that authors of routers make, each caught by a sentence that names the field, and the place where there is one. */
import { beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { checkEngines, examineRouter } from "../../src/check/check-router.ts";
import { COMMON_NEEDS } from "../../src/check/models.ts";
import type { CheckEngines } from "../../src/check/subject.ts";
import { topKIndices } from "../../src/engine/ops/discrete.ts";
import { takeAlongLast } from "../../src/engine/ops/rows.ts";
import { detach, tf } from "../../src/engine/tf.ts";
import type { Tensor } from "../../src/engine/types.ts";
import { defineRouter, type Router, type RouterInput, type RouterSizes } from "../../src/model/router.ts";

let engines: CheckEngines;
beforeAll(async () => {
  engines = await checkEngines();
});

/** What a mistake changes. It is not what the types allow: authors write JavaScript. */
type Change = Readonly<Record<string, unknown>>;
type Given = Pick<RouterInput, "x" | "tokens" | "mode"> &
  Readonly<Record<"parameters" | "state" | "noise", Record<string, Tensor>>>;

interface Routed {
  readonly logits: Tensor;
  readonly probs: Tensor;
  readonly expert: Tensor;
  readonly gate: Tensor;
}

/** A router that is well: softmax top-k. */
function routed({ x, parameters }: Given, { K }: RouterSizes): Routed {
  const logits = tf.matMul(x, parameters["weight"]!); // [S, E]
  const probs = tf.softmax(logits);
  const expert = topKIndices(probs, K);
  return { logits, probs, expert, gate: takeAlongLast(probs, expert) };
}

const parameters = ({ D, E, initStd }: RouterSizes): Change => ({ weight: { shape: [D, E], std: initStd } });

function router(change: Change): Router {
  const definition = {
    ...{ name: "own", paper: "none", summary: "a test", causal: true, wantsBalanceLoss: true, parameters },
    flopsPerToken: ({ D, E }: RouterSizes) => 2 * D * E,
    route: returning(() => ({})),
    ...change,
  };
  return defineRouter(definition as never);
}

/** The good router, with a change in what it returns. */
function returning(change: (found: Routed, given: Given, sizes: RouterSizes) => Change) {
  return (given: Given, sizes: RouterSizes): Change => {
    const found = routed(given, sizes);
    const { logits, probs, expert, gate } = found;
    return {
      assignment: { kind: "token-choice", expert, gate },
      logits,
      probs,
      ...change(found, given, sizes),
    };
  };
}

/** The same, with a change in its assignment. */
const assigning = (change: (found: Routed, sizes: RouterSizes) => Change): Change => ({
  route: returning((found, _, sizes) => ({
    assignment: { kind: "token-choice", expert: found.expert, gate: found.gate, ...change(found, sizes) },
  })),
});
/** The same on other hidden states. */
const seeing = (change: (given: Given, sizes: RouterSizes) => Tensor): Change => ({
  route: (given: Given, sizes: RouterSizes) =>
    returning(() => ({}))({ ...given, x: change(given, sizes) }, sizes),
});

/** Hidden states of one position later, [S, D]; the last sees itself. */
function next({ x }: Given, { B, T, D }: RouterSizes): Tensor {
  const cube = tf.reshape(x, [B, T, D]);
  const [later, last] = [tf.slice(cube, [0, 1, 0], [B, T - 1, D]), tf.slice(cube, [0, T - 1, 0], [B, 1, D])];
  return tf.reshape(tf.concat([later, last], 1), [B * T, D]);
}

/** Hidden states of one position earlier; the first sees itself. */
function earlier({ x }: Given, { B, T, D }: RouterSizes): Tensor {
  const cube = tf.reshape(x, [B, T, D]);
  const [first, rest] = [tf.slice(cube, [0, 0, 0], [B, 1, D]), tf.slice(cube, [0, 0, 0], [B, T - 1, D])];
  return tf.reshape(tf.concat([first, rest], 1), [B * T, D]);
}

const counter = { calls: 0 };
const vector = ({ E }: RouterSizes, extra: Change = {}): Change => ({
  bias: { shape: [E], initial: 0, ...extra },
});

const handed = ({ B, T, D }: RouterSizes): Change => ({ seen: { shape: [B * T, D] } });

/** Name, change, and the field and the words of the finding; what every one begins with is checked below. */
const MISTAKES: readonly (readonly [name: string, change: Change, field: string, words: string])[] = [
  // Shapes, types and names of what is returned.
  [
    "gates of all experts",
    assigning(({ probs }) => ({ gate: probs })),
    "assignment.gate",
    "= [S, E], wanted [S, K]",
  ],
  [
    "gates transposed",
    assigning(({ gate }) => ({ gate: tf.transpose(gate) })),
    "assignment.gate",
    "transpose it",
  ],
  [
    "gates flat",
    assigning(({ gate }) => ({ gate: tf.reshape(gate, [-1]) })),
    "assignment.gate",
    "reshape it: tf.reshape",
  ],
  [
    "gates that are integers",
    assigning(({ gate }) => ({ gate: tf.cast(gate, "int32") })),
    "assignment.gate",
    "is int32, wanted float32",
  ],
  [
    "gates that are numbers",
    assigning(() => ({ gate: [0.5, 0.5] })),
    "assignment.gate",
    "is [0.5,0.5]; it must be a tensor",
  ],
  [
    "experts that are floats",
    assigning(({ expert }) => ({ expert: tf.cast(expert, "float32") })),
    "assignment.expert",
    "is float32, wanted int32",
  ],
  ["no gate", assigning(() => ({ gate: undefined })), "assignment.gate", "is missing"],
  ["no kind", assigning(() => ({ kind: undefined })), "assignment.kind", "is missing; it must be one of"],
  [
    "a kind that there is not",
    assigning(() => ({ kind: "token_choice" })),
    "assignment.kind",
    'did you mean "token-choice"?',
  ],
  [
    "a name that is not read",
    returning2({ assignments: 1 }),
    "route",
    'unknown key "assignments"; did you mean "assignment"?',
  ],
  [
    "gates that are not read",
    assigning(({ gate }) => ({ gates: gate })),
    "assignment",
    'unknown key "gates"; did you mean "gate"?',
  ],
  [
    "a misspelt wish for every expert",
    assigning(({ probs }) => ({ kind: "dense", expert: undefined, gate: probs, everyexpert: true })),
    "assignment",
    'unknown key "everyexpert"; did you mean "everyExpert"?',
  ],
  ["nothing", { route: () => undefined }, "route", "returns undefined"],
  [
    "a promise",
    { route: (...given: [Given, RouterSizes]) => Promise.resolve(returning(() => ({}))(...given)) },
    "route",
    "returns a promise",
  ],
  [
    "one expert more",
    assigning(({ probs }, { K }) => ({ expert: topKIndices(probs, K + 1) })),
    "assignment.expert",
    "every token must have K experts",
  ],
  [
    "a loss that is no scalar",
    { route: returning(({ logits }) => ({ losses: { own: logits } })) },
    "losses.own",
    "wanted a scalar []; sum or average it",
  ],
  ["state that is not returned", { state: vector }, "state.bias", "is declared, but not returned"],
  [
    "state that comes neither from route nor after experts",
    { state: vector, afterExperts: () => ({}) },
    "state.bias",
    "is declared, but not returned",
  ],
  [
    "a misspelt state after experts",
    {
      state: vector,
      afterExperts: (_: unknown, { bias }: Record<string, Tensor>) => ({ bias, biass: bias }),
    },
    "state.biass",
    'did you mean "bias"?',
  ],
  [
    "another shape after experts",
    { state: vector, afterExperts: ({ mean }: { mean: Tensor }) => ({ bias: mean }) },
    "state.bias",
    "has the shape [",
  ],
  [
    "a number after experts",
    { state: vector, afterExperts: () => 3 },
    "afterExperts",
    "gives 3; it must give an object of tensors",
  ],
  [
    "no function after experts",
    { afterExperts: { bias: 1 } },
    "afterExperts",
    "it must be a function, or left out",
  ],
  [
    "a mean over no tokens",
    {
      state: vector,
      afterExperts: ({ tokens }: { tokens: Tensor }, { bias }: Record<string, Tensor>) => ({
        bias: tf.add(bias!, tf.div(tf.sub(tokens, tokens), tf.sub(tokens, tokens))),
      }),
    },
    "state.bias",
    "is not finite",
  ],
  [
    "state that is not declared",
    { route: returning((_, __, { E }) => ({ state: { bias: tf.zeros([E]) } })) },
    "state.bias",
    "is returned, but not declared",
  ],
  [
    "state of another shape",
    { state: vector, route: returning((_, { state }) => ({ state: { bias: tf.sum(state["bias"]!) } })) },
    "state.bias",
    "has the shape []",
  ],
  [
    "a matrix that is not returned",
    { matrices: () => ({ pairs: [2, 2] }) },
    "matrices.pairs",
    "is declared, but not returned",
  ],
  [
    "a matrix that is not declared",
    { route: returning(({ logits }) => ({ matrices: { seen: logits } })) },
    "matrices.seen",
    "is returned, but not declared; declare it",
  ],
  [
    "a measure without its unit",
    { measures: () => ({ seen: { chance: 0.5 } }) },
    "measures.seen.unit",
    "is missing",
  ],
  [
    "a measure that is not returned",
    { measures: () => ({ seen: { unit: "experts" } }) },
    "measures.seen",
    "is declared, but not returned",
  ],
  [
    "measures that are no function",
    { route: returning(({ logits }) => ({ measures: { seen: logits } })) },
    "measures",
    "it must be a function that gives tensors",
  ],
  [
    "an output for every expert",
    { route: returning(({ logits }) => ({ output: logits })) },
    "output",
    "= [S, E], wanted [S, D]",
  ],
  ["nothing handed on", { carry: handed }, "carry.seen", "is declared, but not returned"],
  [
    "probabilities of the chosen",
    { route: returning(({ gate }) => ({ probs: gate })) },
    "probs",
    "a number for every expert",
  ],
  [
    "no probabilities to balance",
    { route: returning(() => ({ probs: undefined })) },
    "probs",
    "wantsBalanceLoss is true",
  ],
  // What is declared.
  ["a misspelt declaration", { nosie: () => ({}) }, "router", 'unknown key "nosie"; did you mean "noise"?'],
  ["another misspelt declaration", { wantsBalanceloss: true }, "router", 'did you mean "wantsBalanceLoss"?'],
  [
    "no std",
    { parameters: ({ D, E }: RouterSizes) => ({ weight: { shape: [D, E] } }) },
    "parameters.weight",
    "has neither std nor initial",
  ],
  [
    "a misspelt std",
    { parameters: ({ D, E }: RouterSizes) => ({ weight: { shape: [D, E], sdt: 1 } }) },
    "parameters.weight",
    'did you mean "std"?',
  ],
  [
    "a negative std",
    { parameters: ({ D, E }: RouterSizes) => ({ weight: { shape: [D, E], std: -0.02 } }) },
    "parameters.weight.std",
    "is -0.02; it must be a number, 0 or more",
  ],
  [
    "a std that is NaN",
    { parameters: ({ D, E }: RouterSizes) => ({ weight: { shape: [D, E], std: NaN } }) },
    "parameters.weight.std",
    "is NaN",
  ],
  [
    "trained that is a word",
    { parameters: ({ D, E }: RouterSizes) => ({ weight: { shape: [D, E], std: 1, trained: "no" } }) },
    "parameters.weight.trained",
    'is "no"; it must be true or false',
  ],
  [
    "a shape with a hole",
    { parameters: ({ E }: RouterSizes) => ({ weight: { shape: [undefined, E], std: 1 } }) },
    "parameters.weight.shape",
    "must be a list of whole numbers",
  ],
  [
    "state without a start",
    { state: ({ E }: RouterSizes) => ({ bias: { shape: [E] } }) },
    "state.bias.initial",
    "is missing",
  ],
  [
    "noise of a distribution that there is not",
    { noise: ({ E }: RouterSizes) => ({ jitter: { shape: [E], distribution: "gumbel" } }) },
    "noise.jitter.distribution",
    'is "gumbel"; it must be "normal" or "uniform"',
  ],
  [
    "FLOPs that are NaN",
    { flopsPerToken: ({ F }: { F?: number }) => 2 * (F ?? NaN) },
    "flopsPerToken",
    "is NaN",
  ],
  [
    "no FLOPs",
    { flopsPerToken: () => 0 },
    "flopsPerToken",
    "is 0, but the matrix multiplies of route alone take",
  ],
  [
    "FLOPs of a batch",
    { flopsPerToken: ({ B, T, D, E }: RouterSizes) => 2000 * B * T * D * E },
    "flopsPerToken",
    "counted a token, not a batch",
  ],
  ["half an always-on expert", { alwaysOnExperts: () => 0.5 }, "alwaysOnExperts", "must be a whole number"],
  ["causal that is a word", { causal: () => "yes" }, "causal", 'is "yes"; it must be true or false'],
  [
    "problems that are a text",
    { problems: () => "none" },
    "problems",
    "must give a list of { path, message }",
  ],
  [
    "an option without a default",
    { options: z.strictObject({ step: z.number() }) },
    "options.step",
    "is missing",
  ],
  ["a name with blanks", { name: "My Router" }, "name", "lower-case words"],
  // What it means.
  [
    "the same expert twice",
    assigning(({ expert }) => ({ expert: tf.mul(expert, tf.scalar(0, "int32")) })),
    "assignment.expert",
    "gives a token the same expert twice: 0, 0",
  ],
  [
    "an expert that is not there",
    assigning(({ expert }) => ({ expert: tf.sub(expert, tf.scalar(1, "int32")) })),
    "assignment.expert",
    "has -1, but goes from 0 to",
  ],
  [
    "an expert beyond the last",
    assigning(({ expert }) => ({ expert: tf.add(expert, tf.scalar(1, "int32")) })),
    "assignment.expert",
    "but goes from 0 to",
  ],
  [
    "gates that are NaN",
    assigning(({ gate }) => ({ gate: tf.div(tf.sub(gate, gate), tf.sub(gate, gate)) })),
    "assignment.gate",
    "is not finite: it has NaN",
  ],
  [
    "state that is infinite at its start",
    {
      state: vector,
      route: returning(({ probs }, { state }) => ({
        state: { bias: tf.div(tf.mean(probs, 0), state["bias"]!) },
      })),
    },
    "state.bias",
    "is not finite: it has Infinity",
  ],
  [
    "probabilities that do not sum to 1",
    { route: returning(({ logits }) => ({ probs: tf.sigmoid(logits) })) },
    "probs",
    "not to 1",
  ],
  ["the next token", seeing(next), "route", "sees the future (in eval)"],
  [
    "the mean of the sequence",
    seeing(({ x }, { B, T, D }) =>
      tf.reshape(tf.sub(tf.reshape(x, [B, T, D]), tf.mean(tf.reshape(x, [B, T, D]), 1, true)), [B * T, D]),
    ),
    "route",
    "sees the future",
  ],
  [
    "the future in training alone",
    seeing((given, sizes) => (given.mode === "train" ? next(given, sizes) : given.x)),
    "route",
    "sees the future (in train)",
  ],
  [
    "the future in causal evaluation",
    { causal: false, ...seeing(next) },
    "route",
    "causal-eval mode may use the past",
  ],
  [
    "the future in what is given out",
    { route: returning((_, given, sizes) => ({ output: next(given, sizes) })) },
    "route",
    "number 0 of output for position",
  ],
  [
    "the future in what is handed on",
    {
      carry: handed,
      route: (given: Given & { carry: Record<string, Tensor> }, sizes: RouterSizes) =>
        returning(() => ({ carry: { seen: tf.add(given.carry["seen"]!, next(given, sizes)) } }))(
          given,
          sizes,
        ),
    },
    "route",
    "number 0 of carry.seen for position",
  ],
  [
    "a sum over the tokens below",
    {
      carry: handed,
      route: (given: Given & { carry: Record<string, Tensor> }, sizes: RouterSizes) =>
        returning(() => ({ carry: { seen: given.x } }))(
          { ...given, x: tf.add(given.x, tf.sum(given.carry["seen"]!)) },
          sizes,
        ),
    },
    "route",
    "sees the future",
  ],
  [
    "the first sequence of the batch",
    seeing(({ x }, { B, T, D }) => tf.add(x, tf.tile(tf.slice(x, [0, 0], [T, D]), [B, 1]))),
    "route",
    "sees other sequences (in eval)",
  ],
  [
    "the token before, declared to route by the token alone",
    { ...seeing(earlier), tokenwise: true },
    "route",
    "routes a token by more than itself (in eval)",
  ],
  [
    "the position, declared to route by the token alone",
    {
      ...seeing(({ x }, { B, T, D }) => {
        const position = Float32Array.from({ length: B * T * D }, (_, i) => Math.floor(i / D) % T);
        return tf.add(x, tf.tensor2d(position, [B * T, D]));
      }),
      tokenwise: true,
    },
    "route",
    "take tokenwise: true away",
  ],
  [
    "an expert that is preferred",
    {
      route: (given: Given, sizes: RouterSizes) => {
        const ahead = tf.oneHot(tf.scalar(1, "int32"), sizes.E, 1, 0, "float32");
        return returning(() => ({}))(
          { ...given, parameters: { weight: tf.add(given.parameters["weight"]!, tf.mul(ahead, 0.5)) } },
          sizes,
        );
      },
    },
    "route",
    "treats experts differently",
  ],
  [
    "an expert that is given out",
    {
      route: returning(({ probs }, { x }, { B, T }) => ({
        output: tf.mul(x, tf.slice(probs, [0, 0], [B * T, 1])),
      })),
    },
    "output",
    "declare interchangeable: false",
  ],
  ["chance of its own", seeing(({ x }) => tf.mul(x, 1 + Math.random())), "route", "calls Math.random"],
  [
    "a random operation",
    seeing(({ x }) => tf.add(x, tf.randomNormal(x.shape))),
    "route",
    "calls Math.random",
  ],
  [
    "the time",
    seeing(({ x }) => tf.mul(x, 1 + (counter.calls++ % 7) + 0 * Date.now())),
    "route",
    "as it reads a clock",
  ],
  [
    "a counter outside",
    seeing(({ x }) => tf.mul(x, 1 + (counter.calls++ % 7))),
    "route",
    "when it is called again with the same numbers",
  ],
  [
    "a parameter without use",
    { parameters: (sizes: RouterSizes) => ({ ...parameters(sizes), spare: { shape: [2], std: 1 } }) },
    "parameters.spare",
    "route reads it in no mode",
  ],
  [
    "a parameter that no gradient reaches",
    {
      route: (given: Given, sizes: RouterSizes) =>
        returning(() => ({}))(
          { ...given, parameters: { weight: detach(given.parameters["weight"]!) } },
          sizes,
        ),
    },
    "parameters.weight",
    "is trained, but no gradient reaches it",
  ],
  [
    "a parameter that is not declared",
    seeing(({ x, parameters: own }) => tf.mul(x, own["scal"]!)),
    "parameters.scal",
    "is used, but not declared",
  ],
  [
    "noise in evaluation",
    {
      noise: ({ D }: RouterSizes) => ({ jitter: { shape: [D], distribution: "normal" } }),
      ...seeing(({ x, noise }) => tf.add(x, noise["jitter"]!)),
    },
    "noise.jitter",
    "is used in evaluation, where there is none",
  ],
  [
    "noise under another name",
    {
      noise: ({ D }: RouterSizes) => ({ jitter: { shape: [D], distribution: "normal" } }),
      ...seeing(({ x, noise }) => (noise["jiter"] === undefined ? x : tf.add(x, noise["jiter"]))),
    },
    "noise.jitter",
    "it asks for noise.jiter",
  ],
  // Operations.
  [
    "tf.topk",
    {
      route: (given: Given, sizes: RouterSizes) => {
        const { logits, probs } = routed(given, sizes);
        const { values, indices } = tf.topk(probs, sizes.K);
        return { assignment: { kind: "token-choice", expert: indices, gate: values }, logits, probs };
      },
    },
    "route",
    "topKIndices(scores, K)",
  ],
  [
    "tf.gatherND",
    seeing(({ x }) =>
      tf.gatherND(
        x,
        tf.tensor2d(
          Array.from({ length: x.shape[0] }, (_, s) => [s]),
          undefined,
          "int32",
        ),
      ),
    ),
    "route",
    "takeAlongLast(x, index)",
  ],
  [
    "tf.einsum",
    {
      route: (given: Given, sizes: RouterSizes) =>
        returning(() => ({}))({ ...given, x: tf.einsum("sd,de->se", given.x, tf.eye(sizes.D)) }, sizes),
    },
    "route",
    "tf.matMul",
  ],
  [
    "a comparison in the gradient",
    seeing(({ x }) => tf.mul(x, tf.cast(tf.greater(x, 0), "float32"))),
    "route",
    "compare detached tensors",
  ],
  [
    "values that are read",
    seeing(({ x }) => tf.mul(x, x.dataSync()[0]! > 0 ? 1 : 2)),
    "route",
    "read a tensor's values",
  ],
  [
    "another result when it is compiled",
    seeing(({ x }) => tf.mul(x, tf.getBackend() === "cpu" ? 1 : 1.5)),
    "route",
    "than on tfjs-cpu",
  ],
  // What throws.
  ["shapes that do not fit", seeing(({ x }) => tf.transpose(x)), "route", "throws: "],
  [
    "parameters that throw",
    {
      parameters: () => {
        throw new TypeError("no sizes");
      },
    },
    "parameters",
    "throws: TypeError: no sizes",
  ],
  [
    "problems that throw",
    {
      problems: () => {
        throw new Error("no problem");
      },
    },
    "problems",
    "throws: no problem",
  ],
  [
    "a router that refuses every model",
    { problems: () => [{ path: "model.topK", message: "is odd" }] },
    "model.topK",
    "is odd (no small model",
  ],
];

function returning2(extra: Change): Change {
  return { route: returning(() => extra) };
}

const check = (change: Change) =>
  examineRouter({ router: router(change), options: {}, needs: COMMON_NEEDS, engines });

it.each(MISTAKES)("%s", async (_, change, field, words) => {
  const { findings } = await check(change);
  const named = findings.filter((one) => one.field === field && one.message.includes(words));
  expect(named, JSON.stringify(findings, null, 1)).toHaveLength(1);
  // What is wrong is said once, not for every mode and model, and not with what follows from it.
  expect(findings.length, JSON.stringify(findings, null, 1)).toBeLessThanOrEqual(2);
});

it("the place is the author's line", async () => {
  const lines = async (change: Change): Promise<string[]> =>
    (await check(change)).findings.flatMap(({ place }) => (place === null ? [] : [place]));
  const here = /test\/check\/mistakes\.test\.ts:\d+:\d+$/;
  for (const name of [
    "a random operation",
    "tf.topk",
    "tf.einsum",
    "a comparison in the gradient",
    "parameters that throw",
    "noise in evaluation",
  ]) {
    const [, change] = MISTAKES.find(([other]) => other === name)!;
    expect((await lines(change))[0], name).toMatch(here);
  }
});

it("of a router that is well, nothing", async () => {
  const { findings, passed, skipped } = await check({ tokenwise: true });
  // Who declares nothing may look back.
  const earlierToo = await check(seeing(earlier));
  expect([earlierToo.findings, earlierToo.skipped.length]).toEqual([[], 1]);
  expect([findings, skipped]).toEqual([[], []]);
  expect(passed.length).toBeGreaterThan(12);
});

// What a router could return, mostly wrong.
import fc from "fast-check";
import { checkEngines, checkRouter } from "../../dist/check/check-router.js";
import { tf } from "../../dist/engine/tf.js";
import { defineRouter } from "../../dist/model/router.js";
import { target } from "./attack.mjs";

/** @typedef {import("../../dist/model/router.js").RouterInput} Given */
/** @typedef {import("../../dist/model/router.js").Routing} Routing */

const tensor = fc
  .record({
    shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
    dtype: fc.constantFrom("float32", "int32"),
    value: fc.constantFrom(0, 1, -1, 7, NaN, Infinity),
    hasTokens: fc.boolean(),
  })
  .map(({ shape, dtype, value, hasTokens }) => (/** @type {Given} */ { x }) => {
    const [S = 0] = x.shape;
    const fill = dtype === "int32" && !Number.isFinite(value) ? 0 : value;
    return tf.fill(hasTokens ? [S, ...shape.slice(1)] : shape, fill, dtype);
  });
/** @type {fc.Arbitrary<unknown>} */
const junk = fc.constantFrom(undefined, null, 0, "", NaN, [], {}, "token-choice");
/** @type {fc.Arbitrary<unknown>} */
const part = fc.oneof({ weight: 3, arbitrary: tensor }, { weight: 1, arbitrary: junk });
const names = fc.string({ maxLength: 3 });
const routing = fc.record(
  {
    assignment: fc.record(
      {
        kind: fc.constantFrom("token-choice", "expert-choice", "dense", "all", 3),
        ...{ expert: part, token: part, gate: part },
      },
      { requiredKeys: [] },
    ),
    ...{ logits: part, probs: part, output: part },
    losses: fc.dictionary(names, part, { maxKeys: 2 }),
    state: fc.dictionary(names, part, { maxKeys: 1 }),
  },
  { requiredKeys: [] },
);

/** @param {unknown} shape @returns {shape is (given: Given) => unknown} */
const isMaker = (shape) => typeof shape === "function";

/**
 * The functions in something called.
 * @param {Given} given
 * @param {unknown} shape
 * @returns {unknown}
 */
function made(given, shape) {
  if (isMaker(shape)) return shape(given);
  if (typeof shape !== "object" || shape === null || Array.isArray(shape)) return shape;
  return Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, made(given, value)]));
}

/** @param {unknown} shape @returns {(given: Given) => Routing} */
const routeOf = (shape) => (given) => /** @type {Routing} */ (made(given, shape));

/** Engines are made before, so that their start is nobody's time. */
export async function routers() {
  await checkEngines();
  return target({
    name: "what a router returns",
    share: 0.05,
    input: fc.oneof({ weight: 9, arbitrary: routing }, { weight: 1, arbitrary: junk }),
    read: (shape) =>
      checkRouter(
        defineRouter({
          ...{
            name: "fuzzed",
            paper: "none",
            summary: "Returns anything.",
            causal: true,
            wantsBalanceLoss: false,
          },
          flopsPerToken: () => 1,
          parameters: ({ D, E }) => ({ weight: { shape: [D, E], std: 0.1 } }),
          route: routeOf(shape),
        }),
      ),
    careless: (shape) => {
      const given = /** @type {Given} */ (/** @type {unknown} */ ({ x: tf.zeros([4, 8]) }));
      const { assignment } = routeOf(shape)(given);
      return assignment.gate.shape.length;
    },
  });
}

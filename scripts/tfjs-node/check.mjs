// Loads tfjs-node as the engine does and multiplies two matrices on it. Prints versions, as JSON; fails where it can't.
import { createNodeEngine } from "../../dist/engine/eager.js";
import { tf } from "../../dist/engine/tf.js";

const engine = await createNodeEngine(1);
const square = /** @type {const} */ ({ shape: [2, 2], dtype: "float32" });
/** @type {import("../../dist/engine/types.js").Program} */
const program = {
  name: "check",
  inputs: { a: square, b: square }, // [2, 2]
  run: ({ a = [], b = [] }) => ({ product: tf.matMul(a, b) }), // [2, 2]
};
const executable = await engine.compile(program);
const { product } = await executable.run({
  a: Float32Array.of(1, 2, 3, 4),
  b: Float32Array.of(5, 6, 7, 8),
});
if (product?.join() !== "19,22,43,50") throw new Error(`[1 2; 3 4] [5 6; 7 8] gave ${product?.join()}`);
console.log(JSON.stringify(engine.versions));

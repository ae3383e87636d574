/**
 * The floor under a training step: its matrix multiplications alone, back to back, by ONNX Runtime. Each weight is a
 * tensor of its own, as in the model; activations of equal shape share one, and products go to memory that ONNX Runtime
 * uses again.
 */
import "../dist/engine/ort-telemetry.js";
import * as ort from "onnxruntime-node";
import { ATTRIBUTE, ELEMENT, encodeModel } from "../dist/engine/onnx/proto.js";
import { readCase } from "./case.mjs";
import { onnxRuntimeVersion } from "./machine.mjs";

/**
 * @import { OnnxInitializer, OnnxNode } from "../dist/engine/onnx/proto.js"
 * @import { Served } from "./protocol.mjs"
 * @import { Multiply } from "./sizes.mjs"
 */

/**
 * Makes a session that runs all multiplications of a case, forward, dX and dW, once a step.
 * @param {{ threads: number, folder: string }} options
 * @returns {Promise<Served>}
 */
export async function prepareFloor({ threads, folder }) {
  const { model, inputs } = floorModel(readCase(folder).multiplies);
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 3,
    // A weight that is trained is never the same twice, so it can't be packed beforehand.
    extra: { session: { disable_prepacking: "1" } },
  });
  const feeds = Object.fromEntries(
    inputs.map(({ name, shape }) => [name, new ort.Tensor("float32", numbers(shape), shape)]),
  );
  return {
    about: { compile_ms: null, versions: { "onnxruntime-node": onnxRuntimeVersion() }, passes: [] },
    step: async () => {
      await session.run(feeds);
      return null;
    },
    // Nothing is learnt.
    reset: () => undefined,
    dispose: () => session.release(),
  };
}

/**
 * The model as a file, and what it reads.
 * @param {readonly Multiply[]} multiplies
 */
function floorModel(multiplies) {
  /** @type {Map<string, readonly number[]>} */
  const inputs = new Map();
  /** @param {readonly number[]} shape */
  const input = (shape) => {
    const name = `x[${shape.join(",")}]`;
    inputs.set(name, shape);
    return name;
  };
  /** @type {OnnxInitializer[]} */
  const initializers = [];
  /**
   * @param {string} name
   * @param {readonly number[]} dims
   */
  const weight = (name, dims) => {
    const values = numbers(dims);
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    initializers.push({ name, dims, dataType: ELEMENT.float32, rawData });
    return name;
  };
  /** @type {OnnxNode[]} */
  const nodes = [];
  /**
   * @param {string} name of the node and of the product
   * @param {string} a
   * @param {string} b
   */
  const multiply = (name, a, b) =>
    nodes.push({ input: [a, b], output: [name], name, opType: "MatMul", domain: "", attribute: [] });
  for (const [index, { name, batch, m, k, n, weight: isWeight }] of multiplies.entries()) {
    const axes = batch === 1 ? [] : [batch];
    /**
     * @param {string} what
     * @param {readonly number[]} shape
     */
    const second = (what, shape) => (isWeight ? weight(`${index}.${what}`, shape) : input(shape));
    multiply(`${name}.${index}.forward`, input([...axes, m, k]), second("w", [...axes, k, n]));
    multiply(`${name}.${index}.dx`, input([...axes, m, n]), second("wt", [...axes, n, k]));
    multiply(`${name}.${index}.dw`, input([...axes, k, m]), input([...axes, m, n]));
  }
  // One number leaves, so that crossing the border costs nothing. Optimisations are off: every node runs all the same.
  nodes.push({
    input: nodes.at(-1)?.output ?? [],
    output: ["rows"],
    name: "rows",
    opType: "Shape",
    domain: "",
    attribute: [{ name: "end", i: 1, type: ATTRIBUTE.int }],
  });
  const borders = [...inputs].map(([name, shape]) => ({ name, elemType: ELEMENT.float32, shape }));
  const outputs = [{ name: "rows", elemType: ELEMENT.int64, shape: [1] }];
  const model = encodeModel({ name: "floor", nodes, initializers, inputs: borders, outputs });
  return { model, inputs: borders };
}

/**
 * Numbers between -0.5 and 0.5, all of them slices of the same ones.
 * @param {readonly number[]} shape
 */
function numbers(shape) {
  const size = shape.reduce((product, length) => product * length, 1);
  while (pool.length < size) pool = Float32Array.from({ length: 2 * pool.length }, () => Math.random() - 0.5);
  return pool.subarray(0, size);
}

let pool = new Float32Array(1 << 16);

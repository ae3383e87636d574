/**
 * The floor under a training step: its matrix multiplications alone, back to back, by ONNX Runtime. Each weight is a
 * tensor of its own, as in the model; activations of equal shape share one, and products go to memory that ONNX Runtime
 * uses again.
 */
import { createRequire } from "node:module";
import "../dist/engine/ort-telemetry.js";
import * as ort from "onnxruntime-node";
import { ATTRIBUTE, ELEMENT, encodeModel } from "../dist/engine/onnx/proto.js";
import { readCase } from "./case.mjs";

/** Makes a session that runs all multiplications of a case, forward, dX and dW, once a step. */
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
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json");
  return {
    about: { compile_ms: null, versions: { "onnxruntime-node": version }, passes: [] },
    step: async () => {
      await session.run(feeds);
      return null;
    },
    dispose: () => session.release(),
  };
}

function floorModel(multiplies) {
  const inputs = new Map();
  const input = (shape) => {
    const name = `x[${shape.join(",")}]`;
    inputs.set(name, shape);
    return name;
  };
  const initializers = [];
  const weight = (name, dims) => {
    const values = numbers(dims);
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    initializers.push({ name, dims, dataType: ELEMENT.float32, rawData });
    return name;
  };
  const nodes = [];
  const multiply = (name, a, b) =>
    nodes.push({ input: [a, b], output: [name], name, opType: "MatMul", domain: "", attribute: [] });
  for (const [index, { name, batch, m, k, n, weight: isWeight }] of multiplies.entries()) {
    const axes = batch === 1 ? [] : [batch];
    const second = (what, shape) => (isWeight ? weight(`${index}.${what}`, shape) : input(shape));
    multiply(`${name}.${index}.forward`, input([...axes, m, k]), second("w", [...axes, k, n]));
    multiply(`${name}.${index}.dx`, input([...axes, m, n]), second("wt", [...axes, n, k]));
    multiply(`${name}.${index}.dw`, input([...axes, k, m]), input([...axes, m, n]));
  }
  // One number leaves, so that crossing the border costs nothing. Optimisations are off: every node runs all the same.
  const last = nodes.at(-1);
  nodes.push({
    input: [last.output[0]],
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

/** Numbers between -0.5 and 0.5, all of them slices of the same ones. */
function numbers(shape) {
  const size = shape.reduce((product, length) => product * length, 1);
  while (pool.length < size) pool = Float32Array.from({ length: 2 * pool.length }, () => Math.random() - 0.5);
  return pool.subarray(0, size);
}

let pool = new Float32Array(1 << 16);

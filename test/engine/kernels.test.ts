/**
 * Every tfjs kernel that the tracer knows: a little program on both engines, with the shapes and number types that tfjs
 * takes. tfjs's own CPU backend says what is right.
 */
import { describe, expect, it } from "vitest";
import type { DType, TensorSpec, TensorSpecs } from "../../src/core/axes.ts";
import { createCpuEngine } from "../../src/engine/eager.ts";
import { lowerings } from "../../src/engine/onnx/lowerings.ts";
import { customOps } from "../../src/engine/ops/index.ts";
import { detach, tf, type Tfjs } from "../../src/engine/tf.ts";
import { kernelRules } from "../../src/engine/trace/kernel-rules.ts";
import { trace } from "../../src/engine/trace/tracer.ts";
import type { HostArray, Tensor } from "../../src/engine/types.ts";
import { compiledEngines, programOf, randomFeeds, runOnce } from "../support/graphs.ts";

const eager = await createCpuEngine();

interface Case {
  readonly kernel: string;
  readonly name: string;
  readonly inputs: readonly TensorSpec[];
  readonly body: (...tensors: Tensor[]) => Tensor | readonly Tensor[];
  /** Changes the random numbers, e.g. to keep a logarithm's argument positive. */
  readonly adjust: (value: number) => number;
}

const cases: Case[] = [];

/** Adds a case; inputs are shapes, "i" or "b" in front for int32 or bool, e.g. "i 2,3"; "" is a float scalar. */
function add(
  kernel: string,
  inputs: readonly string[],
  body: (...tensors: Tensor[]) => Tensor | readonly Tensor[],
  adjust: (value: number) => number = (value) => value,
): void {
  const name = `${inputs.map((input) => `[${input}]`).join(" ")} #${cases.length}`;
  cases.push({ kernel, name, inputs: inputs.map(parseSpec), body, adjust });
}

function parseSpec(text: string): TensorSpec {
  const [, letter = "", list = ""] = /^([ib]?) ?([\d,]*)$/.exec(text) ?? [];
  const dtype: DType = letter === "i" ? "int32" : letter === "b" ? "bool" : "float32";
  return { shape: list === "" ? [] : list.split(",").map(Number), dtype };
}

/** Pairs of shapes: equal, scalars, broadcasting either way and both ways, a different rank. */
const PAIRS = ["2,3|2,3", "|2,3", "2,3|", "|", "3|2,3", "2,3|3", "2,1|1,3", "4,1,3|2,1", "1|2,3"].map(
  (pair) => pair.split("|") as [string, string],
);
const apart = (value: number): number => value + (value < 0 ? -0.3 : 0.3);
const positive = (value: number): number => Math.abs(value) + 0.2;

// Element-wise, two inputs.
type Binary = (a: Tensor, b: Tensor) => Tensor;
const binaries: readonly (readonly [string, Binary, string, (value: number) => number])[] = [
  ["Add", tf.add, "fi", (x) => x],
  ["Sub", tf.sub, "fi", (x) => x],
  ["Multiply", tf.mul, "fi", (x) => x],
  ["RealDiv", tf.div, "f", apart],
  ["Maximum", tf.maximum, "fi", (x) => x],
  ["Minimum", tf.minimum, "fi", (x) => x],
  ["SquaredDifference", tf.squaredDifference, "fi", (x) => x],
  ["Pow", tf.pow, "f", positive],
  ["FloorDiv", tf.floorDiv, "f", apart], // gives int32
  ["Mod", tf.mod, "f", apart],
  ["Greater", tf.greater, "fi", (x) => x],
  ["GreaterEqual", tf.greaterEqual, "fi", (x) => x],
  ["Less", tf.less, "fi", (x) => x],
  ["LessEqual", tf.lessEqual, "fi", (x) => x],
  ["Equal", tf.equal, "fib", (x) => x],
  ["NotEqual", tf.notEqual, "fib", (x) => x],
  ["LogicalAnd", tf.logicalAnd, "b", (x) => x],
  ["LogicalOr", tf.logicalOr, "b", (x) => x],
];
for (const [kernel, op, dtypes, adjust] of binaries) {
  for (const letter of dtypes) {
    const prefix = letter === "f" ? "" : `${letter} `;
    for (const [a, b] of PAIRS) add(kernel, [prefix + a, prefix + b], op, adjust);
    // A uniform constant on either side, as a scalar, as what carries the shape, and on both sides.
    const dtype = parseSpec(prefix).dtype;
    const value = dtype === "float32" ? 0.7 : 1;
    const constant = (shape: number[]): Tensor => tf.cast(tf.fill(shape, value), dtype);
    add(kernel, [`${prefix}2,3`], (x) => op(x, constant([])), adjust);
    add(kernel, [`${prefix}2,3`], (x) => op(constant([]), x), adjust);
    add(kernel, [`${prefix}3`], (x) => op(x, constant([2, 3])), adjust);
    add(kernel, [`${prefix}2,1`], (x) => op(constant([2, 3]), x), adjust);
    add(kernel, [prefix], (x) => [x, op(constant([2, 1]), constant([1, 3]))], adjust);
  }
}
// Signs on both sides; 3 is drawn away so that nothing divides by zero.
const signs = (value: number): number => (value === 0 ? -7 : value === 1 ? 2 : 5);
add("FloorDiv", ["i 4,5", "i 4,5"], tf.floorDiv, signs);
add("FloorDiv", ["i 4,5", "i"], (a) => tf.floorDiv(a, tf.scalar(-3, "int32")), signs);
add("FloorDiv", ["i 3"], (a) =>
  tf.floorDiv(tf.add(a, tf.scalar(2 ** 30 + 1, "int32")), tf.scalar(1, "int32")),
);
add("FloorDiv", ["i 4", "i 4"], tf.div, signs); // what tf.div becomes for integers
add("Mod", ["i 4,5", "i 4,5"], tf.mod, signs);
add("Pow", ["i 2,3"], (x) => tf.pow(x, tf.scalar(2, "int32")));
add("AddN", ["2,3", "2,3", "2,3"], (...list) => tf.addN(list));
add("AddN", ["i 2,3", "i 2,3"], (...list) => tf.addN(list));
add("AddN", ["2,3"], (x) => tf.addN([x, tf.ones([2, 3]), tf.ones([2, 3])]));
for (const letter of ["", "i ", "b "]) {
  add("Select", ["b 2,3", `${letter}2,3`, `${letter}2,3`], (c, t, e) => tf.where(c, t, e));
  add("Select", ["b 2,1", `${letter}3`, letter], (c, t, e) => tf.where(c, t, e));
}
add("Select", ["b 2,3"], (c) => tf.where(c, tf.zeros([2, 3]), tf.ones([2, 3])));

// Element-wise, one input.
type Unary = (x: Tensor) => Tensor;
const unaries: readonly (readonly [string, Unary, string, (value: number) => number])[] = [
  ["Neg", tf.neg, "fi", (x) => x],
  ["Abs", tf.abs, "fi", (x) => x],
  ["Exp", tf.exp, "f", (x) => x],
  ["Expm1", tf.expm1, "f", (x) => x],
  ["Log", tf.log, "f", positive],
  ["Log1p", tf.log1p, "f", positive],
  ["Sqrt", tf.sqrt, "f", positive],
  ["Rsqrt", tf.rsqrt, "f", positive],
  ["Square", tf.square, "fi", (x) => x],
  ["Reciprocal", tf.reciprocal, "f", apart],
  ["Sigmoid", tf.sigmoid, "f", (x) => x],
  ["Tanh", tf.tanh, "f", (x) => x],
  ["Relu", tf.relu, "f", (x) => x],
  ["Softplus", tf.softplus, "f", (x) => x],
  ["Sign", tf.sign, "fi", (x) => x],
  ["Sin", tf.sin, "f", (x) => x],
  ["Cos", tf.cos, "f", (x) => x],
  ["Erf", tf.erf, "f", (x) => x],
  ["Floor", tf.floor, "f", (x) => 3 * x],
  ["Step", (x) => tf.step(x), "f", (x) => x],
  ["Step", (x) => tf.step(x, -1), "f", (x) => x],
  ["ClipByValue", (x) => tf.clipByValue(x, -0.5, 0.8), "f", (x) => x],
  ["ClipByValue", (x) => tf.clipByValue(x, 1, 2), "i", (x) => 2 * x],
  ["ClipByValue", (x) => tf.clipByValue(x, 0, Infinity), "f", (x) => x],
  ["Identity", tf.clone, "fib", (x) => x],
  ["ZerosLike", tf.zerosLike, "fib", (x) => x],
  ["OnesLike", tf.onesLike, "fib", (x) => x],
  ["LogicalNot", tf.logicalNot, "b", (x) => x],
  ["Softmax", (x) => tf.softmax(x), "f", (x) => x],
];
for (const [kernel, op, dtypes, adjust] of unaries) {
  for (const letter of dtypes) {
    const prefix = letter === "f" ? "" : `${letter} `;
    const shapes = kernel === "Softmax" ? ["4", "2,3", "2,2,5"] : ["", "4", "2,3", "1,2,2"];
    for (const shape of shapes) add(kernel, [prefix + shape], op, adjust);
    const uniform = (): Tensor => op(tf.cast(tf.fill([2, 3], 0.7), parseSpec(prefix).dtype));
    add(kernel, [prefix], (x) => [x, uniform()], adjust);
  }
}
for (const from of ["", "i ", "b "]) {
  for (const to of ["float32", "int32", "bool"] as const) {
    add(
      "Cast",
      [`${from}2,5`],
      (x) => tf.cast(x, to),
      (value) => 2 * value,
    );
  }
}

// Reductions.
type Reduction = (x: Tensor, axis?: number | number[], keepDims?: boolean) => Tensor;
const reductions: readonly (readonly [string, Reduction, string])[] = [
  ["Sum", tf.sum, "fib"],
  ["Mean", tf.mean, "fi"],
  ["Max", tf.max, "fi"],
  ["Min", tf.min, "fi"],
  ["Prod", tf.prod, "fi"],
  ["All", tf.all, "b"],
  ["Any", tf.any, "b"],
];
for (const [kernel, op, dtypes] of reductions) {
  for (const letter of dtypes) {
    const prefix = letter === "f" ? "" : `${letter} `;
    for (const axis of [undefined, 0, 1, 2, -1, -3, [0, 2], [1, -1], [0, 1, 2]]) {
      for (const keepDims of [false, true]) add(kernel, [`${prefix}2,3,4`], (x) => op(x, axis, keepDims));
    }
    add(kernel, [`${prefix}5`], (x) => op(x, 0));
    add(kernel, [`${prefix}3,1`], (x) => op(x, 1));
    add(kernel, [prefix], (x) => op(x));
    const uniform = (): Tensor => op(tf.cast(tf.fill([2, 3], 1), parseSpec(prefix).dtype), 1);
    add(kernel, [prefix], (x) => [x, uniform()]);
  }
}
for (const exclusive of [false, true]) {
  for (const reverse of [false, true]) {
    add("Cumsum", ["2,4"], (x) => tf.cumsum(x, 1, exclusive, reverse)); // axis -1 gives nothing on tfjs's cpu backend
    add("Cumsum", ["i 3,3"], (x) => tf.cumsum(x, 0, exclusive, reverse));
  }
}

// Layout, for every number type.
for (const p of ["", "i ", "b "]) {
  const { dtype } = parseSpec(p);
  add("Reshape", [`${p}2,6`], (x) => tf.reshape(x, [3, 4]));
  add("Reshape", [`${p}2,6`], (x) => tf.reshape(x, [-1, 3]));
  add("Reshape", [`${p}1,1`], (x) => tf.reshape(x, []));
  for (const axis of [0, 1, -1]) add("ExpandDims", [`${p}2,3`], (x) => tf.expandDims(x, axis));
  add("ExpandDims", [p], (x) => tf.expandDims(x, 0));
  add("Transpose", [`${p}2,3`], (x) => tf.transpose(x));
  add("Transpose", [`${p}2,3,4`], (x) => tf.transpose(x, [1, 2, 0]));
  for (const axis of [0, -1]) add("Concat", [`${p}2,3`, `${p}2,3`], (...list) => tf.concat(list, axis));
  add("Concat", [`${p}2,1`, `${p}2,4`], (...list) => tf.concat(list, 1));
  add("Concat", [`${p}2,1`], (x) => tf.concat([x, tf.cast(tf.ones([2, 2]), dtype)], 1));
  const dozen = Array.from({ length: 12 }, (_, i) => `${p}${1 + (i % 3)}`);
  add("Concat", dozen, (...list) => tf.concat(list, 0)); // more than ten keep their order
  for (const axis of [0, 1, -1]) add("Pack", [`${p}2,3`, `${p}2,3`], (...list) => tf.stack(list, axis));
  add("Pack", [p, p, p], (...list) => tf.stack(list));
  for (const axis of [0, 1, -1]) add("Unpack", [`${p}2,3,2`], (x) => tf.unstack(x, axis));
  add("Unpack", [`${p}3`], (x) => tf.unstack(x));
  add("SplitV", [`${p}2,6`], (x) => tf.split(x, 3, -1));
  add("SplitV", [`${p}6,2`], (x) => tf.split(x, [1, 3, 2], 0));
  add("SplitV", [`${p}2,6`], (x) => tf.split(x, [1, -1, 2], 1));
  add("Slice", [`${p}3,4`], (x) => tf.slice(x, [1, 2], [2, 1]));
  add("Slice", [`${p}3,4`], (x) => tf.slice(x, [1, 2], [-1, -1]));
  add("Slice", [`${p}3,4`], (x) => tf.slice(x, [1, 2]));
  add("Slice", [`${p}3,4`], (x) => tf.slice(x, [1]));
  add("Slice", [`${p}3,4`], (x) => tf.slice(x, 1, 2));
  add("Slice", [`${p}3,4`], (x) => tf.slice(x, 2));
  add("Tile", [`${p}2,1,3`], (x) => tf.tile(x, [1, 4, 2]));
  add("Fill", [p], (x) => [x, tf.fill([2, 3], 2, "int32"), tf.fill([2], 0.3), tf.fill([], 1.5)]);
  for (const axis of [0, 1, -1]) add("GatherV2", [`${p}3,4`, "i 5"], (x, i) => tf.gather(x, i, axis));
  add("GatherV2", [`${p}3,4`, "i 2,2"], (x, i) => tf.gather(x, i));
  add("GatherV2", [`${p}3`, "i"], (x, i) => tf.gather(x, i));
}
for (const p of ["", "i "]) {
  add("PadV2", [`${p}2,3`], (x) => tf.pad(x, [[1, 0], [2, 1]])); // prettier-ignore
  add("PadV2", [`${p}2,3`], (x) => tf.pad(x, [[0, 1], [0, 0]], 4)); // prettier-ignore
}
add("PadV2", ["2"], (x) => tf.pad(x, [[1, 1]], -Infinity));
for (const dtype of ["float32", "int32", "bool"] as const) {
  add("OneHot", ["i 4"], (i) => tf.oneHot(i, 3, 1, 0, dtype));
  add("OneHot", ["i 2,4"], (i) => tf.oneHot(i, 5, 1, 0, dtype));
}
add("OneHot", ["i 4"], (i) => tf.oneHot(i, 3, 0.75, -0.5, "float32"));
add("OneHot", ["i 4"], (i) => tf.oneHot(i, 600)); // deeper than the table of rows
add("OneHot", ["i 4"], (i) => tf.oneHot(i, 600, 1, 0, "float32"));

for (const depth of [3, 600]) {
  // Out of range gives zeros.
  add("OneHot", ["i 8"], (i) => tf.oneHot(tf.sub(i, tf.scalar(2, "int32")), depth, 1, 0, "float32"));
  add("OneHot", ["i 8"], (i) => tf.oneHot(tf.mul(i, tf.scalar(400, "int32")), depth));
}

// Products, with both operands either way round.
for (const transposeA of [false, true]) {
  for (const transposeB of [false, true]) {
    const product = (a: Tensor, b: Tensor): Tensor => tf.matMul(a, b, transposeA, transposeB);
    const [a, b] = [transposeA ? "3,2" : "2,3", transposeB ? "4,3" : "3,4"];
    add("BatchMatMul", [a, b], product);
    add("BatchMatMul", [`5,${a}`, `5,${b}`], product);
    add("BatchMatMul", [`5,${a}`, `1,${b}`], product);
    add("BatchMatMul", [`1,${a}`, `5,${b}`], product);
    add("BatchMatMul", [`2,5,${a}`, `2,5,${b}`], product);
    add("BatchMatMul", [`5,${a}`, b], product);
    add("BatchMatMul", [a, `5,${b}`], product);
    const constant = (): Tensor => tf.fill(transposeB ? [4, 3] : [3, 4], 0.5);
    add("BatchMatMul", [a], (x) => product(x, constant()));
  }
}
add("BatchMatMul", ["1,2", "2,4"], (a, b) => tf.mul(tf.matMul(a, b), tf.fill([3, 4], 2))); // a factor that spreads
add("BatchMatMul", ["3,2", "2,4"], (a, b) => tf.mul(tf.matMul(a, b), tf.fill([3, 4], 2)));
add("BatchMatMul", ["3,2", "2,4"], (a, b) => tf.mul(2, tf.matMul(a, b)));

const kernels = Object.keys(kernelRules);

describe("the table of kernels", () => {
  it("has a lowering for every shape rule, and no other", () => {
    expect(Object.keys(lowerings).sort()).toEqual([...kernels].sort());
  });

  it("shares no name with the operations of our own", () => {
    expect(customOps.filter(({ name }) => kernels.includes(name))).toEqual([]);
    expect(new Set(customOps.map(({ name }) => name)).size).toBe(customOps.length);
  });

  it("is tested whole", () => {
    expect([...new Set(cases.map(({ kernel }) => kernel))].sort()).toEqual([...kernels].sort());
  });
});

describe.each(kernels)("%s", (kernel) => {
  it.each(cases.filter((one) => one.kernel === kernel))("$name", async ({ inputs, body, adjust }) => {
    const specs: TensorSpecs = Object.fromEntries(inputs.map((spec, index) => [`in${index}`, spec]));
    const program = programOf(specs, (...tensors) => use(body(...tensors)));
    const graph = trace(program);
    expect(graph.nodes.map((node) => node.kernel)).toContain(kernel);
    const feeds = Object.fromEntries(
      Object.entries(randomFeeds(specs, 1)).map(([name, array]) => [
        name,
        specs[name]?.dtype === "bool" ? array : array.map(adjust),
      ]),
    );
    const expected = await runOnce(eager, program, feeds);
    expect(Object.keys(expected).length).toBeGreaterThan(0);
    for (const engine of Object.values(compiledEngines)) {
      const found = await runOnce(engine, program, feeds);
      for (const [name, values] of Object.entries(expected)) expectClose(found[name], values, name);
    }
  });
});

/** Goes on computing with the results, so that a value of another type than it is said to be is noticed. */
function use(results: Tensor | readonly Tensor[]): Tensor[] {
  return (Array.isArray(results) ? (results as Tensor[]) : [results as Tensor]).map((result) =>
    result.dtype === "bool" ? tf.logicalNot(result) : tf.sub(result, tf.scalar(1, result.dtype)),
  );
}

/** Same type and length; integers equal, floats within 1e-5 of each other or of one. */
function expectClose(found: HostArray | undefined, expected: HostArray, name: string): void {
  expect(found?.constructor.name, name).toBe(expected.constructor.name);
  expect(found?.length, name).toBe(expected.length);
  expected.forEach((value, index) => {
    const other = found?.[index] ?? Number.NaN;
    if (Object.is(value, other) || value === other) return;
    const limit = expected instanceof Float32Array ? 1e-5 * Math.max(1, Math.abs(value)) : 0;
    expect(Math.abs(other - value), `${name}[${index}]: ${other} instead of ${value}`).toBeLessThanOrEqual(
      limit,
    );
  });
}

describe("what the tracer does not take", () => {
  const known = new Set([...kernels, ...customOps.map(({ name }) => name)]);
  const unknown = tf
    .getKernelsForBackend("cpu")
    .map(({ kernelName }) => kernelName)
    .filter((name) => !known.has(name));
  const x = { shape: [2, 3], dtype: "float32" } as const;
  const traceOf = (body: (x: Tensor) => Tensor) => () => trace(programOf({ x }, body));

  it.each(unknown)("names %s and the files to extend", (name) => {
    const call = traceOf(() => tf.engine().runKernel(name, {}, {}));
    expect(call).toThrow(`the tracer does not know the tfjs kernel ${name}: `);
    expect(call).toThrow(
      "(or add its shape rule to src/engine/trace/kernel-rules.ts and its ONNX form to src/engine/onnx/lowerings.ts)",
    );
  });

  it("has the same error where a program calls the operation", () => {
    expect(unknown.length).toBeGreaterThan(50);
    expect(traceOf((t) => tf.elu(t))).toThrow("the tfjs kernel Elu");
    expect(traceOf((t) => tf.topk(t, 1).values)).toThrow("the tfjs kernel TopK");
  });

  it.each([
    ["dataSync", (t: Tensor) => t.dataSync()],
    ["arraySync", (t: Tensor) => t.arraySync()],
    ["print", (t: Tensor) => t.print()],
  ])("refuses to read values (%s), with the reason", (_, read) => {
    expect(
      traceOf((t) => {
        read(tf.square(t));
        return t;
      }),
    ).toThrow(
      "a program read a tensor's values (dataSync, arraySync, print), but it is traced once, without values",
    );
  });

  it("refuses integers where tfjs's backends disagree about them", () => {
    const ofInts = (t: Tensor): Tensor => tf.exp(tf.cast(t, "int32"));
    expect(traceOf(ofInts)).toThrow("Exp wants a float32 tensor, not int32: cast it first");
  });

  it("refuses a gather along batches", () => {
    expect(traceOf((t) => tf.gather(t, tf.zeros([2, 1], "int32"), 1, 1))).toThrow("batchDims is not lowered");
  });

  it("works again after an error, on both engines", async () => {
    expect(traceOf((t) => tf.elu(t))).toThrow("Elu");
    const double = programOf({ x }, (t) => tf.mul(t, 2));
    const feeds = { x: Float32Array.of(1, 2, 3, 4, 5, 6) };
    for (const engine of [eager, compiledEngines.simplified]) {
      expect([...(await runOnce(engine, double, feeds))["out"]!]).toEqual([2, 4, 6, 8, 10, 12]);
    }
  });
});

/** A router is differentiated: tfjs's backward passes must stay inside the table too. */
describe("gradients of tfjs operations are the same on both engines", () => {
  const functions: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
    add: tf.add,
    sub: tf.sub,
    mul: tf.mul,
    div: (a, b) => tf.div(a, tf.add(tf.abs(b), 1)),
    "mul, broadcast": (a, b) => tf.mul(tf.slice(a, [0, 0], [3, 1]), tf.slice(b, [0, 0], [1, 3])),
    maximum: tf.maximum,
    minimum: tf.minimum,
    squaredDifference: tf.squaredDifference,
    pow: (a, b) => tf.pow(tf.add(tf.abs(a), 0.5), b),
    matMul: (a, b) => tf.matMul(a, b),
    "matMul, turned": (a, b) => tf.matMul(a, b, true, true),
    "matMul, batched": (a, b) => tf.matMul(tf.stack([a, b]), tf.stack([b, b])),
    // tfjs's tape has no gradient for comparisons, so that they need detached numbers, on either engine.
    where: (a, b) => tf.where(tf.greater(detach(a), detach(b)), a, tf.mul(b, 2)),
    concat: (a, b) => tf.square(tf.concat([a, b], 1)),
    stack: (a, b) => tf.square(tf.stack([a, b], 2)),
    unstack: (a, b) => tf.mul(tf.unstack(a, 1)[0]!, tf.unstack(b)[2]!),
    split: (a, b) => tf.mul(tf.split(a, [1, 2], 1)[1]!, tf.split(b, [2, 1], 1)[0]!),
    slice: (a, b) => tf.mul(tf.slice(a, [1], [2]), tf.slice(b, [0], [2])),
    pad: (a, b) => tf.mul(tf.pad(a, [[1, 0], [0, 1]]), tf.pad(b, [[1, 0], [0, 1]])), // prettier-ignore
    tile: (a, b) => tf.mul(tf.tile(a, [2, 1]), tf.tile(b, [2, 1])),
    "transpose, reshape": (a, b) => tf.mul(tf.reshape(tf.transpose(a), [9]), tf.reshape(b, [9])),
    exp: (a) => tf.exp(a),
    log: (a) => tf.log(tf.add(tf.abs(a), 1)),
    log1p: (a) => tf.log1p(tf.abs(a)),
    expm1: (a) => tf.expm1(a),
    sqrt: (a) => tf.sqrt(tf.add(tf.square(a), 1)),
    rsqrt: (a) => tf.rsqrt(tf.add(tf.square(a), 1)),
    reciprocal: (a) => tf.reciprocal(tf.add(tf.square(a), 1)),
    sigmoid: (a) => tf.sigmoid(a),
    tanh: (a) => tf.tanh(a),
    relu: (a) => tf.relu(a),
    softplus: (a) => tf.softplus(a),
    erf: (a) => tf.erf(a),
    "sin, cos": (a, b) => tf.mul(tf.sin(a), tf.cos(b)),
    neg: (a) => tf.neg(a),
    abs: (a) => tf.abs(a),
    clip: (a) => tf.clipByValue(a, -0.5, 0.5),
    sum: (a, b) => tf.mul(tf.sum(a, 0), tf.sum(b, 1)),
    mean: (a, b) => tf.mul(tf.mean(a, -1, true), tf.mean(b)),
    "max, min": (a, b) => tf.mul(tf.max(a, 1), tf.min(b, 0)),
    softmax: (a, b) => tf.mul(tf.softmax(a), tf.softmax(b)),
    logSoftmax: (a) => tf.logSoftmax(a),
    logSumExp: (a) => tf.logSumExp(a, -1),
    norm: (a) => tf.norm(a, 2, 1),
    cumsum: (a) => tf.cumsum(tf.square(a), 1),
  };

  it.each(Object.entries(functions))("%s", async (_, body) => {
    const shape = { shape: [3, 3], dtype: "float32" } as const;
    const program = programOf({ x: shape, y: shape }, (x, y) => {
      const { value, grads } = tf.valueAndGrads((a: Tensor, b: Tensor) => {
        const both = tf.sum(tf.mul(a, b)); // tfjs wants every variable to matter
        return tf.sum<Tfjs.Scalar>(tf.mul(tf.add(body(a, b), both), 0.3));
      })([x, y]);
      return [value, ...grads];
    });
    const feeds = randomFeeds(program.inputs, 2);
    const expected = await runOnce(eager, program, feeds);
    for (const engine of Object.values(compiledEngines)) {
      const found = await runOnce(engine, program, feeds);
      for (const [output, values] of Object.entries(expected)) expectClose(found[output], values, output);
    }
  });
});

/** Arrays at the border of programs, and the memory of parameters: sizes, views, leaks. */
import { describe, expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { allocateEagerMemory } from "../../src/engine/adamw.ts";
import { createCpuEngine } from "../../src/engine/eager.ts";
import { tf } from "../../src/engine/tf.ts";
import type { Engine, HostTensors, Program, TrainingMemory } from "../../src/engine/types.ts";
import { allocateWasmMemory } from "../../src/engine/wasm-memory.ts";
import { gradientProgram } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { compiledEngines, programOf, runOnce } from "../support/graphs.ts";
import { nativeApi, nativeEngine } from "../support/native-engine.ts";
import { programFeeds, TINY_V, tinySettings } from "../support/tiny.ts";

const eager = await createCpuEngine();
const compiled = compiledEngines.simplified;
const borders: readonly Engine[] = [eager, compiled, ...(nativeApi === null ? [] : [nativeEngine()])];
const F = (...shape: number[]) => ({ shape, dtype: "float32" }) as const;
const I = (...shape: number[]) => ({ shape, dtype: "int32" }) as const;

describe.each(borders)("the border of a program on $name", (engine) => {
  const program = programOf({ x: F(2, 3), n: I(2) }, (x, n) => [tf.mul(x, 2), tf.add(n, n)], "doubling");
  const x = Float32Array.of(1, 2, 3, 4, 5, 6);
  const n = Int32Array.of(7, 8);
  const run = async (inputs: HostTensors, into?: HostTensors): Promise<HostTensors> => {
    const executable = await engine.compile(program);
    try {
      return await executable.run(inputs, into);
    } finally {
      await executable.dispose();
    }
  };

  it("writes into the arrays that it is given, and makes the others", async () => {
    const out0 = new Float32Array(6).fill(-1);
    const results = await run({ x, n }, { out0 });
    expect(results["out0"]).toBe(out0);
    expect([...out0]).toEqual([2, 4, 6, 8, 10, 12]);
    expect([...results["out1"]!]).toEqual([14, 16]);
    expect([...x]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("reads and writes views into a larger memory without touching what is beside them", async () => {
    const memory = new Float32Array(20).fill(9);
    memory.set(x, 1);
    await run({ x: memory.subarray(1, 7), n }, { out0: memory.subarray(8, 14) });
    expect([...memory]).toEqual([9, ...x, 9, 2, 4, 6, 8, 10, 12, 9, 9, 9, 9, 9, 9]);
  });

  it("sees new numbers in the same array, and takes another array", async () => {
    const executable = await engine.compile(program);
    const mine = x.slice();
    await executable.run({ x: mine, n });
    mine.fill(10);
    expect([...(await executable.run({ x: mine, n }))["out0"]!]).toEqual([20, 20, 20, 20, 20, 20]);
    expect([...(await executable.run({ x, n }))["out0"]!]).toEqual([2, 4, 6, 8, 10, 12]);
    await executable.dispose();
  });

  it.each<[string, HostTensors, HostTensors, string]>([
    ["no array", { x }, {}, "doubling: no array for n"],
    [
      "too short",
      { x: x.subarray(1), n },
      {},
      "doubling: the array for x is a Float32Array of 5; float32 [2, 3] wants a Float32Array of 6",
    ],
    [
      "too long",
      { x, n: Int32Array.of(1, 2, 3) },
      {},
      "doubling: the array for n is a Int32Array of 3; int32 [2] wants a Int32Array of 2",
    ],
    [
      "another type",
      { x, n: Float32Array.of(1, 2) },
      {},
      "doubling: the array for n is a Float32Array of 2; int32 [2] wants a Int32Array of 2",
    ],
    [
      "a wrong output",
      { x, n },
      { out0: new Float32Array(7) },
      "doubling: the array for out0 is a Float32Array of 7; float32 [2, 3] wants a Float32Array of 6",
    ],
  ])("refuses %s", async (_, inputs, into, message) => {
    await expect(run(inputs, into)).rejects.toThrow(message);
    expect([...(await run({ x, n }))["out1"]!]).toEqual([14, 16]); // and goes on
  });
});

it("all engines keep truth values as 0 and 1 in an Int32Array", async () => {
  const program = programOf({ yes: { shape: [3], dtype: "bool" } }, (yes) => [
    tf.logicalNot(yes),
    tf.cast(yes, "float32"),
  ]);
  for (const engine of borders) {
    const { out0, out1 } = await runOnce(engine, program, { yes: Int32Array.of(1, 0, 1) });
    expect(out0).toEqual(Int32Array.of(0, 1, 0));
    expect(out1).toEqual(Float32Array.of(1, 0, 1));
  }
});

const memories: readonly (readonly [string, Engine["allocate"]])[] = [
  ["plain arrays", allocateEagerMemory],
  ["one WebAssembly memory", allocateWasmMemory],
  ...(nativeApi === null
    ? []
    : [
        [
          "native code",
          (specs) => nativeEngine().allocate(specs),
        ] as const satisfies (typeof memories)[number],
      ]),
];

describe.each(memories)("the training memory in %s", (_, allocate) => {
  // Sizes that are no multiples of four, so that padding matters.
  const specs = { scalar: F(), line: F(5), matrix: F(3, 7) };
  const blocks = (memory: TrainingMemory): Record<string, Float32Array>[] => [
    memory.parameters,
    memory.gradients,
    memory.firstMoments,
    memory.secondMoments,
  ];
  const options = {
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0,
    clipNorm: null,
    undecayed: new Set<string>(),
  };

  it("has four zeroed arrays a parameter, none over another", () => {
    const memory = allocate(specs);
    const arrays = blocks(memory).flatMap((block) => {
      expect(Object.entries(block).map(([name, { length }]) => [name, length])).toEqual([
        ["scalar", 1],
        ["line", 5],
        ["matrix", 21],
      ]);
      return Object.values(block);
    });
    expect(arrays.every((array) => array.every((value) => value === 0))).toBe(true);
    arrays.forEach((array, index) => array.fill(index + 1));
    arrays.forEach((array, index) => expect(array.every((value) => value === index + 1)).toBe(true));
  });

  it("takes the norm over every gradient and nothing else", () => {
    const memory = allocate(specs);
    for (const block of [memory.parameters, memory.firstMoments, memory.secondMoments]) {
      for (const array of Object.values(block)) array.fill(1);
    }
    memory.gradients["scalar"]!.fill(2);
    memory.gradients["line"]!.fill(3);
    memory.gradients["matrix"]!.fill(1);
    // 1 * 4 + 5 * 9 + 21 * 1 = 70
    expect(memory.adamw(1, 0, options)).toBeCloseTo(Math.sqrt(70), 6);
  });

  it("moves every element of every parameter, and stays the same memory", () => {
    const memory = allocate(specs);
    const before = blocks(memory).map((block) => ({ ...block }));
    const stream = streamOf(1, "memory");
    for (const array of Object.values(memory.gradients))
      array.forEach((_, i) => (array[i] = stream.normal()));
    memory.adamw(1, 0.5, options);
    for (const [name, array] of Object.entries(memory.parameters)) {
      // The first step of Adam is the learning rate against the sign of the gradient.
      array.forEach((value, i) =>
        expect(value).toBeCloseTo(-0.5 * Math.sign(memory.gradients[name]![i]!), 4),
      );
    }
    blocks(memory).forEach((block, index) => {
      for (const [name, array] of Object.entries(block)) expect(array).toBe(before[index]![name]);
    });
  });

  it("has room for no parameters at all", () => {
    expect(allocate({}).adamw(1, 0.1, options)).toBe(0);
  });
});

it("leaves no tensor behind: a step and AdamW eagerly, and a compilation", async () => {
  const router = shippedRouters.get("attention")!;
  const settings = tinySettings({ router: { name: "attention", options: {} } });
  const program: Program = gradientProgram(modelSpec(settings, router, TINY_V));
  const feeds = programFeeds(program, modelSpec(settings, router, TINY_V), 1);
  const before = tf.memory().numTensors;
  await runOnce(eager, program, feeds);
  expect(tf.memory().numTensors).toBe(before);
  const memory = eager.allocate({ a: F(3) });
  memory.gradients["a"]!.fill(1);
  memory.adamw(1, 0.1, {
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    clipNorm: 1,
    undecayed: new Set(),
  });
  expect(tf.memory().numTensors).toBe(before);
  await runOnce(compiled, program, feeds);
  expect(tf.memory().numTensors).toBe(before);
});

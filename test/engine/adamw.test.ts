/** AdamW and clipping against torch.optim.AdamW and clip_grad_norm_ over several steps; wasm against tfjs, bit for bit. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { allocateEagerMemory } from "../../src/engine/adamw.ts";
import { ADAMW_WASM } from "../../src/engine/adamw-wasm.ts";
import { createCpuEngine } from "../../src/engine/eager.ts";
import type { Engine, TrainingMemory } from "../../src/engine/types.ts";
import { allocateWasmMemory } from "../../src/engine/wasm-memory.ts";
import { nativeApi, nativeEngine } from "../support/native-engine.ts";
import { runSync } from "../support/spawn.ts";
import { relativeDistance } from "../support/tiny.ts";

type Numbers = Record<string, readonly number[]>;

const fixture = JSON.parse(readFileSync("test/fixtures/torch/adamw.json", "utf8")) as {
  readonly options: {
    beta1: number;
    beta2: number;
    eps: number;
    weightDecay: number;
    clipNorm: number;
    undecayed: readonly string[];
  };
  readonly initial: Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>;
  readonly steps: readonly {
    readonly step: number;
    readonly learningRate: number;
    readonly gradients: Numbers;
    readonly gradientNorm: number;
    readonly parameters: Numbers;
    readonly firstMoments: Numbers;
    readonly secondMoments: Numbers;
  }[];
};
const specs = Object.fromEntries(
  Object.entries(fixture.initial).map(([name, { shape }]) => [name, { shape, dtype: "float32" as const }]),
);
const options = { ...fixture.options, undecayed: new Set(fixture.options.undecayed) };
await createCpuEngine();

const memories: readonly (readonly [string, Engine["allocate"]])[] = [
  ["tfjs operations", allocateEagerMemory],
  ["WebAssembly", allocateWasmMemory],
  ...(nativeApi === null
    ? []
    : [
        [
          "native code",
          (specs) => nativeEngine().allocate(specs),
        ] as const satisfies (typeof memories)[number],
      ]),
];

describe.each(memories)("AdamW as %s", (_, allocate) => {
  it("agrees with PyTorch after every step", () => {
    const memory = allocate(specs);
    for (const [name, { values }] of Object.entries(fixture.initial)) memory.parameters[name]!.set(values);
    expect(fixture.steps.length).toBeGreaterThanOrEqual(3);
    for (const step of fixture.steps) {
      for (const [name, values] of Object.entries(step.gradients)) memory.gradients[name]!.set(values);
      expect(memory.adamw(step.step, step.learningRate, options)).toBeCloseTo(step.gradientNorm, 5);
      for (const block of ["parameters", "firstMoments", "secondMoments"] as const) {
        for (const [name, values] of Object.entries(step[block])) {
          const distance = relativeDistance(memory[block][name]!, Float32Array.from(values));
          expect(distance, `${block} ${name} after step ${step.step}`).toBeLessThan(1e-6);
        }
      }
    }
  });

  it("takes a parameter's own learning rate and decay, by hand", () => {
    const F = { shape: [3], dtype: "float32" } as const;
    const memory = allocate({ a: F, router: F, still: F, b: F });
    for (const array of Object.values(memory.parameters)) array.fill(1);
    for (const array of Object.values(memory.gradients)) array.fill(0.25);
    const apart = new Map([
      ["router", { learningRateScale: 3, weightDecay: 0.5 }],
      ["still", { learningRateScale: 0, weightDecay: 0 }],
    ]);
    const own = { ...options, weightDecay: 0.1, clipNorm: null, undecayed: new Set<string>(), apart };
    // The first step of Adam is the rate against the gradient's sign: 1 - 0.01 * 0.1 - 0.01.
    memory.adamw(1, 0.01, own);
    for (const name of ["a", "b"]) expect(memory.parameters[name]![2]).toBeCloseTo(0.989, 6);
    // 1 - 0.03 * 0.5 - 0.03
    expect(memory.parameters["router"]![2]).toBeCloseTo(0.955, 6);
    expect(Array.from(memory.parameters["still"]!)).toEqual([1, 1, 1]);
  });

  it("changes nothing when a gradient is not finite", () => {
    const memory = allocate(specs);
    for (const [name, { values }] of Object.entries(fixture.initial)) memory.parameters[name]!.set(values);
    memory.gradients["a"]![3] = Number.NaN;
    expect(memory.adamw(1, 0.1, options)).toBeNaN();
    memory.gradients["a"]![3] = Number.POSITIVE_INFINITY;
    expect(memory.adamw(1, 0.1, options)).toBe(Number.POSITIVE_INFINITY);
    for (const [name, { values }] of Object.entries(fixture.initial)) {
      expect(Array.from(memory.parameters[name]!)).toEqual(Array.from(Float32Array.from(values)));
      expect(memory.firstMoments[name]!.every((value) => value === 0)).toBe(true);
    }
  });
});

it("is the same in WebAssembly and tfjs, bit for bit, with and without clipping", () => {
  const shapes = { a: { shape: [7, 9], dtype: "float32" }, b: { shape: [1], dtype: "float32" } } as const;
  for (const clipNorm of [null, 0.5]) {
    const [slow, fast] = [allocateEagerMemory(shapes), allocateWasmMemory(shapes)] as [
      TrainingMemory,
      TrainingMemory,
    ];
    const stream = streamOf(5, "adamw");
    for (const name of ["a", "b"]) {
      slow.parameters[name]!.forEach((_, i) => (slow.parameters[name]![i] = stream.normal()));
      fast.parameters[name]!.set(slow.parameters[name]!);
    }
    for (let step = 1; step <= 4; step++) {
      for (const name of ["a", "b"]) {
        slow.gradients[name]!.forEach((_, i) => (slow.gradients[name]![i] = stream.normal()));
        fast.gradients[name]!.set(slow.gradients[name]!);
      }
      // The norms are sums in another order, so equal to float64 rounding; as float32 clip factors they agree.
      const norms = [slow, fast].map((memory) => memory.adamw(step, 0.01, { ...options, clipNorm }));
      expect(norms[0]! / norms[1]!).toBeCloseTo(1, 12);
    }
    for (const block of ["parameters", "firstMoments", "secondMoments"] as const) {
      for (const name of ["a", "b"]) expect(fast[block][name]).toEqual(slow[block][name]);
    }
  }
});

it("is compiled from assembly/adamw.ts as it stands", () => {
  const printed = runSync(process.execPath, ["scripts/wasm.mjs", "--print"]);
  expect(printed.stdout).toContain(ADAMW_WASM);
});

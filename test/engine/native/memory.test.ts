/** The native training memory against tfjs's own operations. */
import { describe, expect, it } from "vitest";
import { streamOf } from "../../../src/core/streams.ts";
import { allocateEagerMemory } from "../../../src/engine/adamw.ts";
import { createCpuEngine } from "../../../src/engine/eager.ts";
import { allocateNativeMemory } from "../../../src/engine/native/memory.ts";
import type { AdamWOptions, TrainingMemory } from "../../../src/engine/types.ts";
import { nativeApi, needsNative } from "../../support/native-engine.ts";

await createCpuEngine();
const F = (...shape: number[]) => ({ shape, dtype: "float32" }) as const;
/** Sizes that no vector divides, one of no numbers, some that decay and some that do not, also side by side. */
const specs = { a: F(), b: F(5), c: F(3, 7), none: F(0), d: F(16), e: F(33), f: F(2, 2, 2) };
const options: AdamWOptions = {
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0.1,
  clipNorm: 1,
  undecayed: new Set(["b", "c", "f"]),
};
const BLOCKS = ["parameters", "gradients", "firstMoments", "secondMoments"] as const;

function fill(memory: TrainingMemory, seed: number, scale: number): void {
  for (const [name, array] of Object.entries(memory.gradients)) {
    const stream = streamOf(seed, "gradients", name);
    array.forEach((_, i) => (array[i] = scale * stream.normal()));
  }
}

const bytes = (array: Float32Array): Buffer => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

describe.skipIf(nativeApi === null)(`the native memory${needsNative}`, () => {
  const allocate = (): TrainingMemory => allocateNativeMemory({ api: nativeApi!, threads: 1 }, specs);

  it("begins each parameter on a cache line, at the same distance in all four blocks", () => {
    const memory = allocate();
    for (const block of BLOCKS) {
      for (const [name, array] of Object.entries(memory[block])) {
        expect(Number(nativeApi!.address(array) % 64n), `${block} ${name}`).toBe(0);
        const distance = array.byteOffset - memory.parameters[name]!.byteOffset;
        expect(distance).toBe(memory[block]["a"]!.byteOffset - memory.parameters["a"]!.byteOffset);
      }
    }
  });

  it.each([
    ["that are clipped", 3],
    ["that are not", 0.001],
  ])("steps as tfjs does, over gradients %s", (_, scale) => {
    const [native, slow] = [allocate(), allocateEagerMemory(specs)];
    for (const memory of [native, slow]) {
      for (const [name, array] of Object.entries(memory.parameters)) {
        const stream = streamOf(1, "parameters", name);
        array.forEach((_, i) => (array[i] = stream.normal()));
      }
    }
    for (let step = 1; step <= 5; step++) {
      for (const memory of [native, slow]) fill(memory, step, scale);
      const [found, norm] = [native, slow].map((memory) => memory.adamw(step, 0.01, options)) as [
        number,
        number,
      ];
      expect(Math.abs(found / norm - 1)).toBeLessThan(1e-6);
      expect(norm > 1).toBe(scale > 1);
      for (const block of BLOCKS) {
        for (const [name, values] of Object.entries(slow[block])) {
          values.forEach((value, i) => {
            // An ulp of the norm's clip factor, and one of each operation, of which m / sqrt(v) magnifies none.
            const other = native[block][name]![i]!;
            expect(Math.abs(other - value), `${block} ${name}[${i}] after ${step}`).toBeLessThanOrEqual(
              8 * 2 ** -24 * Math.max(Math.abs(value), 0.01),
            );
          });
        }
      }
    }
  });

  it("decays those parameters only that are to", () => {
    const memory = allocate();
    for (const array of Object.values(memory.parameters)) array.fill(1);
    memory.adamw(1, 0.5, options);
    for (const [name, array] of Object.entries(memory.parameters)) {
      const left = options.undecayed.has(name) ? 1 : Math.fround(1 - 0.5 * 0.1);
      expect(new Set(array), name).toEqual(new Set(array.length === 0 ? [] : [left]));
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("changes nothing where a gradient is %d", (broken) => {
    const memory = allocate();
    fill(memory, 1, 1);
    memory.adamw(1, 0.01, options);
    memory.gradients["e"]![32] = broken;
    const before = BLOCKS.map((block) => structuredClone(memory[block]));
    expect(memory.adamw(2, 0.01, options)).not.toSatisfy(Number.isFinite);
    expect(BLOCKS.map((block) => memory[block])).toEqual(before);
  });

  it("takes a norm whose squares a float does not hold", () => {
    const memory = allocate();
    memory.gradients["d"]!.fill(1e25);
    expect(memory.adamw(1, 0.01, options)).toBeCloseTo(4e25, -19);
    expect(memory.parameters["d"]!.every((value) => Math.abs(value + 0.01) < 1e-5)).toBe(true);
  });

  it("deals many numbers out to threads without changing a bit", () => {
    const large = { matrix: F(301, 333), vector: F(70_001) }; // 170 234 numbers: eleven chunks, the last one short
    const stepped = (threads: number) => {
      const memory = allocateNativeMemory({ api: nativeApi!, threads }, large);
      const norms = [1, 2, 3].map((step) => {
        for (const array of Object.values(memory.gradients))
          array.forEach((_, i) => (array[i] = ((i * step) % 97) / 97 - 0.6));
        return memory.adamw(step, 0.01, options);
      });
      return { memory, norms };
    };
    const one = stepped(1);
    for (const other of [stepped(2), stepped(3)]) {
      expect(other.norms).toEqual(one.norms);
      for (const block of BLOCKS)
        for (const [name, array] of Object.entries(one.memory[block]))
          expect(bytes(other.memory[block][name]!).equals(bytes(array)), `${block} ${name}`).toBe(true);
    }
    let squares = 0;
    for (const array of Object.values(one.memory.gradients))
      for (const value of array) squares += value * value;
    expect(Math.abs(one.norms[2]! / Math.sqrt(squares) - 1)).toBeLessThan(1e-12);
    // Every number has moved, those at the ends of chunks too.
    for (const array of Object.values(one.memory.parameters))
      expect(array.every((value) => value !== 0)).toBe(true);
  });
});

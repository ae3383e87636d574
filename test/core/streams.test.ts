import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { streamOf, type Stream } from "../../src/core/streams.ts";

/** Made by test/fixtures/streams.py, an implementation of docs/model.md in Python that shares no code with src. */
interface Expected {
  /** By path: draws 1 to 8, 999 and 1000. */
  readonly uint32: Record<string, number[]>;
  readonly uniform: number[];
  readonly integer: Record<string, number[]>;
  readonly normal: number[];
}
const expected = JSON.parse(
  readFileSync(new URL("../fixtures/streams.json", import.meta.url), "utf8"),
) as Expected;

function draw(count: number, stream: Stream, kind: "uint32" | "uniform" | "normal"): number[] {
  return Array.from({ length: count }, () => stream[kind]());
}

describe("streamOf", () => {
  it.each(Object.entries(expected.uint32))(
    "draws what docs/model.md says on the stream %s",
    (path, values) => {
      const [seed, ...names] = path.split("/");
      const draws = draw(1000, streamOf(Number(seed), ...names), "uint32");
      expect([...draws.slice(0, 8), ...draws.slice(-2)]).toEqual(values);
    },
  );

  it("makes uniforms, integers and normals of its draws as docs/model.md says", () => {
    expect(draw(4, streamOf(1, "uniform"), "uniform")).toEqual(expected.uniform);
    for (const [n, values] of Object.entries(expected.integer)) {
      const stream = streamOf(1, "integer");
      expect(Array.from({ length: 6 }, () => stream.integer(Number(n)))).toEqual(values);
    }
    // Logarithm and cosine of two mathematical libraries may differ in the last bit.
    const normals = draw(7, streamOf(1, "normal"), "normal");
    for (const [index, value] of normals.entries()) expect(value).toBeCloseTo(expected.normal[index]!, 12);
  });

  it("forks into the stream of the longer path, wherever the parent stands", () => {
    const parent = streamOf(3, "batches");
    parent.uint32();
    expect(draw(3, parent.fork(17), "uint32")).toEqual(draw(3, streamOf(3, "batches", 17), "uint32"));
    expect(draw(3, streamOf(3, "batches", 17), "uint32")).toEqual(
      expected.uint32["3/batches/17"]!.slice(0, 3),
    );
  });

  it("stays inside (0, 1) with uniforms, and inside 0 .. n-1 with integers", () => {
    const stream = streamOf(0, "range");
    const uniforms = draw(10_000, stream, "uniform");
    expect(Math.min(...uniforms)).toBeGreaterThan(0);
    expect(Math.max(...uniforms)).toBeLessThan(1);
    const integers = Array.from({ length: 1000 }, () => stream.integer(3));
    expect(new Set(integers)).toEqual(new Set([0, 1, 2]));
  });

  it("has normals of mean 0 and variance 1", () => {
    const count = 20_000;
    const normals = draw(count, streamOf(2, "moments"), "normal");
    const mean = normals.reduce((sum, value) => sum + value, 0) / count;
    const variance = normals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    // Standard errors: 1 / sqrt(n) and sqrt(2 / n); four of them.
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
  });
});

/** A plan for reading, what a kernel without a form does, and sums of tokens in parts. */
import { describe, expect, it, vi } from "vitest";
import { createCompiledEngine } from "../../../src/engine/compiled.ts";
import { createNativeEngine } from "../../../src/engine/native/engine.ts";
import { FORMS } from "../../../src/engine/native/forms.ts";
import { makePlan } from "../../../src/engine/native/plan.ts";
import { printPlan } from "../../../src/engine/native/print-plan.ts";
import { splitTokenSums } from "../../../src/engine/native/split.ts";
import { inScope } from "../../../src/engine/scope.ts";
import { tf } from "../../../src/engine/tf.ts";
import { optimize } from "../../../src/engine/passes/index.ts";
import { trace } from "../../../src/engine/trace/tracer.ts";
import { createCpuEngine } from "../../../src/engine/eager.ts";
import { expectSameNumbers, GraphBuilder, nodesOf, programOf, runOnce } from "../../support/graphs.ts";
import { nativeApi, needsNative } from "../../support/native-engine.ts";

await createCpuEngine(); // a backend for the tracer to come back to
const F = (...shape: number[]) => ({ shape, dtype: "float32" }) as const;

describe("a plan", () => {
  it("prints groups with their blocks, operations with shapes, places and scopes", () => {
    const program = programOf({ x: F(8, 4), w: F(4, 3) }, (x, w) =>
      inScope("layers.0", () => tf.softmax(tf.neg(tf.exp(tf.matMul(x, w))))),
    );
    const lines = printPlan(makePlan(optimize(trace(program)))).split("\n");
    expect(lines).toEqual([
      // Eight rows of three numbers, twice, on cache lines of 16; the multiply's second operand: 4 terms of 16 columns.
      "1 groups, arena 0 kB, each thread 1 kB of scratch and 96 kB of workspace",
      "group 0: 1 slices",
      "  %2s[8,3] = matmul(%0x[8,4], %1x[4,3]) /8 <- BatchMatMul in layers.0",
      "  %4s[8,3] = exp(0) neg(1)(%2s[8,3]) /8 <- Exp Neg in layers.0",
      "  %5x[8,3] = softmax(%4s[8,3]) /8 <- Softmax in layers.0",
    ]);
  });

  it("shows strides where they are not those of rows without gaps", () => {
    const program = programOf({ x: F(2, 3) }, (x) => tf.neg(tf.transpose(x)));
    expect(printPlan(makePlan(optimize(trace(program))))).toContain("neg(0)(%0x[3,2]/1,3)");
  });

  it("names a kernel without a form, and the file to extend", () => {
    const builder = new GraphBuilder();
    const graph = builder.graph({ y: builder.call("Magic", [builder.input("x", [2])], [2]) });
    expect(() => makePlan(graph)).toThrow(
      "the kernel Magic has no native form: add it to src/engine/native/forms.ts",
    );
  });
});

describe("sums over tokens in parts", () => {
  /** x [S, 6], w [S, 5]: sums and means over all rows, some of them over columns too, and x^T w. */
  function sums(S: number): GraphBuilder & { made?: Record<string, number> } {
    const builder: GraphBuilder & { made?: Record<string, number> } = new GraphBuilder();
    const [x, w] = [builder.input("x", [S, 6]), builder.input("w", [S, 5])];
    builder.made = {
      sum: builder.call("Sum", [x], [6], { axis: 0, keepDims: false }),
      mean: builder.call("Mean", [x], [6], { axis: 0, keepDims: false }),
      all: builder.call("Mean", [x], [], { axis: [0, 1], keepDims: false }),
      rows: builder.call("Sum", [x], [S], { axis: 1, keepDims: false }),
      product: builder.call("BatchMatMul", [x, w], [6, 5], { transposeA: true, transposeB: false }),
    };
    return builder;
  }

  it("are the sums", async () => {
    const builder = sums(48);
    const graph = builder.graph(builder.made!);
    const split = splitTokenSums(graph, 4);
    // Two or three nodes more for each of the four; the sum along rows stays.
    expect(split.nodes.length).toBe(graph.nodes.length + 2 + 2 + 2 + 3);
    expect(nodesOf(split).filter((node) => node.includes("Reshape")).length).toBe(5);
    await expectSameNumbers(graph, split);
  });

  it("are left alone where sequences do not divide the rows, or there is one", () => {
    for (const [S, slices] of [
      [46, 4],
      [48, 1],
    ] as const) {
      // prettier-ignore
      const builder = sums(S);
      const graph = builder.graph(builder.made!);
      expect(nodesOf(splitTokenSums(graph, slices))).toEqual(nodesOf(graph));
    }
  });
});

describe.skipIf(nativeApi === null)(`a kernel without a native form${needsNative}`, () => {
  const program = programOf({ x: F(3) }, (x) => tf.log(tf.exp(x)));
  const x = Float32Array.of(1, 2, 3);

  it("is named, and the program runs on the other engine", async () => {
    const fallback = createCompiledEngine({ threads: 1 });
    const compile = vi.spyOn(fallback, "compile");
    const find = vi.spyOn(fallback, "findNonFinite");
    const missing: (readonly string[])[] = [];
    const engine = createNativeEngine({
      api: nativeApi!,
      threads: 1,
      fallback: () => Promise.resolve(fallback),
      onFallback: (kernels) => missing.push(kernels),
    });
    const forms = FORMS as Record<string, unknown>;
    const form = forms["Exp"];
    delete forms["Exp"];
    try {
      const { out } = await runOnce(engine, program, { x });
      expect(missing).toEqual([["Exp"]]);
      out!.forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 5));
      expect(await engine.findNonFinite(program, { x: Float32Array.of(1, 1000, 1) })).toMatch(/^Exp \[3\]/);
      expect([compile.mock.calls.length, find.mock.calls.length]).toEqual([1, 1]);
    } finally {
      forms["Exp"] = form;
    }
    await runOnce(engine, program, { x });
    expect(missing.length).toBe(1);
    expect(compile).toHaveBeenCalledTimes(1);
  });
});

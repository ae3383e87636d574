/** Naming the first tensor that is not finite. */
import { describe, expect, it } from "vitest";
import { createCpuEngine } from "../../src/engine/eager.ts";
import { inScope } from "../../src/engine/scope.ts";
import { tf } from "../../src/engine/tf.ts";
import { gradientProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { compiledEngines, programOf } from "../support/graphs.ts";
import { programFeeds, TINY_V, tinySettings } from "../support/tiny.ts";

const eager = await createCpuEngine();
const tracing = Object.values(compiledEngines);
const program = programOf({ x: { shape: [3], dtype: "float32" } }, (x) => {
  const logs = inScope("layers.0.router", () => tf.log(x));
  return inScope("layers.1.router", () => tf.exp(tf.neg(tf.square(logs)))); // finite again where log is -Infinity
});

describe("findNonFinite", () => {
  it("is null when all is well, on all engines", async () => {
    for (const engine of [eager, ...tracing]) {
      expect(await engine.findNonFinite(program, { x: Float32Array.of(1, 2, 3) })).toBeNull();
    }
  });

  it("names operation, shape and part of the program, compiled; also where later values are finite again", async () => {
    for (const engine of tracing) {
      const found = await engine.findNonFinite(program, { x: Float32Array.of(1, 0, 3) });
      expect(found).toMatch(/^Log \[3\] in layers\.0\.router \(call 1 of \d+\)$/);
    }
  });

  it("names an output, eagerly", async () => {
    expect(await eager.findNonFinite(program, { x: Float32Array.of(1, -1, 3) })).toBe("the output out");
  });

  it.each(Object.entries(compiledEngines))("finds the layer with a broken weight, %s", async (_, engine) => {
    const router = shippedRouters.get("linear")!;
    const settings = tinySettings({ router: { name: "linear", options: {} } });
    const step = gradientProgram(modelSpec(settings, router, TINY_V));
    const feeds = programFeeds(step, modelSpec(settings, router, TINY_V), 1);
    expect(await engine.findNonFinite(step, feeds)).toBeNull();
    feeds[NAMES.parameter("layers.1.router.weight")]![2] = Number.POSITIVE_INFINITY;
    expect(await engine.findNonFinite(step, feeds)).toContain("in layers.1.router");
  });
});

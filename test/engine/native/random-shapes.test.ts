/**
 * Shapes that no tile, vector or block of the native kernels divides: one sequence of one token, odd widths, heads of two
 * numbers, a vocabulary of five, 64 experts of which most get no row, and many rows of one expert. Every router is there.
 */
import { describe, expect, it } from "vitest";
import type { Settings } from "../../../src/config/settings.ts";
import { createCompiledEngine } from "../../../src/engine/compiled.ts";
import { createCpuEngine } from "../../../src/engine/eager.ts";
import { gradientProgram, NAMES } from "../../../src/model/programs.ts";
import { modelSpec } from "../../../src/model/spec.ts";
import { shippedRouters } from "../../../src/routers/index.ts";
import { runOnce } from "../../support/graphs.ts";
import { nativeApi, nativeEngine, needsNative } from "../../support/native-engine.ts";
import { programFeeds, relativeDistance, tinySettings } from "../../support/tiny.ts";

await createCpuEngine();

/** Norm below which a gradient is rounding alone: sums whose terms cancel, such as of a query that sees one key. */
const ROUNDING = 1e-6;

interface Shape {
  readonly routers: readonly string[];
  readonly what: string;
  readonly model: Partial<Settings["model"]>;
  readonly B: number;
  readonly T: number;
  readonly V: number;
}

const TOKEN_CHOICE = ["linear", "linear-wide", "shared-expert", "attention", "attention-no-key"];
const OTHERS = ["attention-random-key", "attention-static", "hash", "redraw", "oracle"];
const SCORES = [
  "sigmoid",
  "sigmoid-bias",
  "sqrt-softplus",
  "llama-4",
  "cosine",
  "noisy-top-k",
  "quantile-balancing",
];
const VARYING = ["gshard", "top-p", "dynamic-top-p", "relu", "expert-threshold"];
const REST = [
  "stable-moe",
  "self-routing",
  "round-robin",
  "zero-experts",
  "attention-heads",
  "recurrent",
  "default-moe",
];
const ALL = [...TOKEN_CHOICE, ...OTHERS, ...SCORES, ...VARYING, ...REST];

const shapes: readonly Shape[] = [
  {
    routers: ALL,
    what: "one token",
    model: { width: 6, heads: 3, experts: 3, topK: 2, expertWidth: 1 },
    B: 1,
    T: 1,
    V: 5,
  },
  {
    routers: ["linear", "attention", "hash", "group-limited", "sinkhorn", "seq-top-k", "online-k-means"],
    what: "64 experts for 33 rows",
    model: { width: 10, heads: 5, experts: 64, topK: 3, expertWidth: 7, layers: 1 },
    B: 1,
    T: 11,
    V: 5,
  },
  {
    routers: ["linear", "shared-expert"],
    what: "blocks of rows that end in one",
    // 130 rows a layer: two blocks of 64 and more, whoever gets them.
    model: { width: 34, heads: 1, experts: 2, topK: 1, expertWidth: 33, layers: 1 },
    B: 5,
    T: 26,
    V: 17,
  },
  {
    routers: ["expert-choice", "switch", "base-layer"],
    what: "experts that choose one token",
    model: { width: 6, heads: 3, experts: 5, topK: 1, expertWidth: 3 },
    B: 3,
    T: 5,
    V: 5,
  },
  {
    routers: ["dense"],
    what: "one expert for all",
    model: { width: 14, heads: 7, experts: 1, topK: 1, expertWidth: 19 },
    B: 3,
    T: 23,
    V: 5,
  },
];

const cases = shapes.flatMap((shape) => shape.routers.map((name) => ({ ...shape, name })));

it("has every shipped router", () => {
  expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(shippedRouters.keys()));
});

describe.skipIf(nativeApi === null)(`the native engine agrees with the compiled one${needsNative}`, () => {
  it.each(cases)("$what, $name", async ({ name, model, B, T, V }) => {
    const router = shippedRouters.get(name)!;
    const settings = tinySettings({
      router: { name, options: router.options.parse({}) },
      model,
      data: { batchSequences: B, sequenceLength: T },
    });
    const spec = modelSpec(settings, router, V);
    const program = gradientProgram(spec);
    const feeds = programFeeds(program, spec, 1);
    const expected = await runOnce(createCompiledEngine({ threads: 1 }), program, feeds);
    for (const threads of [1, 2]) {
      const found = await runOnce(nativeEngine({ threads }), program, feeds);
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      for (const [output, values] of Object.entries(expected)) {
        const what = `${output}, ${threads} threads`;
        if (Math.hypot(...values) < ROUNDING)
          expect(Math.hypot(...found[output]!), what).toBeLessThan(2 * ROUNDING);
        else expect(relativeDistance(found[output]!, values), what).toBeLessThan(1e-5);
      }
    }
    expect(expected[NAMES.loss]![0]).toBeGreaterThan(0.5);
  });
});

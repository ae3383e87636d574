/**
 * The compiled and the native engine with no pass, with each pass alone and with all (for the linear router also with all but each):
 * the training step of every shipped router, on shapes drawn at random, agrees with tfjs's own CPU backend.
 */
import { describe, expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import { streamOf } from "../../src/core/streams.ts";
import { createCompiledEngine } from "../../src/engine/compiled.ts";
import { createCpuEngine } from "../../src/engine/eager.ts";
import { PASSES } from "../../src/engine/passes/index.ts";
import { gradientProgram } from "../../src/model/programs.ts";
import type { Engine } from "../../src/engine/types.ts";
import type { Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { runOnce } from "../support/graphs.ts";
import { nativeApi, nativeEngine } from "../support/native-engine.ts";
import { programFeeds, relativeDistance, tinySettings } from "../support/tiny.ts";

const names = Object.keys(PASSES);
const alone = names.map((name) => [`only ${name}`, [name]] as const);
const without = names.map((name) => [`all but ${name}`, names.filter((other) => other !== name)] as const);
const both = [
  ["none", []],
  ["all", names],
] as const;

/** Routers that between them have every kind of graph; the others are tried without passes and with all. */
const PASS_BY_PASS = new Set(
  ["linear", "shared-expert", "linear-wide", "attention", "attention-no-key", "attention-random-key"].concat([
    "attention-static",
    "expert-choice",
    "hash",
    "dense",
    "redraw",
    "oracle",
  ]),
);

/** The first draw that a router can have; of the older ones, the first of all. */
function allowedSettings(router: Router): ReturnType<typeof randomSettings> {
  for (let draw = 1; draw < 100; draw++) {
    const drawn = randomSettings(router.name, draw);
    const { model, data, router: own } = drawn.settings;
    if (PASS_BY_PASS.has(router.name) || router.problems(own.options, model, data).length === 0) return drawn;
  }
  throw new Error(`${router.name} refuses every model that was drawn`);
}

/** Norm below which a gradient is rounding alone: sums whose terms cancel, such as of a query that sees one key. */
const ROUNDING = 1e-6;

/** Sizes that every router can have: E divides what expert choice hands out, and a dense router has one expert. */
function randomSettings(router: string, draw: number): { settings: Settings; vocabulary: number } {
  const stream = streamOf(draw, "random-shapes", router);
  const pick = (...sizes: number[]): number => sizes[stream.integer(sizes.length)]!;
  const heads = pick(1, 2, 3);
  const experts = router === "dense" ? 1 : pick(2, 4, 5);
  const T = pick(2, 3, 7) * experts;
  const model = {
    width: heads * pick(2, 4, 6),
    heads,
    layers: pick(1, 2),
    experts,
    topK: Math.min(experts, pick(1, 2)),
    expertWidth: pick(1, 5, 8),
    qkNorm: pick(0, 1) === 1,
    tiedEmbeddings: pick(0, 1) === 1,
  };
  const options = shippedRouters.get(router)!.options.parse({});
  const settings = tinySettings({
    router: { name: router, options },
    model,
    data: { batchSequences: pick(1, 2, 3), sequenceLength: T },
  });
  return { settings, vocabulary: pick(5, 17) };
}

const eager = await createCpuEngine();

/** The engines that trace, with these passes. */
function tracing(passes: readonly string[]): Engine[] {
  const compiled = createCompiledEngine({ threads: 1, passes });
  return nativeApi === null ? [compiled] : [compiled, nativeEngine({ passes })];
}

describe.each([...shippedRouters.values()].map((router) => ({ router, name: router.name })))(
  "$name",
  ({ router, name }) => {
    it("agrees on random shapes", async () => {
      const draw = 1;
      const { settings, vocabulary } = allowedSettings(router);
      const program = gradientProgram(modelSpec(settings, router, vocabulary));
      const feeds = programFeeds(program, modelSpec(settings, router, vocabulary), draw);
      const slow = await eager.compile(program);
      const expected = await slow.run(feeds);
      const choices = [
        ...both,
        ...(PASS_BY_PASS.has(name) ? alone : []),
        ...(name === "linear" ? without : []),
      ];
      for (const [choice, passes] of choices) {
        for (const engine of tracing(passes)) {
          const found = await runOnce(engine, program, feeds);
          expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
          for (const [output, values] of Object.entries(expected)) {
            const what = `${output}, ${engine.name}, passes: ${choice}, ${JSON.stringify(settings.model)}`;
            const norm = Math.hypot(...values);
            if (norm < ROUNDING) expect(Math.hypot(...found[output]!), what).toBeLessThan(2 * ROUNDING);
            else expect(relativeDistance(found[output]!, values), what).toBeLessThan(1e-5);
          }
        }
      }
    });
  },
);

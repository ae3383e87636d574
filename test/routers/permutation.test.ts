/** Renumbering the experts of a whole model, routers included, must move the assignments along and nothing else. */
import { expect, it } from "vitest";
import { sizeOf } from "../../src/core/axes.ts";
import type { HostTensors } from "../../src/engine/types.ts";
import { NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { logitsProgram } from "../support/bodies.ts";
import { compiled } from "../support/engines.ts";
import { describeRouters, routerCases, trainState } from "../support/router-cases.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

const E = 4; // no other size of the tiny model is 4
const ORDER = [2, 0, 3, 1];

/** The routers that learn whom to choose, all experts alike: a fixed table of experts does not follow a renumbering. */
const learned = routerCases.filter(({ router, options }) => {
  const { data } = tinySettings({});
  const sizes = { B: data.batchSequences, T: data.sequenceLength, D: 8, E, K: 2, V: TINY_V, initStd: 0.3 };
  return router.interchangeable(options) && Object.keys(router.parameters(sizes, options)).length > 0;
});

it("covers the learned routers", () => {
  const names = new Set(learned.map(({ router }) => router.name));
  expect([...names].sort()).toEqual([
    "attention",
    "attention-heads",
    "attention-no-key",
    "attention-random-key",
    "attention-static",
    "cosine",
    "default-moe",
    "dynamic-top-p",
    "expert-choice",
    "expert-threshold",
    "gshard",
    "linear",
    "linear-wide",
    "llama-4",
    "noisy-top-k",
    "online-k-means",
    "quantile-balancing",
    "recurrent",
    "relu",
    "seq-top-k",
    "shared-expert",
    "sigmoid",
    "sigmoid-bias",
    "sinkhorn",
    "sqrt-softplus",
    "stable-moe",
    "switch",
    "top-p",
    "zero-experts",
  ]);
});

describeRouters(learned, ({ router, options, model }) => {
  it("moves with its experts", async () => {
    const settings = tinySettings({ router: { name: router.name, options }, model });
    const program = logitsProgram(modelSpec(settings, router, TINY_V), "eval");
    const executable = await compiled.compile(program);
    // Distinct tokens: two that are equal, side by side at the start of a sequence, have scores that differ by rounding only.
    const tokens = Int32Array.from({ length: 12 }, (_, i) => (i < 6 ? i : i - 1));
    const feeds: HostTensors = {
      ...programFeeds(program, modelSpec(settings, router, TINY_V), 8),
      [NAMES.inputs]: tokens,
    };
    trainState(feeds);
    const belongs = /\.(router|experts)\./;
    const permuted: HostTensors = Object.fromEntries(
      Object.entries(feeds).map(([name, values]) => [
        name,
        belongs.test(name) ? permute(Float32Array.from(values), program.inputs[name]!.shape) : values,
      ]),
    );
    const before = await executable.run(feeds);
    const after = await executable.run(permuted);
    for (let layer = 0; layer < settings.model.layers; layer++) {
      const counts = before[`counts/${layer}`]!;
      expect(Array.from(after[`counts/${layer}`]!)).toEqual(ORDER.map((e) => counts[e]));
    }
    expect(relativeDistance(after["logits"]!, before["logits"]!)).toBeLessThan(1e-5);
    // Renumbering the experts alone, without the router, must be seen.
    const onlyExperts = Object.fromEntries(
      Object.entries(permuted).map(([name, values]) => [
        name,
        name.includes(".router.") ? feeds[name]! : values,
      ]),
    );
    const wrong = await executable.run(onlyExperts);
    expect(relativeDistance(wrong["logits"]!, before["logits"]!)).toBeGreaterThan(1e-2);
    await executable.dispose();
  });
});

/** Every axis of extent E in another order. */
function permute(values: Float32Array, shape: readonly number[]): Float32Array {
  return shape.reduce((current, extent, axis) => {
    if (extent !== E) return current;
    const inner = sizeOf(shape.slice(axis + 1));
    return current.map((_, i) => {
      const position = Math.floor(i / inner) % E;
      return current[i + (ORDER[position]! - position) * inner]!;
    });
  }, values);
}

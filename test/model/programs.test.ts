/** What routers of a user's own may bring that no shipped one has: losses and noise; and how matrices come out. */
import { describe, expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import { tf } from "../../src/engine/tf.ts";
import type { HostTensors } from "../../src/engine/types.ts";
import { evaluationProgram, gradientProgram, NAMES } from "../../src/model/programs.ts";
import type { Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import attention from "../../src/routers/attention/attention.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { normals, rowsOf } from "../support/bodies.ts";
import { engines } from "../support/engines.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

const settings = tinySettings({});
const plain = modelSpec(settings, linear, TINY_V);
const weight = "layers.1.router.weight";

/** linear, which also wants small weights: 3 times the sum of their squares. */
const shrinking: Router = {
  ...linear,
  route: (input, ...rest) => ({
    ...linear.route(input, ...rest),
    losses: { size: tf.mul(tf.sum(tf.square(input.parameters["weight"]!)), 3) },
  }),
};

/** linear on noisy tokens, in training. */
const noisy: Router = {
  ...linear,
  noise: ({ B, T, D }) => ({ jitter: { shape: [B * T, D], distribution: "normal" } }),
  route: (input, ...rest) => {
    const { jitter } = input.noise;
    return linear.route(jitter === undefined ? input : { ...input, x: tf.add(input.x, jitter) }, ...rest);
  },
};

describe.each(engines)("on $name", (engine) => {
  it("a router's own losses are differentiated as they are, and stay out of the reported loss", async () => {
    const program = gradientProgram(modelSpec(settings, shrinking, TINY_V));
    const feeds = programFeeds(program, modelSpec(settings, linear, TINY_V), 3);
    const [with_, without] = [
      await (await engine.compile(program)).run(feeds),
      await (await engine.compile(gradientProgram(plain))).run(feeds),
    ];
    expect(with_[NAMES.loss]![0]).toBeCloseTo(without[NAMES.loss]![0]!, 6);
    // d (3 w^2) / dw = 6 w, added to what was there; nothing else changes.
    const gradient = NAMES.gradient(weight);
    const wanted = without[gradient]!.map((value, i) => value + 6 * feeds[NAMES.parameter(weight)]![i]!);
    expect(relativeDistance(with_[gradient]!, wanted)).toBeLessThan(1e-5);
    const head = NAMES.gradient("head");
    expect(relativeDistance(with_[head]!, without[head]!)).toBeLessThan(1e-6);
  });

  it("noise reaches the router in training and is not asked for in evaluation", async () => {
    const spec = modelSpec(settings, noisy, TINY_V);
    const program = gradientProgram(spec);
    const names = [0, 1].map((layer) => NAMES.noise(`layers.${layer}.router.jitter`));
    expect(Object.keys(program.inputs).filter((name) => name.startsWith("noise/"))).toEqual(names);
    const feeds = programFeeds(program, modelSpec(settings, noisy, TINY_V), 3);
    const executable = await engine.compile(program);
    const run = async (scale: number): Promise<number> => {
      const noise = names.map((name) => [
        name,
        Float32Array.from(normals([12, 8], name).values, (z) => scale * z),
      ]);
      return (await executable.run({ ...feeds, ...(Object.fromEntries(noise) as typeof feeds) }))[
        NAMES.loss
      ]![0]!;
    };
    const evaluation = evaluationProgram(spec, "eval");
    expect(Object.keys(evaluation.inputs).filter((name) => name.startsWith("noise/"))).toEqual([]);
    const quiet = (await (await engine.compile(evaluation)).run(feeds))[NAMES.loss]![0]!;
    expect(await run(0)).toBeCloseTo(quiet, 6);
    expect(Math.abs((await run(1)) - quiet)).toBeGreaterThan(1e-4);
  });

  /** Losses and gradients of a step; noise is what it is given. */
  const stepOf = async (change: Partial<Settings>, router: Router, uniform = 0.5) => {
    const spec = modelSpec({ ...settings, ...change }, router, TINY_V);
    const program = gradientProgram(spec);
    const names = Object.keys(program.inputs).filter((name) => name.startsWith("noise/"));
    const noise = names.map((name) => [name, new Float32Array(12 * 8).fill(uniform)] as const);
    const feeds = { ...programFeeds(program, plain, 3), ...Object.fromEntries(noise) };
    return { names, found: await (await engine.compile(program)).run(feeds) };
  };
  const expectEqual = (found: HostTensors, wanted: HostTensors): void => {
    for (const [name, values] of Object.entries(wanted)) {
      expect(relativeDistance(found[name]!, values), name).toBeLessThan(1e-5);
    }
  };

  it("a gate scale multiplies every weight of the routed experts, and the gradients with them", async () => {
    const tripled: Router = {
      ...linear,
      route: (...given) => {
        const routing = linear.route(...given);
        return {
          ...routing,
          assignment: { ...routing.assignment, gate: tf.mul(routing.assignment.gate, 3) },
        };
      },
    };
    const scale = { model: { ...settings.model, gateScale: 3 } };
    const { found } = await stepOf(scale, linear);
    expectEqual(found, (await stepOf({}, tripled)).found);
    expect(found[NAMES.loss]![0]).not.toBeCloseTo((await stepOf({}, linear)).found[NAMES.loss]![0]!, 3);
  });

  it("jitter multiplies what the router sees in training, nothing else, and not in evaluation", async () => {
    const jitter = { training: { ...settings.training, routerJitter: 0.2 } };
    const { names, found } = await stepOf(jitter, linear, 0.5);
    expect(names).toEqual([NAMES.noise("layers.0.jitter"), NAMES.noise("layers.1.jitter")]);
    // U = 1/2 is no noise; U = 1 is the factor 1 + e, as of a router that multiplies by itself.
    expectEqual(found, (await stepOf({}, linear)).found);
    const louder: Router = {
      ...linear,
      route: (input, ...rest) => linear.route({ ...input, x: tf.mul(input.x, 1.2) }, ...rest),
    };
    expectEqual((await stepOf(jitter, linear, 1)).found, (await stepOf({}, louder)).found);
    const evaluation = evaluationProgram(modelSpec({ ...settings, ...jitter }, linear, TINY_V), "eval");
    expect(Object.keys(evaluation.inputs).filter((name) => name.startsWith("noise/"))).toEqual([]);
  });

  it("matrices come out layer by layer", async () => {
    const options = { initScale: 1, temperature: 1 };
    const attentive = tinySettings({ router: { name: "attention", options } });
    const program = evaluationProgram(modelSpec(attentive, attention, TINY_V), "eval");
    const found = await (
      await engine.compile(program)
    ).run(programFeeds(program, modelSpec(attentive, attention, TINY_V), 3));
    const rows = rowsOf(found[NAMES.matrix("correlation")]!, 4);
    expect(rows).toHaveLength(2 * 4); // L times E
    for (const row of rows) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(rows.slice(0, 4)).not.toEqual(rows.slice(4));
  });
});

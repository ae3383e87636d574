import { describe, expect, it } from "vitest";
import { costOf } from "../../src/model/cost.ts";
import { NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import linear from "../../src/routers/softmax/linear.ts";
import sharedExpert from "../../src/routers/softmax/shared-expert.ts";
import { identity, logitsProgram, matrix, route } from "../support/bodies.ts";
import { compiled, engines } from "../support/engines.ts";
import { programFeeds, TINY_V, tinySettings } from "../support/tiny.ts";

const { log } = Math;

describe.each(engines)("shared-expert on $name", (engine) => {
  it("routes among the routed experts as linear does", async () => {
    const sizes = { B: 1, T: 2, D: 2, E: 3, K: 2, V: 5, initStd: 0.02 };
    const given = {
      x: identity(2),
      weight: matrix([
        [log(1), log(6), log(3)], // p = [1, 6, 3] / 10
        [log(5), log(2), log(3)], // p = [5, 2, 3] / 10
      ]),
    };
    const renormalised = await route(
      engine,
      sharedExpert,
      sizes,
      { experts: 2, renormalise: true },
      "train",
      given,
    );
    expect(Array.from(renormalised["expert"]!)).toEqual([1, 2, 0, 2]);
    [6 / 9, 3 / 9, 5 / 8, 3 / 8].forEach((gate, i) => expect(renormalised["gate"]![i]).toBeCloseTo(gate, 6));
    const plain = await route(
      engine,
      sharedExpert,
      sizes,
      { experts: 2, renormalise: false },
      "train",
      given,
    );
    [0.6, 0.3, 0.5, 0.3].forEach((gate, i) => expect(plain["gate"]![i]).toBeCloseTo(gate, 6));
  });
});

/** Logits of a model, with some of its parameters set to zero. */
async function logitsOf(experts: number | null, zeroed: RegExp): Promise<number[]> {
  const router = experts === null ? linear : sharedExpert;
  const options: Record<string, unknown> = experts === null ? {} : { experts };
  const settings = tinySettings({ router: { name: router.name, options } });
  const program = logitsProgram(modelSpec(settings, router, TINY_V), "eval");
  const executable = await compiled.compile(program);
  const feeds = programFeeds(program, modelSpec(settings, router, TINY_V), 4);
  for (const [name, values] of Object.entries(feeds)) if (zeroed.test(name)) values.fill(0);
  // Norm gains come from one stream over all parameters, so that other experts shift them: take them out.
  for (const [name, values] of Object.entries(feeds)) if (/norm/.test(name)) values.fill(1);
  feeds[NAMES.inputs]!.set(Int32Array.from({ length: 12 }, (_, i) => (5 * i) % TINY_V));
  const { logits } = await executable.run(feeds);
  await executable.dispose();
  return Array.from(logits!);
}

const distance = (a: number[], b: number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe("the always-on experts", () => {
  it("add nothing when they are zero, and something when they are not", async () => {
    const routedOnly = await logitsOf(null, /none/);
    expect(distance(await logitsOf(2, /always_on\.down/), routedOnly)).toBeLessThan(1e-5);
    expect(distance(await logitsOf(2, /none/), routedOnly)).toBeGreaterThan(1e-2);
  });

  it("work without any routed expert, whatever the router says: they are not weighted", async () => {
    const alone = await logitsOf(1, /experts\.down/);
    expect(distance(await logitsOf(1, /experts\.down|router/), alone)).toBeLessThan(1e-6);
    expect(distance(await logitsOf(1, /down/), alone)).toBeGreaterThan(1e-2);
  });
});

/**
 * Yuan 2.0-M32, Table 1: 2 always-on and top-2 of 14, of half the width, against top-2 of 8.
 * FFNs: (2 + 14) / 2 = 8 of full width in all, (2 + 2) / 2 = 2 active. Only the router's columns differ: 14 against 8.
 */
it("can be sized as in Yuan's Table 1", () => {
  const full = { width: 16, heads: 2, layers: 3, topK: 2 };
  const classic = tinySettings({ model: { ...full, experts: 8, expertWidth: 20 } });
  const shared = tinySettings({
    model: { ...full, experts: 14, expertWidth: 10 },
    router: { name: "shared-expert", options: { experts: 2 } },
  });
  const [a, b] = [
    costOf(modelSpec(classic, linear, TINY_V)),
    costOf(modelSpec(shared, sharedExpert, TINY_V)),
  ];
  const routerColumns = 16 * (14 - 8) * 3; // D * (E' - E) * L
  expect(b.totalParameters - a.totalParameters).toBe(routerColumns);
  expect(b.activeParameters - a.activeParameters).toBe(routerColumns);
  expect(b.forwardFlopsPerToken - a.forwardFlopsPerToken).toBe(2 * routerColumns);
});

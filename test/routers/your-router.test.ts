/** The router that docs/your-router.md shows, as it stands there. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { definitionProblems } from "../../src/check/definition.ts";
import { gradientProgram } from "../../src/model/programs.ts";
import type { Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { identity, matrix, route } from "../support/bodies.ts";
import { compiled, eager, engines } from "../support/engines.ts";
import { temporaryFolder } from "../support/folder.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

const text =
  /```js\n(import \{ defineRouter, detach[^]*?)```/.exec(readFileSync("docs/your-router.md", "utf8"))?.[1] ??
  "";
const folder = temporaryFolder();
const file = join(folder, "loss-free.js");
// From the sources, not from dist/, so that this tests what stands here.
writeFileSync(file, text.replace('"moe-lab"', JSON.stringify(resolve("src/index.ts"))));
const router = ((await import(file)) as { default: Router }).default;

it("meets the contract that loading checks", () => {
  expect(definitionProblems(router)).toEqual([]);
  expect(router.options.parse({})).toEqual({ step: 0.001 });
});

/** Loss-free balancing: Wang et al., arXiv 2408.15664. */
it.each(engines)(
  "on $name chooses with the bias, weighs without it, and moves the bias against the load",
  async (engine) => {
    const logit = (p: number): number => Math.log(p / (1 - p));
    const sizes = { B: 1, T: 2, D: 2, E: 3, K: 2, V: 5, initStd: 0.02 };
    const found = await route(engine, router, sizes, { step: 0.1 }, "train", {
      x: identity(2),
      weight: matrix([
        [logit(0.9), logit(0.5), logit(0.4)],
        [logit(0.8), logit(0.3), logit(0.6)],
      ]),
      bias: { shape: [3], values: [0, 0, 0.2] },
    });
    // Scores plus bias: token 0 has .9 .5 .6, token 1 has .8 .3 .8: both choose experts 0 and 2.
    expect([...found["expert"]!].slice(0, 2)).toEqual([0, 2]);
    // Gates of token 0 from the scores .9 and .4 alone.
    expect(found["gate"]![0]).toBeCloseTo(0.9 / 1.3, 5);
    expect(found["gate"]![1]).toBeCloseTo(0.4 / 1.3, 5);
    // Counts 2, 0, 2 of a mean of 4/3: overloaded ones fall by the step, the idle one rises by it.
    [-0.1, 0.1, 0.1].forEach((bias, e) => expect(found["state/bias"]![e]).toBeCloseTo(bias, 6));
  },
);

it("trains alike on both engines", async () => {
  const settings = tinySettings({ router: { name: "loss-free", options: { step: 0.01 } } });
  const program = gradientProgram(modelSpec(settings, router, TINY_V));
  const feeds = programFeeds(program, modelSpec(settings, router, TINY_V), 1);
  const [slow, fast] = [await eager.compile(program), await compiled.compile(program)];
  const [expected, found] = [await slow.run(feeds), await fast.run(feeds)];
  expect(Object.keys(found)).toContain("next-state/layers.1.router.bias");
  expect(Math.hypot(...found["gradients/layers.0.router.weight"]!)).toBeGreaterThan(1e-6);
  for (const [name, values] of Object.entries(expected)) {
    expect(relativeDistance(found[name]!, values), name).toBeLessThan(1e-5);
  }
  await fast.dispose();
});

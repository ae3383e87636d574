/**
 * The engine on TensorFlow's C library against the compiled one: every output of every shipped router's training step
 * and of its evaluations agrees. Skipped, with the reason in the test's name, where tfjs-node can't be loaded.
 */
import { describe, expect, it } from "vitest";
import { messageOf } from "../../src/core/errors.ts";
import { createCompiledEngine } from "../../src/engine/compiled.ts";
import { createNodeEngine } from "../../src/engine/eager.ts";
import type { Engine } from "../../src/engine/types.ts";
import { evaluationProgram, gradientProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { everyParityCase } from "../support/parity-cases.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

/** The engine, or why the package does not load. Any other failure is this project's and fails the tests. */
async function nodeEngine(): Promise<Engine | string> {
  try {
    return await createNodeEngine(1);
  } catch (error) {
    const name = "@tensorflow/tfjs-node";
    const reason = await import(name).then(() => null, messageOf);
    if (reason === null) throw error;
    return reason.split(/\n| imported from /)[0] ?? "";
  }
}

const node = await nodeEngine();

if (typeof node === "string") {
  it.skip(`agrees with the compiled engine (tfjs-node does not load: ${node})`, () => undefined);

  it("says why the package does not load, in one line, and how to build it", async () => {
    const message = await createNodeEngine(1).then(() => "", messageOf);
    const remedy = "`npm run tfjs-node:build` in moe-lab's folder builds it (docs/tfjs-node.md)";
    expect(message).toBe(`${node}; ${remedy}`);
  });
} else {
  const compiled = createCompiledEngine({ threads: 1 });

  it("says which TensorFlow computes, and on how many threads", () => {
    expect(node.versions["tfjs-node"]).toBe(node.versions["tfjs"]);
    expect(node.versions["tensorflow"]).toMatch(/^2\.\d+\.\d+/);
    expect(node.threads).toBe(1);
    expect(process.env["TF_NUM_INTRAOP_THREADS"]).toBe("1");
  });

  it("compares every shipped router", () => {
    expect([...new Set(everyParityCase.map(({ router }) => router))].sort()).toEqual(
      [...shippedRouters.keys()].sort(),
    );
  });

  describe.each(everyParityCase)("$router $options $model", ({ router: name, options, model }) => {
    const router = shippedRouters.get(name)!;
    const settings = tinySettings({ router: { name, options }, ...(model === undefined ? {} : { model }) });
    const spec = modelSpec(settings, router, TINY_V);
    it.each([gradientProgram(spec), evaluationProgram(spec, "eval"), evaluationProgram(spec, "causal-eval")])(
      "$name",
      async (program) => {
        const reference = await node.compile(program);
        const fast = await compiled.compile(program);
        for (const seed of [1, 2]) {
          const feeds = programFeeds(program, modelSpec(settings, router, TINY_V), seed);
          const expected = await reference.run(feeds);
          const found = await fast.run(feeds);
          expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
          for (const [output, values] of Object.entries(expected)) {
            expect(found[output]!.length, output).toBe(values.length);
            // A single number is a sum over everything that may cancel, without others to be measured by.
            const most = output.startsWith("gradients/") && values.length === 1 ? 5e-5 : 1e-5;
            expect(relativeDistance(found[output]!, values), `${output}, seed ${seed}`).toBeLessThan(most);
          }
          expect(expected[NAMES.loss]![0]).toBeGreaterThan(1);
        }
        await fast.dispose();
      },
    );
  });
}

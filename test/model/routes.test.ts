/** Other experts than the router's own, at the weights that it would give them. */
import { describe, expect, it } from "vitest";
import { evaluationBatches } from "../../src/data/batches.ts";
import { tf } from "../../src/engine/tf.ts";
import { decisionProgram, NAMES, routesProgram } from "../../src/model/programs.ts";
import type { Router } from "../../src/model/router.ts";
import { modelSpec, type ModelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { evaluationFeeds } from "../../src/train/feeds.ts";
import { createModelMemory } from "../../src/train/model-memory.ts";
import { eager } from "../support/engines.ts";
import { tinyCorpus } from "../support/tiny-corpus.ts";
import { tinySettings } from "../support/tiny.ts";

const corpus = tinyCorpus({ ones: 1 });
const TOKENS = 12;

function specOf(name: string, router: Router = shippedRouters.get(name)!): ModelSpec {
  return modelSpec(tinySettings({ router: { name } }), router, corpus.vocabulary);
}

/** Losses of the tokens of one batch; routes [L][S][K], null leaves the router its own program. */
async function losses(spec: ModelSpec, routes: Int32Array | null): Promise<number[]> {
  const executable = await eager.compile(
    routes === null ? decisionProgram(spec, "eval") : routesProgram(spec),
  );
  const [batch] = evaluationBatches(corpus, spec.settings.data, "validation", TOKENS);
  const { inputs } = createModelMemory(eager, spec, { seed: 3 });
  const given = routes === null ? {} : { [NAMES.routes]: routes };
  const outputs = await executable.run({ ...inputs, ...evaluationFeeds(spec, batch!, 3, 0), ...given });
  await executable.dispose();
  return Array.from(outputs[NAMES.tokenLoss]!);
}

const everywhere = (a: number, b: number): Int32Array =>
  Int32Array.from({ length: 2 * TOKENS * 2 }, (_, i) => (i % 2 === 0 ? a : b));

describe("a model on other routes", () => {
  it.each(["linear", "attention", "sigmoid-bias"])("of %s without any is the model itself", async (name) => {
    const spec = specOf(name);
    const [own, rerouted] = [await losses(spec, null), await losses(spec, everywhere(-1, -1))];
    rerouted.forEach((loss, t) => expect(loss).toBeCloseTo(own[t]!, 6));
  });

  it("is the model of a router that chooses these", async () => {
    const fixed: Router = {
      ...linear,
      route: (input, sizes, options) => {
        const routing = linear.route(input, sizes, options);
        const expert = tf.tile(tf.tensor2d([[2, 0]], [1, 2], "int32"), [TOKENS, 1]);
        // Softmax over the logits of experts 2 and 0.
        const [, , third] = tf.split(routing.logits!, 4, 1);
        const [first] = tf.split(routing.logits!, 4, 1);
        return {
          ...routing,
          assignment: { kind: "token-choice", expert, gate: tf.softmax(tf.concat([third!, first!], 1)) },
        };
      },
    };
    const expected = await losses(specOf("linear", fixed), null);
    const own = await losses(specOf("linear"), null);
    const found = await losses(specOf("linear"), everywhere(2, 0));
    found.forEach((loss, t) => expect(loss).toBeCloseTo(expected[t]!, 6));
    expect(found).not.toEqual(own);
    // The order of a token's experts is no part of its route.
    (await losses(specOf("linear"), everywhere(0, 2))).forEach((loss, t) =>
      expect(loss).toBeCloseTo(found[t]!, 6),
    );
  });

  it("is refused where a router does not say the weights", async () => {
    await expect(losses(specOf("expert-choice"), everywhere(0, 1))).rejects.toThrow(
      "the router does not say which weights other experts would have",
    );
  });
});

/** tfjs frees nothing by itself: what a step leaves behind is there for ever. */
import { expect, it } from "vitest";
import { tf } from "../../src/engine/tf.ts";
import { evaluationProgram, gradientProgram } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { adamwOptions, createModelMemory } from "../../src/train/model-memory.ts";
import { eager } from "../support/engines.ts";
import { describeRouters, routerCases } from "../support/router-cases.ts";
import { programFeeds, TINY_V, tinySettings } from "../support/tiny.ts";

describeRouters(routerCases, (one) => {
  it("eager steps, evaluations and AdamW leave no tensor behind", async () => {
    const settings = tinySettings({
      router: { name: one.router.name, options: one.options },
      model: { layers: 1, ...one.model },
    });
    const spec = modelSpec(settings, one.router, TINY_V);
    const memory = createModelMemory(eager, spec, { seed: 1 });
    const step = gradientProgram(spec);
    const feeds = { ...programFeeds(step, modelSpec(settings, one.router, TINY_V), 1), ...memory.inputs };
    const [training, evaluation] = [
      await eager.compile(step),
      await eager.compile(evaluationProgram(spec, "causal-eval")),
    ];
    const once = async (): Promise<number> => {
      await training.run(feeds, memory.outputs);
      memory.training.adamw(1, 0.01, adamwOptions(spec));
      memory.advanceState();
      await evaluation.run(feeds);
      return tf.memory().numTensors;
    };
    const first = await once();
    await once();
    expect(await once()).toBe(first);
    // The count does count.
    const kept = tf.scalar(1);
    expect(tf.memory().numTensors).toBe(first + 1);
    kept.dispose();
  });
});

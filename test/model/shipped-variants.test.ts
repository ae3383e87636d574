/** One training step, by the default engine, of every model that a shipped experiment trains, at its own size, from its own start. */
import { readdirSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { loadExperiment } from "../../src/config/load.ts";
import type { Settings } from "../../src/config/settings.ts";
import { canonicalJson } from "../../src/core/json.ts";
import { streamOf } from "../../src/core/streams.ts";
import type { HostTensors } from "../../src/engine/types.ts";
import { gradientProgram, NAMES, trainedNames } from "../../src/model/programs.ts";
import type { Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { createModelMemory } from "../../src/train/model-memory.ts";
import { compiled } from "../support/engines.ts";
import { nativeApi, nativeEngine } from "../support/native-engine.ts";
import { programFeeds } from "../support/tiny.ts";

const V = 256;
/** What `--engine auto` takes here. */
const engine = nativeApi === null ? compiled : nativeEngine({ threads: 1 });
const FILES = readdirSync("experiments").filter((name) => name.endsWith(".json"));
const seen = new Set<string>();
const find = (name: string): Router => shippedRouters.get(name)!;

/** The step of seed 1 on random tokens. */
async function firstStep(settings: Settings): Promise<HostTensors> {
  const spec = modelSpec(settings, find, V);
  const program = gradientProgram(spec);
  const { inputs: start } = createModelMemory(engine, spec, { seed: 1 }); // parameters and the router's state
  const stream = streamOf(1, "tokens");
  const draw = (): Int32Array =>
    Int32Array.from({ length: program.inputs[NAMES.inputs]!.shape[0]! }, () => stream.integer(V));
  const executable = await engine.compile(program);
  const outputs = await executable.run({
    ...programFeeds(program, spec, 1), // for noise
    ...start,
    [NAMES.inputs]: draw(),
    [NAMES.targets]: draw(),
  });
  await executable.dispose();
  return outputs;
}

describe.each(FILES)("%s", (file) => {
  it("every variant takes a step: a loss of about ln 256, and a gradient for all that is trained", async () => {
    const { experiment } = await loadExperiment(`experiments/${file}`, {
      routers: shippedRouters,
      // The tier that has every variant.
      ...(file !== "smoke.json" && { tier: "quick" }),
    });
    for (const { name, settings } of experiment.variants) {
      const { model, router, data } = settings;
      // Weights of losses and the spread of initial weights change no program.
      const key = canonicalJson({
        model: { ...model, init: null },
        router,
        shape: [data.batchSequences, data.sequenceLength],
      });
      if (seen.has(key)) continue;
      seen.add(key);
      const outputs = await firstStep(settings);
      // At the start nothing is known: near ln 256 = 5.545, whatever the model.
      expect(Math.abs(outputs[NAMES.loss]![0]! - Math.log(V)), name).toBeLessThan(0.15);
      for (const parameter of trainedNames(modelSpec(settings, find, V))) {
        const gradient = outputs[NAMES.gradient(parameter)] as Float32Array;
        const norm = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
        expect(Number.isFinite(norm) && norm > 0, `${name}: gradient of ${parameter}: ${norm}`).toBe(true);
      }
    }
  }, 300_000);
});

afterAll(() => expect(seen.size).toBeGreaterThan(20));

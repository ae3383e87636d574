/** A model in training on one of our engines, step by step as `train/train.ts` takes them. */
import { performance } from "node:perf_hooks";
import { trainingBatch } from "../dist/data/batches.js";
import { createCompiledEngine } from "../dist/engine/compiled.js";
import { createEngine } from "../dist/engine/create.js";
import { gradientProgram, NAMES } from "../dist/model/programs.js";
import { modelSpec } from "../dist/model/spec.js";
import { shippedRouters } from "../dist/routers/index.js";
import { stepFeeds } from "../dist/train/feeds.js";
import { adamwOptions, createModelMemory } from "../dist/train/model-memory.js";
import { corpusOf, readCase } from "./case.mjs";

/**
 * Compiles a case's step and draws its initial weights.
 * @param {{ peer: string, threads: number, folder: string, profilePrefix?: string }} options
 */
export async function prepareTraining({ peer, threads, folder, profilePrefix }) {
  const described = readCase(folder);
  const { settings, vocabulary, batches, learningRate } = described;
  const router = shippedRouters.get(settings.router.name);
  const corpus = corpusOf(described);
  const spec = modelSpec(settings, router, vocabulary);
  const engine =
    profilePrefix === undefined
      ? await createEngine(peer, { threads })
      : createCompiledEngine({ threads, profilePrefix });
  const started = performance.now();
  const executable = await engine.compile(gradientProgram(spec));
  const compile_ms = ["native", "compiled"].includes(peer) ? performance.now() - started : null;
  const options = adamwOptions(spec);
  let model;
  const reset = (seed) => {
    const memory = createModelMemory(engine, spec, seed, null);
    model = { seed, memory, into: memory.outputs, done: 0 };
  };
  reset(described.seed);

  const step = async () => {
    const { seed, memory } = model;
    const index = model.done % batches;
    const batch = trainingBatch(corpus, settings.data, seed, index);
    const inputs = {
      ...memory.inputs,
      ...stepFeeds(spec, batch, seed, index),
    };
    model.into = await executable.run(inputs, model.into);
    model.done += 1;
    const gradient_norm = memory.training.adamw(model.done, learningRate, options);
    memory.advanceState();
    return {
      loss: model.into[NAMES.loss][0],
      balance: meanOf(model.into[NAMES.balance]),
      z: meanOf(model.into[NAMES.z]),
      gradient_norm,
    };
  };
  return {
    about: { compile_ms, versions: engine.versions, passes: engine.passes },
    reset,
    step,
    dispose: () => executable.dispose(),
  };
}

function meanOf(values) {
  if (values === undefined) return null;
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

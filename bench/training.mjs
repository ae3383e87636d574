/** A model in training on one of our engines, step by step as `train/train.ts` takes them. */
import { performance } from "node:perf_hooks";
import { trainingBatch } from "../dist/data/batches.js";
import { createCompiledEngine } from "../dist/engine/compiled.js";
import { createEngine } from "../dist/engine/create.js";
import { gradientProgram, NAMES } from "../dist/model/programs.js";
import { modelSpec } from "../dist/model/spec.js";
import { stepFeeds } from "../dist/train/feeds.js";
import { adamwOptions, createModelMemory } from "../dist/train/model-memory.js";
import { corpusOf, readCase, routerNamed } from "./case.mjs";

/**
 * @import { EngineName, HostArray } from "../dist/engine/types.js"
 * @import { Served } from "./protocol.mjs"
 */

/**
 * Compiles a case's step and draws its initial weights.
 * @param {{ peer: EngineName, threads: number, folder: string, profilePrefix?: string | undefined }} options
 * @returns {Promise<Served>}
 */
export async function prepareTraining({ peer, threads, folder, profilePrefix }) {
  const described = readCase(folder);
  const { settings, vocabulary, batches, learningRate } = described;
  const corpus = corpusOf(described);
  const spec = modelSpec(settings, routerNamed(settings.router.name), vocabulary);
  const engine =
    profilePrefix === undefined
      ? await createEngine(peer, { threads })
      : createCompiledEngine({ threads, profilePrefix });
  const started = performance.now();
  const executable = await engine.compile(gradientProgram(spec));
  const compile_ms = ["native", "compiled"].includes(peer) ? performance.now() - started : null;
  const options = adamwOptions(spec);
  /** @param {number} seed */
  const begin = (seed) => {
    const memory = createModelMemory(engine, spec, { seed });
    return { seed, memory, into: memory.outputs, done: 0 };
  };
  let model = begin(described.seed);

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
      loss: meanOf(model.into[NAMES.loss]),
      balance: meanOf(model.into[NAMES.balance]),
      z: meanOf(model.into[NAMES.z]),
      gradient_norm,
    };
  };
  return {
    about: { compile_ms, versions: { ...engine.versions }, passes: [...engine.passes] },
    reset: (seed) => {
      model = begin(seed);
    },
    step,
    dispose: () => executable.dispose(),
  };
}

/**
 * @param {HostArray | undefined} values
 * @returns {number | null} null where the model has no such output
 */
function meanOf(values) {
  if (values === undefined) return null;
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

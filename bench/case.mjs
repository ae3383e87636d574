/**
 * A case: one model with its weights and batches, written to a folder that every peer reads. PyTorch takes the weights
 * from there; our engines draw the same ones from the same streams, as in a run.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULTS } from "../dist/config/defaults.js";
import { streamOf } from "../dist/core/streams.js";
import { trainingBatch } from "../dist/data/batches.js";
import { initialParameters } from "../dist/model/parameters.js";
import { modelSpec } from "../dist/model/spec.js";
import { shippedRouters } from "../dist/routers/index.js";
import { encodeSafetensors } from "../dist/store/safetensors.js";
import { flopsOf, multipliesOf } from "./sizes.mjs";

/**
 * @import { Settings } from "../dist/config/settings.js"
 * @import { Batch, Corpus } from "../dist/data/types.js"
 * @import { HostArray } from "../dist/engine/types.js"
 * @import { Router } from "../dist/model/router.js"
 * @import { Multiply, Size } from "./sizes.mjs"
 */
/**
 * What a case is of: a model of some size with a router, by name and with options.
 * @typedef {{ size: Size, router: string, routerOptions?: object | undefined }} CaseModel
 */
/**
 * What peers read in a case's folder.
 * @typedef {{ settings: Settings, vocabulary: number, seed: number, batches: number, learningRate: number,
 *   multiplies: readonly Multiply[] }} CaseDescription
 */
/**
 * A case that was written: its folder, the model's parameters, FLOPs and tokens of a step.
 * @typedef {{ folder: string, parameters: number, flops: number, tokens: number }} WrittenCase
 */

/** Different batches; later steps take them again. */
const BATCHES = 32;
const SEED = 1;
const LEARNING_RATE = 1e-3;

/**
 * Writes a case into a new folder.
 * @param {string} parent the folder that it is made in
 * @param {string} name
 * @param {CaseModel} model
 * @returns {WrittenCase} what the parent needs of it
 */
export function writeCase(parent, name, model) {
  const { size } = model;
  const folder = join(parent, name);
  mkdirSync(folder);
  const settings = settingsOf(model);
  const multiplies = multipliesOf(size, model.router);
  const description = {
    settings,
    vocabulary: size.vocabulary,
    seed: SEED,
    batches: BATCHES,
    learningRate: LEARNING_RATE,
    multiplies,
  };
  writeFileSync(join(folder, "case.json"), JSON.stringify(description));
  const parameters = writeWeights(join(folder, "weights.safetensors"), description);
  const corpus = corpusOf(description);
  const batches = Array.from({ length: BATCHES }, (_, step) =>
    trainingBatch(corpus, settings.data, SEED, step),
  );
  writeBatches(join(folder, "batches.bin"), batches);
  return { folder, parameters, flops: flopsOf(multiplies), tokens: size.sequences * size.positions };
}

/**
 * Reads a case's description.
 * @param {string} folder
 * @returns {CaseDescription}
 */
export function readCase(folder) {
  return /** @type {CaseDescription} */ (JSON.parse(readFileSync(join(folder, "case.json"), "utf8")));
}

/**
 * Bytes drawn at random, so that routing is spread as at the start of training.
 * @param {Pick<CaseDescription, "vocabulary" | "seed">} description
 * @returns {Corpus}
 */
export function corpusOf({ vocabulary, seed }) {
  const stream = streamOf(seed, "bench");
  const bytes = Uint8Array.from({ length: 1 << 16 }, () => stream.integer(vocabulary));
  const splits = { train: bytes, validation: bytes, test: bytes };
  const documents = { train: 1, validation: 1, test: 1 };
  const unknown = { sources: [], repeated: [], task: null, overlap: null };
  const domains = [{ name: "random", weight: 1, validationWeight: 1, splits, documents, ...unknown }];
  return { domains, vocabulary, labelCount: 1, tokenizer: null, hash: "" };
}

/**
 * A shipped router.
 * @param {string} name
 * @returns {Router}
 * @throws {Error} where there is none of that name
 */
export function routerNamed(name) {
  const router = shippedRouters.get(name);
  if (router === undefined) throw new Error(`no router is called ${name}`);
  return router;
}

/**
 * The product's default settings at a size.
 * @param {CaseModel} model
 * @returns {Settings}
 */
export function settingsOf({ size, router, routerOptions = {} }) {
  const { width, layers, heads, experts, topK, expertWidth, sequences, positions } = size;
  return {
    ...DEFAULTS,
    model: { ...DEFAULTS.model, width, layers, heads, experts, topK, expertWidth },
    router: { name: router, options: routerNamed(router).options.parse(routerOptions) },
    data: { ...DEFAULTS.data, batchSequences: sequences, sequenceLength: positions },
  };
}

/**
 * Writes the initial weights, as a run draws them.
 * @param {string} file
 * @param {CaseDescription} description
 * @returns {number} how many numbers they are
 */
function writeWeights(file, { settings, vocabulary, seed }) {
  const specs = modelSpec(settings, routerNamed(settings.router.name), vocabulary).parameters;
  const values = initialParameters(specs, settings, seed);
  const tensors = Object.fromEntries(
    Object.entries(specs).map(([key, { shape }]) => {
      const array = values[key];
      if (array === undefined) throw new Error(`${key} has no initial values`);
      return [key, { shape, values: array }];
    }),
  );
  writeFileSync(file, encodeSafetensors({ tensors, metadata: {} }));
  return Object.values(values).reduce((sum, array) => sum + array.length, 0);
}

/**
 * Writes batches as int32 [batches, inputs and targets, S].
 * @param {string} file
 * @param {readonly Batch[]} batches
 */
function writeBatches(file, batches) {
  writeFileSync(
    file,
    Buffer.concat(batches.flatMap(({ inputs, targets }) => [bytesOf(inputs), bytesOf(targets)])),
  );
}

/** @param {HostArray} array */
function bytesOf(array) {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

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

/** Different batches; later steps take them again. */
const BATCHES = 32;
const SEED = 1;
const LEARNING_RATE = 1e-3;

/** Writes a case into a new folder below `parent`. Returns what the parent needs of it. */
export function writeCase(parent, name, size, routerName, routerOptions = {}) {
  const folder = join(parent, name);
  mkdirSync(folder);
  const settings = settingsOf(size, routerName, routerOptions);
  const router = shippedRouters.get(routerName);
  const multiplies = multipliesOf(size, routerName);
  const description = {
    settings,
    vocabulary: size.vocabulary,
    seed: SEED,
    batches: BATCHES,
    learningRate: LEARNING_RATE,
    multiplies,
  };
  writeFileSync(join(folder, "case.json"), JSON.stringify(description));
  const specs = modelSpec(settings, router, size.vocabulary).parameters;
  const values = initialParameters(specs, settings, SEED);
  const tensors = Object.fromEntries(
    Object.entries(values).map(([key, array]) => [key, { shape: specs[key].shape, values: array }]),
  );
  writeFileSync(join(folder, "weights.safetensors"), encodeSafetensors({ tensors, metadata: {} }));
  const corpus = corpusOf(description);
  const batches = Array.from({ length: BATCHES }, (_, step) =>
    trainingBatch(corpus, settings.data, SEED, step),
  );
  // int32 [batches, inputs and targets, S]
  writeFileSync(
    join(folder, "batches.bin"),
    Buffer.concat(batches.flatMap(({ inputs, targets }) => [bytesOf(inputs), bytesOf(targets)])),
  );
  const parameters = Object.values(values).reduce((sum, array) => sum + array.length, 0);
  return { folder, parameters, flops: flopsOf(multiplies), tokens: size.sequences * size.positions };
}

/** Reads a case's description. */
export function readCase(folder) {
  return JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
}

/** Bytes drawn at random, so that routing is spread as at the start of training. */
export function corpusOf({ vocabulary, seed }) {
  const stream = streamOf(seed, "bench");
  const bytes = Uint8Array.from({ length: 1 << 16 }, () => stream.integer(vocabulary));
  const splits = { train: bytes, validation: bytes, test: bytes };
  const documents = { train: 1, validation: 1, test: 1 };
  const unknown = { sources: [], repeated: [], task: null, overlap: null };
  const domains = [{ name: "random", weight: 1, validationWeight: 1, splits, documents, ...unknown }];
  return { domains, vocabulary, labelCount: 1, tokenizer: null, hash: "" };
}

/** The product's default settings at a size. */
function settingsOf(size, routerName, routerOptions) {
  const { width, layers, heads, experts, topK, expertWidth, sequences, positions } = size;
  const router = shippedRouters.get(routerName);
  return {
    ...DEFAULTS,
    model: { ...DEFAULTS.model, width, layers, heads, experts, topK, expertWidth },
    router: { name: routerName, options: router.options.parse(routerOptions) },
    data: { ...DEFAULTS.data, batchSequences: sequences, sequenceLength: positions },
  };
}

function bytesOf(array) {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Small models with fixed weights that are exported for transformers; test/fixtures/transformers/make.py opens them. */
import type { Settings } from "../../src/config/settings.ts";
import { streamOf } from "../../src/core/streams.ts";
import { toOlmoe } from "../../src/model/olmoe.ts";
import type { Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { olmoeFiles, type OlmoeFiles } from "../../src/store/olmoe-files.ts";
import type { CheckpointTensor } from "../../src/train/types.ts";
import { TINY_V, tinySettings } from "./tiny.ts";

/** A model to export. */
export interface OlmoeCase {
  readonly name: string;
  /** V. */
  readonly vocabulary: number;
  readonly settings: Settings;
  readonly router: Router;
  readonly parameters: Readonly<Record<string, CheckpointTensor>>;
  /** [B * T], from 0 to V - 1. */
  readonly tokens: Int32Array;
}

/** The epsilon and the base are far from their defaults, so that a config that forgets them shows. */
const FAR = { normEps: 0.01, rotaryBase: 50, expertWidth: 12 };

export const olmoeCases: readonly OlmoeCase[] = [
  olmoeCase("renormalised", { renormalise: true, frozen: false }, FAR),
  olmoeCase("not-renormalised", { renormalise: false, frozen: false }, FAR),
  // Other sizes, and the head that is the embedding.
  olmoeCase(
    "tied",
    { renormalise: false, frozen: true },
    { layers: 1, heads: 1, experts: 5, topK: 3, expertWidth: 4, tiedEmbeddings: true },
  ),
];

/** One of bytes, in sequences of 64. */
export const bytesCase: OlmoeCase = olmoeCase(
  "bytes",
  { renormalise: true, frozen: false },
  { expertWidth: 12 },
  { vocabulary: 256, data: { sequenceLength: 64 } },
);

/** The files of a case. */
export function olmoeCaseFiles({ name, vocabulary, settings, router, parameters }: OlmoeCase): OlmoeFiles {
  const model = toOlmoe(settings, modelSpec(settings, router, vocabulary).router, parameters, name);
  return olmoeFiles(model, { runId: name, step: 0 }, null);
}

function olmoeCase(
  name: string,
  options: { renormalise: boolean; frozen: boolean },
  model: Partial<Settings["model"]>,
  { vocabulary = TINY_V, data = {} }: { vocabulary?: number; data?: Partial<Settings["data"]> } = {},
): OlmoeCase {
  const router = shippedRouters.get("linear")!;
  const settings = tinySettings({ router: { name: router.name, options }, model, data });
  const { batchSequences: B, sequenceLength: T } = settings.data;
  const stream = streamOf(0, "tokens");
  const tokens = Int32Array.from({ length: B * T }, () => stream.integer(vocabulary));
  const parameters = fixedWeights(settings, router, vocabulary);
  return { name, vocabulary, settings, router, parameters, tokens };
}

/** Thousandths between -0.6 and 0.6, around 1 for gains: integers decide them, so any machine has the same bits. */
function fixedWeights(
  settings: Settings,
  router: Router,
  vocabulary: number,
): Record<string, CheckpointTensor> {
  return Object.fromEntries(
    Object.entries(modelSpec(settings, router, vocabulary).parameters).map(([name, { shape, initial }]) => {
      const stream = streamOf(0, "weights", name);
      const draw = (): number => (stream.integer(1201) - 600 + 1000 * initial) / 1000;
      const size = shape.reduce((product, extent) => product * extent, 1);
      return [name, { shape, values: Float32Array.from({ length: size }, draw) }];
    }),
  );
}

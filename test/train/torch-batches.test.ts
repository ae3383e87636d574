/** Which text a training batch holds, against the independent implementation (test/fixtures/torch/make.py). */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { trainingBatch } from "../../src/data/batches.ts";
import type { Corpus } from "../../src/data/types.ts";

const { batches, seed } = JSON.parse(readFileSync("test/fixtures/torch/initial.json", "utf8")) as {
  readonly seed: number;
  readonly batches: {
    readonly B: number;
    readonly T: number;
    readonly domains: readonly { readonly name: string; readonly weight: number; readonly tokens: number }[];
    /** [domain, offset] of each sequence, by step. */
    readonly places: Record<string, readonly (readonly [number, number])[]>;
  };
};

/** Random bytes: 16 in a row stand at one place only, but for odds of 1 in 2^100. */
const corpus: Corpus = {
  domains: batches.domains.map(({ name, weight, tokens }) => {
    const stream = streamOf(0, "bytes", name);
    const train = Uint8Array.from({ length: tokens }, () => stream.integer(256));
    return {
      name,
      weight,
      validationWeight: weight,
      splits: { train, validation: new Uint8Array(0), test: new Uint8Array(0) },
      sources: [],
      repeated: [],
      task: null,
      overlap: null,
      documents: { train: 1, validation: 0, test: 0 },
    };
  }),
  vocabulary: 256,
  labelCount: 1,
  tokenizer: null,
  hash: "",
};

it.each(Object.entries(batches.places))("step %s", (step, places) => {
  const { B, T } = batches;
  const batch = trainingBatch(
    corpus,
    { batchSequences: B, sequenceLength: T, fimRate: 0, fimSpm: 0.5 },
    seed,
    Number(step),
  );
  expect(places).toHaveLength(B);
  places.forEach(([domain, offset], row) => {
    const text = corpus.domains[domain]!.splits.train;
    const slice = (tokens: Int32Array): number[] => Array.from(tokens.subarray(row * T, (row + 1) * T));
    expect(slice(batch.inputs)).toEqual(Array.from(text.subarray(offset, offset + T)));
    expect(slice(batch.targets)).toEqual(Array.from(text.subarray(offset + 1, offset + T + 1)));
  });
});

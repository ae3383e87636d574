import type { DataSettings } from "../config/settings.ts";
import { streamOf } from "../core/streams.ts";
import type { Batch, Corpus, DomainTokens, EvaluationBatch, Split } from "./types.ts";

type BatchShape = Pick<DataSettings, "sequenceLength" | "batchSequences">;

/**
 * The training batch of a step: [B, T] inputs and the tokens that follow them. A function of seed and step alone, so
 * that variants at one seed see equal batches and a resumed run goes on with the right one (docs/model.md, Batches).
 * @param step from 0.
 * @throws Error when a drawn domain has no T + 1 training tokens (`textProblems` finds that before).
 */
export function trainingBatch(corpus: Corpus, data: BatchShape, seed: number, step: number): Batch {
  const { sequenceLength, batchSequences } = data;
  const stream = streamOf(seed, "batches", step);
  const batch = emptyBatch(data);
  for (let row = 0; row < batchSequences; row++) {
    const domain = pickDomain(corpus.domains, stream.uniform());
    const tokens = domain.splits.train;
    if (tokens.length <= sequenceLength) {
      throw new Error(
        `domain "${domain.name}" has ${tokens.length} training tokens, needs ${sequenceLength + 1}`,
      );
    }
    fillRow(batch, row, tokens, stream.integer(tokens.length - sequenceLength), sequenceLength);
  }
  return batch;
}

/**
 * Batches of `split` on which every run is judged alike: n_d = max(1, round(w_d * tokens / (B * T))) batches of each
 * domain, w_d its validation weight, from windows without overlap spread evenly over its stream (docs/model.md, Validation).
 * @throws Error when a domain has fewer windows than that (`textProblems` finds that before).
 */
export function evaluationBatches(
  corpus: Corpus,
  data: BatchShape,
  split: Split,
  tokens: number,
): readonly EvaluationBatch[] {
  const { sequenceLength, batchSequences } = data;
  return corpus.domains.flatMap((domain) => {
    const stream = domain.splits[split];
    const { windows, wanted } = evaluationWindows(domain, data, split, tokens);
    if (windows < wanted) {
      throw new Error(
        `domain "${domain.name}" has ${windows} windows of ${sequenceLength} ${split} tokens, needs ${wanted}`,
      );
    }
    return Array.from({ length: wanted / batchSequences }, (_, index) => {
      const batch = emptyBatch(data);
      for (let row = 0; row < batchSequences; row++) {
        const window = Math.floor(((index * batchSequences + row) * windows) / wanted);
        fillRow(batch, row, stream, window * sequenceLength, sequenceLength);
      }
      return { domain: domain.name, ...batch };
    });
  });
}

/** Windows of T tokens without overlap that a domain's split has, and how many an evaluation on `tokens` uses. */
export function evaluationWindows(
  domain: DomainTokens,
  data: BatchShape,
  split: Split,
  tokens: number,
): { readonly windows: number; readonly wanted: number } {
  const { sequenceLength, batchSequences } = data;
  const batches = Math.max(
    1,
    Math.round((domain.validationWeight * tokens) / (batchSequences * sequenceLength)),
  );
  const windows = Math.max(0, Math.floor((domain.splits[split].length - 1) / sequenceLength));
  return { windows, wanted: batches * batchSequences };
}

/** The first domain whose cumulated weight exceeds u; the last one where rounding leaves the sum below u. */
function pickDomain(domains: readonly DomainTokens[], u: number): DomainTokens {
  let cumulated = 0;
  for (const domain of domains) {
    cumulated += domain.weight;
    if (cumulated > u) return domain;
  }
  const last = domains.at(-1);
  if (last === undefined) throw new Error("a corpus without domains has no batches");
  return last;
}

function emptyBatch({ sequenceLength, batchSequences }: BatchShape): Batch {
  const size = batchSequences * sequenceLength;
  return { inputs: new Int32Array(size), targets: new Int32Array(size) };
}

function fillRow(batch: Batch, row: number, tokens: Uint8Array, offset: number, length: number): void {
  batch.inputs.set(tokens.subarray(offset, offset + length), row * length);
  batch.targets.set(tokens.subarray(offset + 1, offset + length + 1), row * length);
}

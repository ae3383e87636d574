import type { DataSettings } from "../config/settings.ts";
import { streamOf } from "../core/streams.ts";
import type { Batch, Corpus, DomainTokens, EvaluationBatch, Split } from "./types.ts";

type BatchShape = Pick<DataSettings, "sequenceLength" | "batchSequences">;

/** Where a sequence of a batch comes from. */
interface Source {
  readonly domain: DomainTokens;
  /** Its place in the corpus. */
  readonly place: number;
  readonly split: Split;
  /** Of its first token in the domain's. */
  readonly offset: number;
}

/**
 * The training batch of a step: [B, T] inputs, the tokens that follow them, and labels. A function of seed and step alone, so
 * that variants at one seed see equal batches and a resumed run goes on with the right one (docs/model.md, Batches).
 * @param step from 0.
 * @throws Error when a drawn domain has no T + 1 training tokens (`textProblems` finds that before).
 */
export function trainingBatch(corpus: Corpus, data: BatchShape, seed: number, step: number): Batch {
  const { sequenceLength, batchSequences } = data;
  const stream = streamOf(seed, "batches", step);
  const batch = emptyBatch(data);
  for (let row = 0; row < batchSequences; row++) {
    const { domain, place } = pickDomain(corpus.domains, stream.uniform());
    const { length } = domain.splits.train;
    if (length <= sequenceLength) {
      throw new Error(`domain "${domain.name}" has ${length} training tokens, needs ${sequenceLength + 1}`);
    }
    const offset =
      domain.task === null
        ? stream.integer(length - sequenceLength)
        : stream.integer(countSequences(domain, "train", sequenceLength)) * (sequenceLength + 1);
    fillRow(batch, row, sequenceLength, { domain, place, split: "train", offset });
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
  return corpus.domains.flatMap((domain, place) => {
    const offsets = evaluationOffsets(domain, data, split, tokens);
    return Array.from({ length: offsets.length / batchSequences }, (_, index) => {
      const batch = emptyBatch(data);
      for (let row = 0; row < batchSequences; row++) {
        const offset = offsets[index * batchSequences + row] ?? 0;
        fillRow(batch, row, sequenceLength, { domain, place, split, offset });
      }
      return { domain: domain.name, ...batch };
    });
  });
}

/**
 * Where the windows begin in a domain's stream on which an evaluation on `tokens` judges: every one, in order.
 * @throws Error as `evaluationBatches` does.
 */
export function evaluationOffsets(
  domain: DomainTokens,
  data: BatchShape,
  split: Split,
  tokens: number,
): readonly number[] {
  const { windows, wanted } = evaluationWindows(domain, data, split, tokens);
  if (windows < wanted) {
    throw new Error(
      `domain "${domain.name}" has ${windows} windows of ${data.sequenceLength} ${split} tokens, needs ${wanted}`,
    );
  }
  const stride = data.sequenceLength + (domain.task === null ? 0 : 1);
  return Array.from({ length: wanted }, (_, index) => Math.floor((index * windows) / wanted) * stride);
}

/**
 * Windows of T tokens without overlap that a domain's split has (of a task: its sequences), and how many an evaluation on
 * `tokens` uses.
 */
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
  const windows =
    domain.task === null
      ? Math.max(0, Math.floor((domain.splits[split].length - 1) / sequenceLength))
      : countSequences(domain, split, sequenceLength);
  return { windows, wanted: batches * batchSequences };
}

/**
 * The most tokens up to `tokens` on which a split can be judged: all of them, or as many as the domain that is shortest of text has windows for.
 * Null where a domain has not one batch.
 */
export function tokensThatFit(corpus: Corpus, data: BatchShape, split: Split, tokens: number): number | null {
  const shareOf = (asked: number): number => {
    const shares = corpus.domains.map((domain) => {
      const { windows, wanted } = evaluationWindows(domain, data, split, asked);
      return windows / wanted;
    });
    return Math.min(1, ...shares);
  };
  const share = shareOf(tokens);
  // Rounding to whole batches may still ask for a window too many: one batch less of all then.
  const batch = data.sequenceLength * data.batchSequences;
  const candidates = share === 1 ? [tokens] : [share * tokens, share * tokens - batch, 1];
  return candidates.find((asked) => asked > 0 && shareOf(asked) === 1) ?? null;
}

/** Whole sequences of a task. @throws Error where they are of another length than those asked for. */
function countSequences({ name, splits, task }: DomainTokens, split: Split, sequenceLength: number): number {
  if (task?.sequenceTokens !== sequenceLength + 1) {
    throw new Error(`the sequences of task "${name}" were not drawn for ${sequenceLength} inputs`);
  }
  return splits[split].length / task.sequenceTokens;
}

/** The first domain whose cumulated weight exceeds u; the last one where rounding leaves the sum below u. */
function pickDomain(domains: readonly DomainTokens[], u: number): Pick<Source, "domain" | "place"> {
  let cumulated = 0;
  for (const [place, domain] of domains.entries()) {
    cumulated += domain.weight;
    if (cumulated > u) return { domain, place };
  }
  const last = domains.at(-1);
  if (last === undefined) throw new Error("a corpus without domains has no batches");
  return { domain: last, place: domains.length - 1 };
}

function emptyBatch({ sequenceLength, batchSequences }: BatchShape): Batch {
  const size = batchSequences * sequenceLength;
  return { inputs: new Int32Array(size), targets: new Int32Array(size), labels: new Int32Array(size) };
}

function fillRow(
  { inputs, targets, labels }: Batch,
  row: number,
  length: number,
  { domain, place, split, offset }: Source,
): void {
  const tokens = domain.splits[split];
  const start = row * length;
  inputs.set(tokens.subarray(offset, offset + length), start);
  targets.set(tokens.subarray(offset + 1, offset + length + 1), start);
  if (domain.task === null) labels.fill(place, start, start + length);
  else labels.set(domain.task.labels[split].subarray(offset, offset + length), start);
}

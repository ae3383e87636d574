import type { DataSettings } from "../config/settings.ts";
import { streamOf, type Stream } from "../core/streams.ts";
import { rearranged, SENTINELS, sentinelsOf, type FimSettings } from "./fill-in-the-middle.ts";
import type { Tokens } from "./tokens.ts";
import type { Batch, Corpus, DomainTokens, EvaluationBatch, Split } from "./types.ts";

type BatchShape = Pick<DataSettings, "sequenceLength" | "batchSequences">;

/** How a training batch is drawn. */
interface TrainingShape extends BatchShape, FimSettings {
  /** Rows 2i and 2i + 1 are a prompt with its chosen and with a rejected answer. */
  readonly inPairs?: boolean;
}

/** Where a sequence of a batch comes from: T + 1 tokens in a row, with what is known of each. */
interface Source {
  readonly tokens: Tokens;
  /** Of the first token. */
  readonly offset: number;
  /** Of each token, or one for all. */
  readonly labels: Uint8Array | number;
  /** 1 where a token is of an answer. */
  readonly mask?: Uint8Array | undefined;
}

/** A domain, and its place in the corpus. */
interface Placed {
  readonly domain: DomainTokens;
  readonly place: number;
}

/**
 * The training batch of a step: [B, T] inputs, the tokens that follow them, and labels. A function of seed and step alone, so
 * that variants at one seed see equal batches and a resumed run goes on with the right one (docs/model.md, Batches). Text may have its middle
 * moved to the end (fill-in-the-middle.ts).
 * @param step from 0.
 * @throws Error when a drawn domain has no T + 1 training tokens (`textProblems` finds that before).
 */
export function trainingBatch(corpus: Corpus, data: TrainingShape, seed: number, step: number): Batch {
  const { sequenceLength, batchSequences, inPairs = false } = data;
  const stream = streamOf(seed, "batches", step);
  const fill = middleFilling(corpus, data, streamOf(seed, "fill-in-the-middle", step));
  const batch = emptyBatch(corpus, data);
  for (let row = 0; row < batchSequences;) {
    const placed = pickDomain(corpus.domains, stream.uniform());
    const drawn = inPairs
      ? drawPair(placed, sequenceLength, stream)
      : [drawSequence(placed, sequenceLength, stream)];
    for (const source of drawn) {
      fillRow(batch, row, sequenceLength, fill(source, row));
      row += 1;
    }
  }
  return batch;
}

/**
 * Sequences of text, some with their middle moved to the end. A stream of its own: the setting moves no other number.
 * @returns the sequence of a row as it is to be trained on.
 */
function middleFilling(
  { tokenizer }: Pick<Corpus, "tokenizer">,
  { sequenceLength, fimRate, fimSpm }: TrainingShape,
  stream: Stream,
): (source: Source, row: number) => Source {
  if (tokenizer === null || fimRate === 0) return (source) => source;
  const sentinels = sentinelsOf(tokenizer);
  return (source, row) => {
    if (stream.uniform() >= fimRate) return source;
    const { tokens, offset } = source;
    const window = tokens.subarray(offset, offset + sequenceLength + 1 - SENTINELS);
    return { ...source, tokens: rearranged(window, sentinels, fimSpm, stream.fork(row)), offset: 0 };
  };
}

function drawSequence(placed: Placed, sequenceLength: number, stream: Stream): Source {
  const { domain } = placed;
  const { length } = domain.splits.train;
  if (length <= sequenceLength) {
    throw new Error(`domain "${domain.name}" has ${length} training tokens, needs ${sequenceLength + 1}`);
  }
  const offset =
    sequenceTokensOf(domain) === null
      ? stream.integer(length - sequenceLength)
      : stream.integer(countSequences(domain, "train", sequenceLength)) * (sequenceLength + 1);
  return sourceOf(placed, "train", offset);
}

/** A chosen answer, and the rejected one that is to stand in the row below. */
function drawPair(placed: Placed, sequenceLength: number, stream: Stream): readonly Source[] {
  const pairs = placed.domain.answers?.pairs.train;
  if (pairs === undefined || pairs.chosen.length === 0) {
    throw new Error(`domain "${placed.domain.name}" has no pairs of answers`);
  }
  return pairSources(placed, "train", stream.integer(pairs.chosen.length), sequenceLength);
}

/** The two sequences of a pair, by its number. @throws Error where the domain has no pairs */
function pairSources(
  placed: Placed,
  split: Split,
  pair: number,
  sequenceLength: number,
): readonly [chosen: Source, rejected: Source] {
  const pairs = placed.domain.answers?.pairs[split];
  if (pairs === undefined) throw new Error(`domain "${placed.domain.name}" has no pairs of answers`);
  const chosen = (pairs.chosen[pair] ?? 0) * (sequenceLength + 1);
  const rejected = { tokens: pairs.tokens, mask: pairs.mask, offset: pair * (sequenceLength + 1) };
  return [sourceOf(placed, split, chosen), { ...rejected, labels: placed.place }];
}

function sourceOf({ domain, place }: Placed, split: Split, offset: number): Source {
  const labels = domain.task === null ? place : domain.task.labels[split];
  return { tokens: domain.splits[split], offset, labels, mask: domain.answers?.mask[split] };
}

/** T + 1 where a domain is made of whole sequences; null for text, which is cut anywhere. */
function sequenceTokensOf({ task, answers }: DomainTokens): number | null {
  return (task ?? answers)?.sequenceTokens ?? null;
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
  return corpus.domains.flatMap((domain, place) => {
    const offsets = evaluationOffsets(domain, data, split, tokens);
    const rows = offsets.map((offset) => sourceOf({ domain, place }, split, offset));
    return filledBatches(corpus, data, rows).map((batch) => ({ domain: domain.name, ...batch }));
  });
}

/** Batches of B rows each, in order. */
function filledBatches(corpus: Corpus, data: BatchShape, rows: readonly Source[]): readonly Batch[] {
  const { sequenceLength, batchSequences } = data;
  return Array.from({ length: rows.length / batchSequences }, (_, index) => {
    const batch = emptyBatch(corpus, data);
    const own = rows.slice(index * batchSequences, (index + 1) * batchSequences);
    for (const [row, source] of own.entries()) fillRow(batch, row, sequenceLength, source);
    return batch;
  });
}

/**
 * Batches of pairs, rows as those of a training batch in pairs, on which every run that learns pairs is judged alike: as many batches of
 * each domain as `evaluationBatches` has, from pairs spread evenly.
 * @throws Error when a domain has fewer pairs than that.
 */
export function evaluationPairs(
  corpus: Corpus,
  data: BatchShape,
  split: Split,
  tokens: number,
): readonly EvaluationBatch[] {
  return corpus.domains.flatMap((domain, place) => {
    const { wanted } = evaluationWindows(domain, data, split, tokens);
    const pairs = domain.answers?.pairs[split].chosen.length ?? 0;
    if (pairs < wanted / 2)
      throw new Error(`domain "${domain.name}" has ${pairs} ${split} pairs, needs ${wanted / 2}`);
    const rows = Array.from({ length: wanted / 2 }, (_, index) => {
      const pair = Math.floor((2 * index * pairs) / wanted);
      return pairSources({ domain, place }, split, pair, data.sequenceLength);
    });
    return filledBatches(corpus, data, rows.flat()).map((batch) => ({ domain: domain.name, ...batch }));
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
  const stride = data.sequenceLength + (sequenceTokensOf(domain) === null ? 0 : 1);
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
    sequenceTokensOf(domain) === null
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
function countSequences(domain: DomainTokens, split: Split, sequenceLength: number): number {
  if (sequenceTokensOf(domain) !== sequenceLength + 1) {
    throw new Error(`the sequences of task "${domain.name}" were not drawn for ${sequenceLength} inputs`);
  }
  return domain.splits[split].length / (sequenceLength + 1);
}

/** The first domain whose cumulated weight exceeds u; the last one where rounding leaves the sum below u. */
function pickDomain(domains: readonly DomainTokens[], u: number): Placed {
  let cumulated = 0;
  for (const [place, domain] of domains.entries()) {
    cumulated += domain.weight;
    if (cumulated > u) return { domain, place };
  }
  const last = domains.at(-1);
  if (last === undefined) throw new Error("a corpus without domains has no batches");
  return { domain: last, place: domains.length - 1 };
}

function emptyBatch({ domains }: Corpus, { sequenceLength, batchSequences }: BatchShape): Batch {
  const size = batchSequences * sequenceLength;
  const hasAnswers = domains.some(({ answers }) => answers !== undefined);
  return {
    inputs: new Int32Array(size),
    targets: new Int32Array(size),
    labels: new Int32Array(size),
    ...(hasAnswers && { weights: new Float32Array(size) }),
  };
}

function fillRow(
  { inputs, targets, labels, weights }: Batch,
  row: number,
  length: number,
  { tokens, offset, labels: known, mask }: Source,
): void {
  const start = row * length;
  inputs.set(tokens.subarray(offset, offset + length), start);
  targets.set(tokens.subarray(offset + 1, offset + length + 1), start);
  if (typeof known === "number") labels.fill(known, start, start + length);
  else labels.set(known.subarray(offset, offset + length), start);
  if (mask !== undefined) weights?.set(mask.subarray(offset + 1, offset + length + 1), start);
}

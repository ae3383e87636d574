import type { Corpus, EvaluationBatch } from "./types.ts";

/**
 * The loss of a whole evaluation: the sum over domains of validation weight times the domain's mean loss.
 * @param meanLossNats mean loss of each domain, nats per token, by domain name.
 * @returns nats per token.
 * @throws Error when a domain's loss is missing.
 */
export function weightedLoss(corpus: Corpus, meanLossNats: Readonly<Record<string, number>>): number {
  return corpus.domains.reduce((sum, { name, validationWeight }) => {
    const loss = meanLossNats[name];
    if (loss === undefined) throw new Error(`there is no loss of domain "${name}"`);
    return sum + validationWeight * loss;
  }, 0);
}

/**
 * The loss of a whole evaluation in bits per byte of text, which compares across tokenizers: each domain's nats a token by the
 * mean bytes of the tokens that it predicted, weighted as in `weightedLoss`, over ln 2. So a domain weighs alike whatever the
 * tokens are. Where a token is a byte, and for synthetic tasks, this is `weightedLoss` / ln 2.
 * @param batches what was evaluated.
 */
export function bitsPerByte(
  corpus: Corpus,
  batches: readonly EvaluationBatch[],
  meanLossNats: Readonly<Record<string, number>>,
): number {
  const lossPerByte = corpus.domains.map(({ name }): [string, number] => {
    const targets = batches.filter(({ domain }) => domain === name).map((batch) => batch.targets);
    return [name, (meanLossNats[name] ?? Number.NaN) / bytesPerToken(corpus, targets)];
  });
  return weightedLoss(corpus, Object.fromEntries(lossPerByte)) / Math.LN2;
}

/** Mean bytes that some tokens stand for. */
function bytesPerToken({ tokenizer }: Corpus, tokens: readonly Int32Array[]): number {
  if (tokenizer === null) return 1;
  let [bytes, count] = [0, 0];
  for (const batch of tokens) {
    for (const token of batch) bytes += tokenizer.tokenBytes[token] ?? 0;
    count += batch.length;
  }
  return bytes / count;
}

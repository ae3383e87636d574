import type { Corpus } from "./types.ts";

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

/** Nats per token as bits per byte of text, which compares across tokenizers. */
export function bitsPerByte(natsPerToken: number, bytesPerToken: number): number {
  return natsPerToken / Math.LN2 / bytesPerToken;
}

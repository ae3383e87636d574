/** One of the answers that a model is to choose between. */
export interface ScoredAnswer {
  /** ln p of the answer behind its prompt, nats. */
  readonly logProbability: number;
  /** Bytes that it is made of, the end included where it was scored. */
  readonly bytes: number;
}

/** How answers are ranked: by their probability, or by that of a byte of theirs (longer answers lose less then). */
export type Ranking = "sum" | "per-byte";

/**
 * Which of several answers a model thinks the best one.
 * @param answers at least one
 * @returns its place; of equally good ones the first. NaN is never the best.
 */
export function chosenAnswer(answers: readonly ScoredAnswer[], ranking: Ranking): number {
  const scores = answers.map(({ logProbability, bytes }) =>
    ranking === "sum" ? logProbability : logProbability / bytes,
  );
  let best = 0;
  for (const [place, score] of scores.entries()) {
    if (score > (scores[best] ?? NaN) || Number.isNaN(scores[best])) best = place;
  }
  return best;
}

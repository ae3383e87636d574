/** Loss of the tokens that stand at some positions of their sequences. */
export interface PositionLoss {
  /** Tokens before the predicted one that the model sees, from 1, both ends included. */
  readonly from: number;
  readonly to: number;
  /** Tokens looked at. */
  readonly tokens: number;
  /** Mean, nats per token. */
  readonly lossNats: number;
}

/** A band is as wide as all before it together, at most this part of the sequence, an eighth. */
const MOST_SHARE = 8;

/**
 * Loss by how much the model sees: bands 1, 2, 3-4, 5-8, .. up to an eighth of the sequence, then of equal width. What more context is worth shows in how far
 * the loss falls from band to band.
 * @param lossNats [n], sequences of T tokens side by side.
 */
export function lossByPosition(lossNats: Float32Array, T: number): PositionLoss[] {
  return bandsOf(T).map(({ from, to }) => {
    let [sum, tokens] = [0, 0];
    for (let start = 0; start + T <= lossNats.length; start += T) {
      for (let seen = from; seen <= to; seen++) sum += lossNats[start + seen - 1] ?? 0;
      tokens += to - from + 1;
    }
    return { from, to, tokens, lossNats: sum / tokens };
  });
}

function bandsOf(T: number): { from: number; to: number }[] {
  const bands: { from: number; to: number }[] = [];
  for (let from = 1; from <= T;) {
    const width = Math.max(1, Math.min(from - 1, Math.ceil(T / MOST_SHARE)));
    const to = Math.min(T, from + width - 1);
    bands.push({ from, to });
    from = to + 1;
  }
  return bands;
}

/** What is timed: the sizes, and the matrix multiplications that a training step of each can't do without. */

/**
 * @typedef {{ width: number, layers: number, heads: number, sequences: number, positions: number,
 *   experts: number, topK: number, expertWidth: number, vocabulary: number }} Size
 * B = sequences, T = positions, D = width, H = heads, E = experts, K = topK, F = expertWidth, V = vocabulary.
 * @typedef {{ name: string, layer: number, batch: number, m: number, k: number, n: number, weight: boolean }} Multiply
 * [batch, m, k] times [batch, k, n], the second one a weight or not.
 */

/** Names of the sizes. */
export const SIZE_NAMES = /** @type {const} */ (["nano", "micro", "small"]);

/** @typedef {(typeof SIZE_NAMES)[number]} SizeName */

/** @type {Readonly<Record<SizeName, Size>>} */
export const SIZES = {
  nano: {
    width: 64,
    layers: 2,
    heads: 2,
    sequences: 16,
    positions: 64,
    experts: 8,
    topK: 2,
    expertWidth: 128,
    vocabulary: 256,
  },
  micro: {
    width: 128,
    layers: 4,
    heads: 4,
    sequences: 8,
    positions: 128,
    experts: 8,
    topK: 2,
    expertWidth: 256,
    vocabulary: 256,
  },
  small: {
    width: 256,
    layers: 6,
    heads: 4,
    sequences: 8,
    positions: 256,
    experts: 16,
    topK: 2,
    expertWidth: 512,
    vocabulary: 256,
  },
};

/** Routers that every peer knows. */
export const ROUTERS = /** @type {const} */ (["linear", "attention"]);

/** @typedef {(typeof ROUTERS)[number]} RouterName */

/** Columns of the router's projections, in experts. */
const ROUTER_PROJECTIONS = { linear: 1, attention: 3 };

/**
 * The forward matrix multiplications of a step: q, k and v as one, gate and up as one, attention up to the
 * diagonal, as a query sees (T + 1) / 2 keys on average, every expert with an equal share of the S K rows. Each has two more of the same cost in the backward pass.
 * @param {Size} size
 * @param {string} router
 * @returns {Multiply[]}
 */
export function multipliesOf(size, router) {
  const { width: D, heads: H, sequences: B, positions: T, experts: E, expertWidth: F } = size;
  const S = B * T;
  const seen = Math.ceil((T + 1) / 2);
  const projections = router === "attention" ? ROUTER_PROJECTIONS.attention : ROUTER_PROJECTIONS.linear;
  /** @type {Multiply[]} */
  const found = [];
  for (let layer = 0; layer < size.layers; layer++) {
    const one = { layer, batch: 1 };
    found.push({ ...one, name: "qkv", m: S, k: D, n: 3 * D, weight: true });
    found.push({ layer, name: "scores", batch: B * H, m: T, k: D / H, n: seen, weight: false });
    found.push({ layer, name: "mix", batch: B * H, m: T, k: seen, n: D / H, weight: false });
    found.push({ ...one, name: "output", m: S, k: D, n: D, weight: true });
    found.push({ ...one, name: "router", m: S, k: D, n: projections * E, weight: true });
    for (const m of shares(S * size.topK, E)) {
      found.push({ ...one, name: "gate-up", m, k: D, n: 2 * F, weight: true });
      found.push({ ...one, name: "down", m, k: F, n: D, weight: true });
    }
  }
  found.push({ layer: size.layers, name: "head", batch: 1, m: S, k: D, n: size.vocabulary, weight: true });
  return found;
}

/**
 * FLOPs of a training step's matrix multiplications, multiply-add = 2: forward, and twice that backward.
 * @param {readonly Multiply[]} multiplies
 */
export function flopsOf(multiplies) {
  return multiplies.reduce((sum, { batch, m, k, n }) => sum + 6 * batch * m * k * n, 0);
}

/**
 * Rows dealt out as evenly as whole numbers allow.
 * @param {number} rows
 * @param {number} parts
 */
function shares(rows, parts) {
  return Array.from(
    { length: parts },
    (_, index) => Math.floor(((index + 1) * rows) / parts) - Math.floor((index * rows) / parts),
  );
}

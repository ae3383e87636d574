import { z } from "zod";
import { streamOf } from "../core/streams.ts";
import { tf } from "../engine/tf.ts";
import { defineRouter, type RouterSizes } from "../model/router.ts";
import { needsSeveralExperts } from "./common.ts";

/**
 * Hash layers: the experts of a token depend on its id alone. A control: no parameters, nothing learned.
 * Each id appears in a random permutation of the vocabulary at some place p (Fisher-Yates from the top, with the stream
 * `0/hash/<draw>`: for i from V - 1 down to 1, swap i with integer below i + 1); its k-th expert is (p + k * step) mod E with
 * step = 1 + floor(p / E) mod (E - 1) where that visits K different experts, and 1 otherwise. Balanced over ids, not over their frequencies,
 * so that load follows the text.
 */
export default defineRouter({
  name: "hash",
  paper: "Roller et al., arXiv 2106.04426 (random hash)",
  summary: "Fixed experts by token id, equal gates: a control without learning.",
  options: z.strictObject({
    draw: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .describe("Which random table; the same for every seed of a run."),
  }),
  problems: (_, model) => needsSeveralExperts("hash", model),
  causal: true,
  wantsBalanceLoss: false,
  flopsPerToken: () => 0,
  route: ({ tokens }, sizes, { draw }) => {
    const { B, T, V, K } = sizes;
    const table = tf.tensor2d(hashTable(sizes, draw), [V, K], "int32");
    return {
      assignment: {
        kind: "token-choice",
        expert: tf.gather(table, tokens),
        gate: tf.fill([B * T, K], 1 / K),
      },
    };
  },
});

/** Experts of every token id, row-major [V, K]. */
export function hashTable({ V, E, K }: Pick<RouterSizes, "V" | "E" | "K">, draw: number): Int32Array {
  const stream = streamOf(0, "hash", draw);
  const idAt = Int32Array.from({ length: V }, (_, id) => id);
  for (let i = V - 1; i >= 1; i--) {
    const j = stream.integer(i + 1);
    const id = idAt[i] ?? 0;
    idAt[i] = idAt[j] ?? 0;
    idAt[j] = id;
  }
  const table = new Int32Array(V * K);
  idAt.forEach((id, place) => {
    const wanted = 1 + (Math.floor(place / E) % (E - 1));
    const step = visited(wanted, E) >= K ? wanted : 1;
    for (let k = 0; k < K; k++) table[id * K + k] = (place + k * step) % E;
  });
  return table;
}

/** How many residues modulo E the multiples of a step reach. */
function visited(step: number, E: number): number {
  let a = E;
  let b = step;
  while (b !== 0) [a, b] = [b, a % b];
  return E / a;
}

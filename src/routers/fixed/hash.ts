import { z } from "zod";
import { setting, younger } from "../../config/declared/setting.ts";
import { streamOf } from "../../core/streams.ts";
import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { defineRouter, type RouterSizes } from "../../model/router.ts";
import { disjointExperts, fixedRouting, needsSeveralExperts } from "../shared/common.ts";

/** What the experts are a function of. */
const HASHED = ["token", "previous", "both", "position"] as const;

const options = z.strictObject({
  draw: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe("Which random table; the same for every seed of a run."),
  of: younger(
    setting(
      z.enum(HASHED),
      "token",
      "What is hashed: the token, the one before it (a sequence's first token: itself), both, or the position.",
    ),
    "token",
  ),
  sets: younger(
    setting(
      z.enum(["overlapping", "disjoint"]),
      "overlapping",
      "The K experts of a token: any, or one of floor(E / K) groups that share no expert.",
    ),
    "overlapping",
  ),
});

type HashOptions = z.output<typeof options>;

/**
 * Hash layers: the experts of a token depend on its id alone (or on the one before, both, or its position). A control: no parameters, nothing learned.
 * Each id appears in a random permutation of the vocabulary at some place p (Fisher-Yates from the top, with the stream
 * `0/hash/<draw>`: for i from V - 1 down to 1, swap i with integer below i + 1); its k-th expert is (p + k * step) mod E with
 * step = 1 + floor(p / E) mod (E - 1) where that visits K different experts, and 1 otherwise. With disjoint sets it is K * (p mod G) + k, G =
 * floor(E / K). Balanced over ids, not over their frequencies, so that load follows the text.
 *
 * Of the previous token: the same table at that token. Of the position: such a table of T positions (stream `0/hash/<draw>/position`). Of
 * both: the token's experts, moved on by the place that the previous token has in another permutation (`0/hash/<draw>/previous`), modulo E
 * (disjoint: whole groups, modulo G). A sequence's first token stands for the one before it.
 */
export default defineRouter({
  name: "hash",
  paper: "Roller et al., arXiv 2106.04426 (random hash)",
  summary: "Fixed experts by token id, equal gates: a control without learning.",
  options,
  problems: (_, model) => needsSeveralExperts("hash", model),
  causal: true,
  tokenwise: ({ of }) => of === "token",
  wantsBalanceLoss: false,
  flopsPerToken: () => 0,
  route: ({ tokens }, sizes, chosen) => fixedRouting(hashedExperts(tokens, sizes, chosen)),
});

/** @returns [S, K] int32, experts of each token */
function hashedExperts(tokens: Tensor, sizes: RouterSizes, chosen: HashOptions): Tensor {
  const { B, T, V, K, E } = sizes;
  const tableOf = (ids: Tensor): Tensor =>
    tf.gather(tf.tensor2d(expertTable(sizes, chosen, tablePath(chosen)), [V, K], "int32"), ids);
  switch (chosen.of) {
    case "token":
      return tableOf(tokens);
    case "previous":
      return tableOf(previousTokens(tokens, sizes));
    case "both": {
      const isDisjoint = chosen.sets === "disjoint";
      const moves = placesOf(V, [...tablePath(chosen), "previous"]).map((p) => (isDisjoint ? p * K : p));
      const move = tf.gather(tf.tensor1d(moves, "int32"), previousTokens(tokens, sizes)); // [S]
      const moved = tf.add(tableOf(tokens), tf.expandDims(move, 1)); // [S, K]
      return tf.mod(moved, tf.scalar(isDisjoint ? K * Math.floor(E / K) : E, "int32"));
    }
    case "position": {
      const path = [...tablePath(chosen), "position"];
      const table = Array.from(expertTable({ ...sizes, V: T }, chosen, path)); // [T, K]
      return tf.tensor2d(new Array<number[]>(B).fill(table).flat(), [B * T, K], "int32");
    }
  }
}

/** The token before each in its sequence; a first token stands for it itself. [S] int32 */
function previousTokens(tokens: Tensor, { B, T }: RouterSizes): Tensor {
  const before = Int32Array.from({ length: B * T }, (_, s) => (s % T === 0 ? s : s - 1));
  return tf.gather(tokens, tf.tensor1d(before, "int32"));
}

/** The names of a table's stream. */
function tablePath({ draw }: HashOptions): readonly (string | number)[] {
  return ["hash", draw];
}

/**
 * Experts of every token id, row-major [V, K].
 * @param path the names of its stream.
 */
export function expertTable(
  { V, E, K }: Pick<RouterSizes, "V" | "E" | "K">,
  { sets }: Pick<HashOptions, "sets">,
  path: readonly (string | number)[],
): Int32Array {
  const table = new Int32Array(V * K);
  placesOf(V, path).forEach((place, id) =>
    table.set(sets === "disjoint" ? disjointExperts(place, E, K) : overlappingExperts(place, E, K), id * K),
  );
  return table;
}

/** The table of token ids whose sets overlap. */
export function hashTable(sizes: Pick<RouterSizes, "V" | "E" | "K">, draw: number): Int32Array {
  return expertTable(sizes, { sets: "overlapping" }, ["hash", draw]);
}

/** The place of every id in a random permutation of n. */
function placesOf(n: number, path: readonly (string | number)[]): Int32Array {
  const stream = streamOf(0, ...path);
  const idAt = Int32Array.from({ length: n }, (_, id) => id);
  for (let i = n - 1; i >= 1; i--) {
    const j = stream.integer(i + 1);
    const id = idAt[i] ?? 0;
    idAt[i] = idAt[j] ?? 0;
    idAt[j] = id;
  }
  const places = new Int32Array(n);
  idAt.forEach((id, place) => (places[id] = place));
  return places;
}

function overlappingExperts(place: number, E: number, K: number): number[] {
  const wanted = 1 + (Math.floor(place / E) % (E - 1));
  const step = visited(wanted, E) >= K ? wanted : 1;
  return Array.from({ length: K }, (_, k) => (place + k * step) % E);
}

/** How many residues modulo E the multiples of a step reach. */
function visited(step: number, E: number): number {
  let a = E;
  let b = step;
  while (b !== 0) [a, b] = [b, a % b];
  return E / a;
}

import { sortByExpert, rowsOfTokens } from "../engine/ops/discrete.ts";
import { combineWeighted } from "../engine/ops/combine.ts";
import { groupedMatMul, groupedSum } from "../engine/ops/grouped.ts";
import { combineRows, dispatchRows, type RowTable } from "../engine/ops/rows.ts";
import { detach, tf, type Tfjs } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import type { Assignment } from "./router.ts";

/** SwiGLU experts: gate and up [E, D, F], down [E, F, D]. */
export interface ExpertParameters {
  readonly gate: Tensor;
  readonly up: Tensor;
  readonly down: Tensor;
}

/**
 * silu(a) * b (Shazeer, arXiv 2002.05202), with the backward pass written out so that sigmoid is computed once.
 * @param a any shape; b the same
 */
function swiGlu(a: Tensor, b: Tensor): Tensor {
  const op = tf.customGrad((...args) => {
    const [gate, up, save] = args as unknown as [Tensor, Tensor, Tfjs.GradSaveFunc];
    const sigma = tf.sigmoid(gate);
    const silu = tf.mul(gate, sigma);
    const hidden = tf.mul(silu, up);
    save([up, sigma, silu, hidden]);
    return {
      value: hidden,
      gradFunc: (dy, saved) => {
        const [u, s, y, hs] = saved as [Tensor, Tensor, Tensor, Tensor];
        // u d silu = u (s + y (1 - s)) = h + s (u - h), as y u = h
        const slope = tf.add(tf.mul(tf.sub(u, hs), s), hs);
        return [tf.mul(dy, slope), tf.mul(dy, y)];
      },
    };
  });
  return op(a, b);
}

/**
 * One feed-forward network on every token.
 * @param h [S, D]; gate and up [D, F], down [F, D]
 * @returns [S, D]
 */
export function feedForward(h: Tensor, parameters: ExpertParameters): Tensor {
  return tf.matMul(swiGlu(tf.matMul(h, parameters.gate), tf.matMul(h, parameters.up)), parameters.down);
}

/** Is shown what the experts made, before gates: [E, D], summed over the tokens of each; no gradient. */
type SeeSums = (sums: Tensor) => void;

/**
 * The chosen experts on their tokens, weighted and summed; no token is dropped.
 * @param h [S, D]
 * @param see where somebody must know what each expert made
 * @returns [S, D]
 */
export function applyExperts(
  h: Tensor,
  assignment: Assignment,
  parameters: ExpertParameters,
  see?: SeeSums,
): Tensor {
  switch (assignment.kind) {
    case "token-choice":
      return byToken(h, { ...assignment, complete: true }, parameters, see);
    case "expert-choice":
      return byExpert(h, assignment, parameters, see);
    case "dense":
      return assignment.everyExpert === true
        ? everyExpert(h, assignment.gate, parameters, see)
        : byToken(h, weighted(assignment.gate), parameters, see);
  }
}

/** What byToken works through: expert [S, K] int32, E where a slot has none; gate [S, K]. */
interface Slots {
  readonly expert: Tensor;
  readonly gate: Tensor;
  /** Whether every slot has an expert. */
  readonly complete: boolean;
}

/** A slot for every expert of every token, without one where the gate is zero. @param gate [S, E] */
function weighted(gate: Tensor): Slots {
  const [S = 0, E = 0] = gate.shape;
  const experts = tf.tensor2d(
    Int32Array.from({ length: S * E }, (_, slot) => slot % E),
    [S, E],
    "int32",
  );
  const expert = tf.where(tf.notEqual(detach(gate), 0), experts, tf.fill([S, E], E, "int32")); // [S, E]
  return { expert, gate, complete: false };
}

/** Slots sorted by expert, grouped multiplies, each token's rows summed. */
function byToken(
  h: Tensor,
  { expert, gate, complete }: Slots,
  { gate: wGate, up, down }: ExpertParameters,
  see?: SeeSums,
): Tensor {
  const [S = 0, K = 0] = gate.shape;
  const E = wGate.shape[0];
  const R = S * K;
  const order = sortByExpert(tf.reshape(expert, [R]), E, complete);
  const tokenOfSlot = tf.tensor1d(
    Int32Array.from({ length: R }, (_, slot) => Math.floor(slot / K)),
    "int32",
  );
  const table: RowTable = {
    tokenOfRow: tf.gather(tokenOfSlot, order.slotOfRow), // [R]
    rowsOfToken: tf.reshape(order.rowOfSlot, [S, K]),
    complete,
  };
  const rows = dispatchRows(h, table); // [R, D]
  const hidden = swiGlu(groupedMatMul(rows, wGate, order.counts), groupedMatMul(rows, up, order.counts)); // [R, F]
  const outputs = groupedMatMul(hidden, down, order.counts); // [R, D]
  see?.(groupedSum(detach(outputs), order.counts));
  return combineWeighted(outputs, gate, {
    slotOfRow: order.slotOfRow,
    rowOfSlot: table.rowsOfToken,
    complete,
  });
}

/** token and gate [E, C]: equal groups, so one batched multiply. */
function byExpert(
  h: Tensor,
  { token, gate }: Extract<Assignment, { kind: "expert-choice" }>,
  { gate: wGate, up, down }: ExpertParameters,
  see?: SeeSums,
): Tensor {
  const [E = 0, C = 0] = gate.shape;
  const [S = 0, D = 0] = h.shape;
  const table: RowTable = {
    tokenOfRow: tf.reshape(token, [E * C]),
    rowsOfToken: rowsOfTokens(token, S),
    complete: false,
  };
  const rows = tf.reshape(dispatchRows(h, table), [E, C, D]);
  const outputs = tf.matMul(swiGlu(tf.matMul(rows, wGate), tf.matMul(rows, up)), down); // [E, C, D]
  see?.(tf.sum(detach(outputs), 1));
  const weighted = tf.mul(outputs, tf.reshape(gate, [E, C, 1]));
  return combineRows(tf.reshape(weighted, [E * C, D]), table);
}

/** gate [S, E]: every expert on every token, masked by zero gates. Slow and obvious. */
function everyExpert(
  h: Tensor,
  gate: Tensor,
  { gate: wGate, up, down }: ExpertParameters,
  see?: SeeSums,
): Tensor {
  const [S = 0, E = 0] = gate.shape;
  const repeated = tf.tile(tf.expandDims(h, 0), [E, 1, 1]); // [E, S, D]
  const outputs = tf.matMul(swiGlu(tf.matMul(repeated, wGate), tf.matMul(repeated, up)), down); // [E, S, D]
  const ofExpert = tf.reshape(tf.transpose(gate, [1, 0]), [E, S, 1]);
  see?.(tf.sum(tf.mul(detach(outputs), tf.cast(tf.notEqual(detach(ofExpert), 0), "float32")), 1));
  return tf.sum(tf.mul(outputs, ofExpert), 0); // [S, D]
}

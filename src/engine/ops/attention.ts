import type { Emitter } from "./emitter.ts";
import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import { callOp, defineOp, needed, type Op } from "./define.ts";

const NAME = "MoeCausalAttention";
const GRADIENT = "MoeCausalAttentionGradient";

/** attrs: scale. Outputs mixed [B, H, T, d] and probs [B, H, T, T], zero where a query may not look. */
const causalAttentionOp: Op = defineOp({
  name: NAME,
  inputs: ["q", "k", "v"],
  outputs: ([q]) => {
    const spec = needed(NAME, "q", q);
    return [
      spec,
      { shape: [...spec.shape.slice(0, -1), needed(NAME, "T", spec.shape[2])], dtype: "float32" },
    ];
  },
  eager: ([q, k, v], attrs) => {
    const queries = needed(NAME, "q", q);
    const scores = tf.mul(tf.matMul(queries, needed(NAME, "k", k), false, true), attrs["scale"] as number); // [B, H, T, T]
    const probs = tf.softmax(tf.add(scores, mask(0, queries.shape[2] ?? 0))); // [B, H, T, T]
    return [tf.matMul(probs, needed(NAME, "v", v)), probs];
  },
  gradient: {
    saveInputs: ["q", "k", "v"],
    saveOutputs: [true, true],
    run: ([dy], saved, attrs) => {
      // Made here, not when first asked for: tfjs asks inside a tidy(), which would dispose of the other two.
      const made = callOp(causalAttentionGradientOp, [needed(NAME, "dy", dy), ...saved], attrs);
      const gradient = (index: number) => (): Tensor => needed(GRADIENT, index, made[index]);
      return { q: gradient(0), k: gradient(1), v: gradient(2) };
    },
  },
  lower: (emitter, node) => {
    const [q = -1, k = -1, v = -1] = node.inputs;
    const [mixed = -1, probs = -1] = node.outputs;
    const [query, key, value] = [q, k, v].map((input) => emitter.useFull(input)) as [string, string, string];
    const blocks = blocksOf(emitter, q);
    const alpha = { float: node.attrs["scale"] as number };
    const parts = blocks.map((block) => {
      const scores = emitter.node(
        "FusedMatMul",
        [rows(emitter, query, block), rows(emitter, key, { begin: 0, end: block.end, of: block.of })],
        { transA: { int: 0 }, transB: { int: 1 }, alpha },
      ); // [B, H, block, end]
      const masked = emitter.node("Add", [scores, maskConstant(emitter, block)]);
      return emitter.node("Softmax", [masked], { axis: { int: -1 } });
    });
    const products = parts.map((part, index) => {
      const { end, of } = needed(NAME, "block", blocks[index]);
      return emitter.node("MatMul", [part, rows(emitter, value, { begin: 0, end, of })]);
    });
    emitter.set(mixed, joined(emitter, products));
    emitter.setPieces(probs, "query-blocks", parts);
    emitter.setLazy(probs, () =>
      joined(
        emitter,
        parts.map((part, index) => {
          const { end, of } = needed(NAME, "block", blocks[index]);
          return end === of
            ? part
            : emitter.node("Pad", [part, emitter.ints([0, 0, 0, 0, 0, 0, 0, of - end]), emitter.floats(0)]);
        }),
      ),
    );
  },
});

/**
 * attrs: scale. With p the probabilities, D = dy v^T and the inner product of each row of dy with its output, which is that of D with p
 * but H*T/d times smaller to compute: dscores = p (D - dy . out), dq = scale dscores k, dk = scale dscores^T q, dv = p^T dy.
 */
const causalAttentionGradientOp: Op = defineOp({
  name: GRADIENT,
  inputs: ["dy", "q", "k", "v", "mixed", "probs"],
  outputs: ([, q, k, v]) => [needed(GRADIENT, "q", q), needed(GRADIENT, "k", k), needed(GRADIENT, "v", v)],
  eager: (inputs, attrs) => {
    const [dy, q, k, v, mixed, probs] = inputs.map((input) => needed(GRADIENT, "an input", input)) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const scale = attrs["scale"] as number;
    const along = tf.sum(tf.mul(dy, mixed), -1, true); // [B, H, T, 1]
    const dScores = tf.mul(probs, tf.sub(tf.matMul(dy, v, false, true), along)); // [B, H, T, T]
    return [
      tf.mul(tf.matMul(dScores, k), scale),
      tf.mul(tf.matMul(dScores, q, true), scale),
      tf.matMul(probs, dy, true),
    ];
  },
  lower: (emitter, node) => {
    const [dy = -1, q = -1, k = -1, v = -1, mixed = -1, probs = -1] = node.inputs;
    const [upstream, query, key, value, out] = [dy, q, k, v, mixed].map((input) =>
      emitter.useFull(input),
    ) as [string, string, string, string, string];
    const [dq = -1, dk = -1, dv = -1] = node.outputs;
    const scale = node.attrs["scale"] as number;
    const product = (a: string, b: string, how: { transA: number; transB: number; alpha: number }): string =>
      emitter.node("FusedMatMul", [a, b], {
        transA: { int: how.transA },
        transB: { int: how.transB },
        alpha: { float: how.alpha },
      });
    const along = emitter.node("ReduceSum", [emitter.node("Mul", [upstream, out]), emitter.ints([3])], {
      keepdims: { int: 1 },
    }); // [B, H, T, 1]
    const blocks = blocksOf(emitter, q);
    const parts = blocks.map((block, index) => {
      const p = blockOfProbs(emitter, probs, block, index); // [B, H, block, end]
      const prefix = { begin: 0, end: block.end, of: block.of };
      const dyRows = rows(emitter, upstream, block); // [B, H, block, d]
      const values = rows(emitter, value, prefix); // [B, H, end, d]
      const dProbs = product(dyRows, values, { transA: 0, transB: 1, alpha: 1 }); // [B, H, block, end]
      const dScores = emitter.node("Mul", [p, emitter.node("Sub", [dProbs, rows(emitter, along, block)])]);
      return {
        dq: product(dScores, rows(emitter, key, prefix), { transA: 0, transB: 0, alpha: scale }),
        dk: product(dScores, rows(emitter, query, block), { transA: 1, transB: 0, alpha: scale }),
        dv: product(p, dyRows, { transA: 1, transB: 0, alpha: 1 }),
      };
    });
    const of = (name: "dq" | "dk" | "dv"): readonly string[] => parts.map((part) => part[name]);
    emitter.set(dq, joined(emitter, of("dq")));
    emitter.set(dk, summedPrefixes(emitter, blocks, of("dk")));
    emitter.set(dv, summedPrefixes(emitter, blocks, of("dv")));
  },
});

export const attentionOps = [causalAttentionOp, causalAttentionGradientOp];

/**
 * softmax(scale q k^T + causal mask) v.
 * @param q [B, H, T, d], as k and v
 * @returns [B, H, T, d]
 */
export function causalAttention(q: Tensor, k: Tensor, v: Tensor, scale: number): Tensor {
  return needed(NAME, "mixed", callOp(causalAttentionOp, [q, k, v], { scale })[0]);
}

/** Positions begin..end of `of`. */
interface Block {
  readonly begin: number;
  readonly end: number;
  readonly of: number;
}

/** ONNX Runtime works on shorter sequences whole; on others in two halves, the first of which leaves out the keys that it may not see. */
const SHORTEST_TO_HALVE = 128;

function blocksOf(emitter: Emitter, q: number): readonly Block[] {
  const of = needed(NAME, "T", emitter.spec(q).shape[2]);
  const half = Math.ceil(of / 2);
  return of < SHORTEST_TO_HALVE
    ? [{ begin: 0, end: of, of }]
    : [
        { begin: 0, end: half, of },
        { begin: half, end: of, of },
      ];
}

/** Positions of [B, H, T, n]. */
function rows(emitter: Emitter, x: string, { begin, end, of }: Block): string {
  return begin === 0 && end === of
    ? x
    : emitter.node("Slice", [x, emitter.ints([begin]), emitter.ints([end]), emitter.ints([2])]);
}

/** One block's rows of [B, H, T, T] up to the last key that it may see. */
function blockOfProbs(emitter: Emitter, probs: number, block: Block, index: number): string {
  if (emitter.hasPieces(probs, "query-blocks"))
    return needed(GRADIENT, "block", emitter.pieces(probs, "query-blocks")[index]);
  const { begin, end } = block;
  return emitter.node("Slice", [
    emitter.useFull(probs),
    emitter.ints([begin, 0]),
    emitter.ints([end, end]),
    emitter.ints([2, 3]),
  ]);
}

/** [B, H, block, n] each -> [B, H, T, n] */
function joined(emitter: Emitter, parts: readonly string[]): string {
  const [first] = parts;
  return parts.length === 1 && first !== undefined
    ? first
    : emitter.node("Concat", parts, { axis: { int: 2 } });
}

/** Sum of [B, H, end, d] of growing length, the shorter ones filled up with zeros. -> [B, H, T, d] */
function summedPrefixes(emitter: Emitter, blocks: readonly Block[], prefixes: readonly string[]): string {
  return joined(
    emitter,
    blocks.map(({ begin, end }, block) =>
      prefixes
        .slice(block)
        .map((prefix, later) => rows(emitter, prefix, { begin, end, of: blocks[block + later]?.end ?? end }))
        .reduce((total, part) => emitter.node("Add", [total, part])),
    ),
  );
}

function maskConstant(emitter: Emitter, { begin, end }: Block): string {
  return emitter.floats([...maskData(begin, end)], [end - begin, end]);
}

function mask(begin: number, end: number): Tensor {
  return tf.tensor2d(maskData(begin, end), [end - begin, end]);
}

/** Zero where a query at begin..end may look, -1e30 at the keys after it. [end - begin, end] */
function maskData(begin: number, end: number): Float32Array {
  const masked = new Float32Array((end - begin) * end);
  for (let query = begin; query < end; query++) {
    masked.fill(-1e30, (query - begin) * end + query + 1, (query - begin + 1) * end);
  }
  return masked;
}

/** Self-attention, worked on in two halves where it is long, against the plain formula and tfjs's own gradient of it. */
import { describe, expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { createCpuEngine } from "../../src/engine/eager.ts";
import { rotary } from "../../src/engine/ops/rotary.ts";
import { tf } from "../../src/engine/tf.ts";
import type { Tensor, Tensors } from "../../src/engine/types.ts";
import { selfAttention } from "../../src/model/attention.ts";
import { gradientOf, valueProgram } from "../support/gradients.ts";
import { compiledEngines, runOnce } from "../support/graphs.ts";
import { relativeDistance, tinySettings } from "../support/tiny.ts";

const eager = await createCpuEngine();
const { model } = tinySettings({ model: { width: 8, heads: 2, qkNorm: false } });
const [B, D, H] = [2, 8, 2];
const names = ["query", "key", "value", "output"];

const own =
  (T: number) =>
  (t: Tensors): Tensor =>
    selfAttention(
      t["h"]!,
      {
        query: t["query"]!,
        key: t["key"]!,
        value: t["value"]!,
        output: t["output"]!,
        filter: undefined,
        queryNorm: undefined,
        keyNorm: undefined,
      },
      model,
      { B, T },
    );

/** softmax(q k^T / sqrt(d) + mask) v, all of it at once. */
const plain =
  (T: number) =>
  (t: Tensors): Tensor => {
    const d = D / H;
    const heads = (x: Tensor): Tensor => tf.transpose(tf.reshape(x, [B, T, H, d]), [0, 2, 1, 3]);
    const turned = (x: Tensor): Tensor => heads(rotary(tf.reshape(x, [B, T, D]), d, model.rotaryBase));
    const [q, k] = [turned(tf.matMul(t["h"]!, t["query"]!)), turned(tf.matMul(t["h"]!, t["key"]!))];
    const hidden = tf.sub(1, tf.linalg.bandPart(tf.ones([T, T]), -1, 0)); // 1 above the diagonal
    const scores = tf.add(tf.div(tf.matMul(q, k, false, true), Math.sqrt(d)), tf.mul(hidden, -1e9));
    const mixed = tf.matMul(tf.softmax(scores), heads(tf.matMul(t["h"]!, t["value"]!)));
    return tf.matMul(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * T, D]), t["output"]!);
  };

// 5 is worked on whole, 130 in equal halves, 129 in unequal ones.
describe.each([5, 129, 130])("%i positions", (T) => {
  const variables = { h: [B * T, D], ...Object.fromEntries(names.map((name) => [name, [D, D]])) };
  const stream = streamOf(1, "attention");
  const arrays = Object.fromEntries(
    Object.entries(variables).map(([name, shape]) => [
      name,
      Float32Array.from({ length: shape[0]! * shape[1]! }, () => stream.normal()),
    ]),
  );
  const weight = Float32Array.from({ length: B * T * D }, () => stream.normal());

  it("gives the plain formula's values and gradients", async () => {
    const slow = valueProgram({ variables, body: plain(T) });
    const slope = gradientOf({ variables, body: plain(T) }, [B * T, D]);
    const expected = await runOnce(eager, slow, arrays);
    const gradients = await runOnce(eager, slope, { ...arrays, weight });
    for (const [name, engine] of [["tfjs-cpu", eager], ...Object.entries(compiledEngines)] as const) {
      const found = await runOnce(engine, valueProgram({ variables, body: own(T) }), arrays);
      const [output = ""] = Object.keys(expected);
      expect(relativeDistance(found[output]!, expected[output]!), name).toBeLessThan(1e-5);
      const slopes = await runOnce(engine, gradientOf({ variables, body: own(T) }, [B * T, D]), {
        ...arrays,
        weight,
      });
      for (const variable of Object.keys(variables)) {
        const distance = relativeDistance(slopes[variable]!, gradients[variable]!);
        expect(distance, `${name}: d ${variable}`).toBeLessThan(2e-5);
      }
    }
  });

  it("never looks ahead", async () => {
    const program = valueProgram({ variables, body: own(T) });
    const [output = ""] = Object.keys(await runOnce(eager, program, arrays));
    for (const at of [T - 1, Math.floor(T / 2), 1]) {
      const changed = arrays["h"]!.slice();
      changed.fill(3, at * D, (at + 1) * D);
      for (const [name, engine] of Object.entries(compiledEngines)) {
        const before = (await runOnce(engine, program, arrays))[output]!;
        const after = (await runOnce(engine, program, { ...arrays, h: changed }))[output]!;
        expect([...after.slice(0, at * D)], name).toEqual([...before.slice(0, at * D)]);
        expect([...after.slice(at * D, T * D)]).not.toEqual([...before.slice(at * D, T * D)]);
      }
    }
  });
});

/**
 * Every operation of our own, on tfjs's CPU backend and compiled (with and without passes): values worked out by hand,
 * gradients against finite differences.
 */
import { describe, expect, it } from "vitest";
import type { TensorSpecs } from "../../src/core/axes.ts";
import { streamOf } from "../../src/core/streams.ts";
import { countByExpert, rowsOfTokens, sortByExpert, topKIndices } from "../../src/engine/ops/discrete.ts";
import { createCpuEngine } from "../../src/engine/eager.ts";
import { causalAttention } from "../../src/engine/ops/attention.ts";
import { combineWeighted } from "../../src/engine/ops/combine.ts";
import { crossEntropy } from "../../src/engine/ops/cross-entropy.ts";
import { embed } from "../../src/engine/ops/embedding.ts";
import { groupedMatMul } from "../../src/engine/ops/grouped.ts";
import { customOps } from "../../src/engine/ops/index.ts";
import { logSumExp } from "../../src/engine/ops/log-sum-exp.ts";
import { layerNorm } from "../../src/engine/ops/layer-norm.ts";
import { rmsNorm } from "../../src/engine/ops/rms-norm.ts";
import { rotary } from "../../src/engine/ops/rotary.ts";
import {
  combineRows,
  dispatchRows,
  putAlongLast,
  type RowTable,
  takeAlongLast,
} from "../../src/engine/ops/rows.ts";
import { detach, tf, type Tfjs } from "../../src/engine/tf.ts";
import { trace } from "../../src/engine/trace/tracer.ts";
import type { Engine, HostTensors, Program, Tensor, Tensors } from "../../src/engine/types.ts";
import { type Differentiable, expectGradients, gradientOf, valueProgram } from "../support/gradients.ts";
import { compiledEngines, runOnce } from "../support/graphs.ts";

const eager = await createCpuEngine();
const engines: readonly (readonly [string, Engine])[] = [
  ["tfjs-cpu", eager],
  ...Object.entries(compiledEngines),
];

const floats = (...values: number[]): Float32Array => Float32Array.from(values);
const ints = (...values: number[]): Int32Array => Int32Array.from(values);
const F = (...shape: number[]) => ({ shape, dtype: "float32" }) as const;
const I = (...shape: number[]) => ({ shape, dtype: "int32" }) as const;

/** Runs on every engine and checks each output, floats to 1e-5. */
async function expectValues(
  inputs: TensorSpecs,
  arrays: HostTensors,
  run: (tensors: Record<string, Tensor>) => Tensors,
  expected: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  const program: Program = { name: "values", inputs, run: (tensors) => run({ ...tensors }) };
  for (const [name, engine] of engines) {
    const found = await runOnce(engine, program, arrays);
    expect(Object.keys(found).sort(), name).toEqual(Object.keys(expected).sort());
    for (const [output, values] of Object.entries(expected)) {
      expect(found[output]?.length, `${name}: ${output}`).toBe(values.length);
      values.forEach((value, index) => {
        const place = `${name}: ${output}[${index}]`;
        const other = found[output]?.[index];
        if (!Number.isFinite(value)) expect(other, place).toBe(value);
        else if (Number.isInteger(value))
          expect(other === value, `${place}: ${other} instead of ${value}`).toBe(true);
        else expect(other, place).toBeCloseTo(value, 5);
      });
    }
  }
}

describe("topKIndices", () => {
  it("takes the largest first and the lower index of equal ones", async () => {
    await expectValues(
      { scores: F(3, 4) },
      { scores: floats(1, 3, 3, 2, 0, -0, 0, 0, -1, -2, -0.5, -0.5) },
      ({ scores }) => ({ two: topKIndices(scores!, 2), all: topKIndices(scores!, 4) }),
      { two: [1, 2, 0, 1, 2, 3], all: [1, 2, 3, 0, 0, 1, 2, 3, 2, 3, 0, 1] },
    );
  });

  it("breaks ties by index in long rows too", async () => {
    // 64 numbers of 4 kinds; the first 16 that are 3, in order.
    const scores = Float32Array.from({ length: 64 }, (_, i) => (i * 7) % 4);
    const threes = [...scores.keys()].filter((i) => scores[i] === 3);
    expect(threes.length).toBe(16);
    await expectValues({ scores: F(64) }, { scores }, (t) => ({ top: topKIndices(t["scores"]!, 16) }), {
      top: threes,
    });
  });

  it("knows infinite scores", async () => {
    await expectValues(
      { scores: F(1, 4) },
      { scores: floats(-Infinity, 0, Infinity, -Infinity) },
      ({ scores }) => ({ top: topKIndices(scores!, 3) }),
      { top: [2, 1, 0] },
    );
  });

  it("gives distinct indices that exist also for NaN, so that the run lives to report it", async () => {
    const program: Program = {
      name: "nan",
      inputs: { scores: F(3, 5) },
      run: ({ scores }) => ({ top: topKIndices(scores!, 3) }),
    };
    const scores = floats(NaN, NaN, NaN, NaN, NaN, 1, NaN, 3, NaN, 2, 5, 4, 3, NaN, 1);
    for (const [name, engine] of engines) {
      const { top } = await runOnce(engine, program, { scores });
      for (let row = 0; row < 3; row++) {
        const chosen = [...top!.slice(3 * row, 3 * row + 3)];
        expect(new Set(chosen).size, `${name}: ${chosen.join()}`).toBe(3);
        expect(chosen.every((index) => index >= 0 && index < 5)).toBe(true);
      }
    }
  });

  it("is constant for gradients, and the chosen scores are not", async () => {
    const chosen: Differentiable = {
      variables: { scores: [4, 6] },
      body: ({ scores }) => takeAlongLast(scores!, topKIndices(scores!, 2)),
    };
    await expectGradients(
      chosen,
      engines.map(([, engine]) => engine),
      eager,
    );
  });
});

describe("detach", () => {
  it("lets no gradient through", async () => {
    const program = gradientOf({ variables: { x: [2] }, body: ({ x }) => tf.mul(x!, detach(x!)) }, [2]);
    for (const [name, engine] of engines) {
      const { x } = await runOnce(engine, program, { x: floats(3, -5), weight: floats(1, 10) });
      expect([...x!], name).toEqual([3, -50]); // of x * constant, not 2 x
    }
  });
});

describe("sortByExpert", () => {
  const sorted = (expert: readonly number[], E: number, expected: Record<string, number[]>): Promise<void> =>
    expectValues(
      { expert: I(expert.length) },
      { expert: ints(...expert) },
      (tensors) => ({ ...sortByExpert(tensors["expert"]!, E) }),
      expected,
    );

  it("puts slots in the order of their experts and keeps the order of equal ones", async () => {
    await sorted([2, 0, 2, 1, 0, 2], 4, {
      slotOfRow: [1, 4, 3, 0, 2, 5],
      rowOfSlot: [3, 0, 4, 2, 1, 5],
      counts: [2, 1, 3, 0],
    });
  });

  it("works when one expert takes all, and for one expert", async () => {
    const inOrder = { slotOfRow: [0, 1, 2], rowOfSlot: [0, 1, 2] };
    await sorted([1, 1, 1], 3, { ...inOrder, counts: [0, 3, 0] });
    await sorted([0, 0, 0], 1, { ...inOrder, counts: [3] });
    await sorted([0], 2, { slotOfRow: [0], rowOfSlot: [0], counts: [1, 0] });
  });

  it("puts slots without an expert behind all others, in no row", async () => {
    await expectValues(
      { expert: I(5) },
      { expert: ints(1, 2, 0, 2, 0) },
      ({ expert }) => ({ ...sortByExpert(expert!, 2, false) }),
      { slotOfRow: [2, 4, 0, 1, 3], rowOfSlot: [2, 5, 0, 5, 1], counts: [2, 1] },
    );
    await expectValues(
      { expert: I(2) },
      { expert: ints(1, 1) },
      ({ expert }) => ({ ...sortByExpert(expert!, 1, false) }),
      { slotOfRow: [0, 1], rowOfSlot: [2, 2], counts: [0] },
    );
  });

  it("agrees with a stable sort of many", async () => {
    const stream = streamOf(1, "sort");
    const [R, E] = [2048, 16];
    const expert = Array.from({ length: R }, () => stream.integer(E));
    const slotOfRow = [...expert.keys()].sort((a, b) => expert[a]! - expert[b]! || a - b);
    const rowOfSlot = [...slotOfRow.keys()].sort((a, b) => slotOfRow[a]! - slotOfRow[b]!);
    const counts = Array.from({ length: E }, (_, e) => expert.filter((one) => one === e).length);
    await sorted(expert, E, { slotOfRow, rowOfSlot, counts });
  });
});

it("rowsOfTokens says in which rows each token is, and R where an expert did not choose it", async () => {
  // Expert 0 took tokens 2 and 0 (rows 0, 1), expert 1 took 2 and 1 (rows 2, 3); R = 4.
  await expectValues(
    { token: I(2, 2) },
    { token: ints(2, 0, 2, 1) },
    ({ token }) => ({ rows: rowsOfTokens(token!, 4) }),
    { rows: [1, 4, 4, 3, 0, 2, 4, 4] },
  );
});

/** Two tokens with two rows each: token 0 in rows 2 and 0, token 1 in rows 1 and 3. */
const complete = { tokenOfRow: ints(0, 1, 0, 1), rowsOfToken: ints(2, 0, 1, 3) };
/** Three tokens, three rows: token 0 has two, token 1 none, token 2 one; 3 stands for none. */
const incomplete = { tokenOfRow: ints(0, 2, 0), rowsOfToken: ints(0, 2, 3, 3, 3, 1) };
const tableOf = (tensors: Tensors, isComplete: boolean): RowTable => ({
  tokenOfRow: tensors["tokenOfRow"]!,
  rowsOfToken: tensors["rowsOfToken"]!,
  complete: isComplete,
});
const tables = [
  { name: "complete", arrays: complete, specs: { tokenOfRow: I(4), rowsOfToken: I(2, 2) }, R: 4, S: 2 },
  { name: "incomplete", arrays: incomplete, specs: { tokenOfRow: I(3), rowsOfToken: I(3, 2) }, R: 3, S: 3 },
] as const;

describe("dispatchRows and combineRows", () => {
  it("fetch each row's token and sum each token's rows", async () => {
    await expectValues(
      { x: F(2, 2), rows: F(4, 2), ...tables[0].specs },
      { x: floats(1, 2, 3, 4), rows: floats(1, 10, 2, 20, 4, 40, 8, 80), ...complete },
      (t) => ({
        rows: dispatchRows(t["x"]!, tableOf(t, true)),
        sums: combineRows(t["rows"]!, tableOf(t, true)),
      }),
      { rows: [1, 2, 3, 4, 1, 2, 3, 4], sums: [4 + 1, 40 + 10, 2 + 8, 20 + 80] },
    );
  });

  it("give zero to a token without rows", async () => {
    await expectValues(
      { x: F(3, 1), rows: F(3, 1), ...tables[1].specs },
      { x: floats(5, 6, 7), rows: floats(1, 2, 4), ...incomplete },
      (t) => ({
        rows: dispatchRows(t["x"]!, tableOf(t, false)),
        sums: combineRows(t["rows"]!, tableOf(t, false)),
      }),
      { rows: [5, 7, 5], sums: [1 + 4, 0, 2] },
    );
  });

  it("keep a number that is not finite with its own token", async () => {
    await expectValues(
      { rows: F(3, 1), ...tables[1].specs },
      { rows: floats(NaN, 2, 4), ...incomplete },
      (t) => ({ sums: combineRows(t["rows"]!, tableOf(t, false)) }),
      { sums: [NaN, 0, 2] },
    );
  });

  it.each(tables)("have right gradients, $name", async ({ name, arrays, specs, R, S }) => {
    const fixed = { specs, arrays };
    const list = engines.map(([, engine]) => engine);
    const isComplete = name === "complete";
    await expectGradients(
      { variables: { x: [S, 3] }, fixed, body: (t) => dispatchRows(t["x"]!, tableOf(t, isComplete)) },
      list,
      eager,
    );
    await expectGradients(
      { variables: { rows: [R, 3] }, fixed, body: (t) => combineRows(t["rows"]!, tableOf(t, isComplete)) },
      list,
      eager,
    );
  });
});

describe("combineWeighted", () => {
  // Token 0 chose experts 1 and 0, token 1 experts 0 and 1: slots 0 to 3 are in rows 2, 0, 1, 3.
  const order = { slotOfRow: ints(1, 2, 0, 3), rowOfSlot: ints(2, 0, 1, 3) };
  const specs = { slotOfRow: I(4), rowOfSlot: I(2, 2) };
  const body = (t: Tensors): Tensor =>
    combineWeighted(t["rows"]!, t["gate"]!, {
      slotOfRow: t["slotOfRow"]!,
      rowOfSlot: t["rowOfSlot"]!,
      complete: true,
    });

  it("sums each token's rows, each times its gate", async () => {
    await expectValues(
      { rows: F(4, 2), gate: F(2, 2), ...specs },
      { rows: floats(1, 10, 2, 20, 4, 40, 8, 80), gate: floats(3, 5, 7, -1), ...order },
      (t) => ({ y: body(t) }),
      { y: [3 * 4 + 5 * 1, 3 * 40 + 5 * 10, 7 * 2 - 8, 7 * 20 - 80] },
    );
  });

  it("has right gradients of rows and of gates, also where rows go on to experts in pieces", async () => {
    const list = engines.map(([, engine]) => engine);
    const variables = { rows: [4, 3], gate: [2, 2] };
    await expectGradients({ variables, fixed: { specs, arrays: order }, body }, list, eager);
    const fixed = {
      specs: { ...specs, counts: I(2), tokenOfRow: I(4) },
      arrays: { ...order, counts: ints(1, 3), tokenOfRow: ints(0, 1, 0, 1) },
    };
    const through: Differentiable = {
      variables: { x: [2, 3], w: [2, 3, 3], gate: [2, 2] },
      fixed,
      body: (t) => {
        const rows = dispatchRows(t["x"]!, { ...tableOf({ ...t, rowsOfToken: t["rowOfSlot"]! }, true) });
        return body({ ...t, rows: groupedMatMul(rows, t["w"]!, t["counts"]!) });
      },
    };
    await expectGradients(through, list, eager);
  });

  it("has right gradients where slots have no expert, for rows in pieces", async () => {
    // The tokens' experts: 1; 0 and 2; none. Slots 1, 4 and 5 have none.
    const sparse: Differentiable = {
      variables: { x: [3, 3], w: [3, 3, 3], gate: [3, 2] },
      fixed: { specs: { expert: I(6) }, arrays: { expert: ints(1, 3, 0, 2, 3, 3) } },
      body: (t) => {
        const { slotOfRow, rowOfSlot, counts } = sortByExpert(t["expert"]!, 3, false);
        const rowsOfToken = tf.reshape(rowOfSlot, [3, 2]);
        const tokenOfRow = tf.gather(tf.tensor1d([0, 0, 1, 1, 2, 2], "int32"), slotOfRow);
        const rows = dispatchRows(t["x"]!, { tokenOfRow, rowsOfToken, complete: false });
        const made = tf.sigmoid(groupedMatMul(rows, t["w"]!, counts)); // one half where nobody looks
        return combineWeighted(made, t["gate"]!, { slotOfRow, rowOfSlot: rowsOfToken, complete: false });
      },
    };
    await expectGradients(
      sparse,
      engines.map(([, engine]) => engine),
      eager,
    );
  });
});

it("countByExpert counts", async () => {
  await expectValues(
    { expert: I(5) },
    { expert: ints(2, 0, 2, 2, 0) },
    ({ expert }) => ({ counts: countByExpert(expert!, 4) }),
    { counts: [2, 0, 3, 0] },
  );
});

describe("logSumExp", () => {
  it("is the logarithm of the sum of exponentials, without overflow", async () => {
    await expectValues(
      { x: F(3, 2) },
      { x: floats(0, 0, Math.log(3), Math.log(5), 1000, 1000) },
      ({ x }) => ({ y: logSumExp(x!) }),
      { y: [Math.log(2), Math.log(8), Math.fround(1000 + Math.log(2))] },
    );
  });

  it("has right gradients", async () => {
    const list = engines.map(([, engine]) => engine);
    await expectGradients({ variables: { x: [3, 5] }, body: ({ x }) => logSumExp(x!) }, list, eager);
  });
});

describe("takeAlongLast and putAlongLast", () => {
  const fixed = { specs: { index: I(2, 2) }, arrays: { index: ints(2, 0, 1, 2) } };

  it("take by index and put back", async () => {
    await expectValues(
      { x: F(2, 3), values: F(2, 2), ...fixed.specs },
      { x: floats(10, 20, 30, 40, 50, 60), values: floats(1, 2, 3, 4), ...fixed.arrays },
      ({ x, values, index }) => ({
        taken: takeAlongLast(x!, index!),
        put: putAlongLast(values!, index!, 3),
        wide: putAlongLast(values!, index!, 4),
      }),
      { taken: [30, 10, 50, 60], put: [2, 0, 1, 0, 3, 4], wide: [2, 0, 1, 0, 0, 3, 4, 0] },
    );
  });

  it("work on one axis and on three", async () => {
    await expectValues(
      { line: F(3), index: I(2), cube: F(2, 1, 2), choice: I(2, 1, 1) },
      { line: floats(5, 6, 7), index: ints(2, 1), cube: floats(1, 2, 3, 4), choice: ints(1, 0) },
      ({ line, index, cube, choice }) => ({
        line: takeAlongLast(line!, index!),
        cube: takeAlongLast(cube!, choice!),
      }),
      { line: [7, 6], cube: [2, 3] },
    );
  });

  it("leave infinite numbers where they are", async () => {
    await expectValues(
      { x: F(2, 3), values: F(2, 2), ...fixed.specs },
      { x: floats(1, -Infinity, 3, NaN, 5, 6), values: floats(Infinity, 2, 3, NaN), ...fixed.arrays },
      ({ x, values, index }) => ({ taken: takeAlongLast(x!, index!), put: putAlongLast(values!, index!, 3) }),
      { taken: [3, 1, 5, 6], put: [2, 0, Infinity, 0, 3, NaN] },
    );
  });

  it("have right gradients", async () => {
    const list = engines.map(([, engine]) => engine);
    await expectGradients(
      { variables: { x: [2, 3] }, fixed, body: ({ x, index }) => takeAlongLast(x!, index!) },
      list,
      eager,
    );
    await expectGradients(
      { variables: { v: [2, 2] }, fixed, body: ({ v, index }) => putAlongLast(v!, index!, 5) },
      list,
      eager,
    );
  });
});

/** Rows of each expert: even, some empty, all on one, first and last empty. */
const groupings = [
  [2, 2, 2],
  [0, 5, 1],
  [6, 0, 0],
  [0, 0, 6],
  [0, 6, 0],
];

describe.each(groupings)("groupedMatMul with %i, %i and %i rows", (...counts) => {
  const [R, D, F_, E] = [6, 3, 4, 3];
  const fixed = { specs: { counts: I(E) }, arrays: { counts: ints(...counts) } };
  const product: Differentiable = {
    variables: { x: [R, D], w: [E, D, F_] },
    fixed,
    body: ({ x, w, counts: groups }) => groupedMatMul(x!, w!, groups!),
  };
  const stream = streamOf(1, "grouped");
  const x = Float32Array.from({ length: R * D }, () => stream.normal());
  const w = Float32Array.from({ length: E * D * F_ }, () => stream.normal());
  const expertOfRow = counts.flatMap((count, e) => new Array<number>(count).fill(e));

  it("multiplies each row by its expert's matrix", async () => {
    const expected = expertOfRow.flatMap((e, r) =>
      Array.from({ length: F_ }, (_, f) => {
        let sum = 0;
        for (let d = 0; d < D; d++) sum += x[r * D + d]! * w[(e * D + d) * F_ + f]!;
        return sum;
      }),
    );
    const { inputs } = valueProgram(product);
    await expectValues(inputs, { x, w, ...fixed.arrays }, (t) => ({ y: product.body(t) }), { y: expected });
  });

  it("has right gradients", async () => {
    await expectGradients(
      product,
      engines.map(([, engine]) => engine),
      eager,
    );
  });

  it("writes zeros for experts without rows, over whatever was there", async () => {
    const program = gradientOf(product, [R, F_]);
    const weight = new Float32Array(R * F_).fill(1);
    for (const [name, engine] of engines) {
      const executable = await engine.compile(program);
      const into = { w: new Float32Array(E * D * F_).fill(7), x: new Float32Array(R * D).fill(7) };
      await executable.run({ x, w, weight, ...fixed.arrays }, into);
      await executable.dispose();
      for (let e = 0; e < E; e++) {
        // With upstream gradients of 1, element (d, f) is the sum of the expert's x[.., d].
        for (let d = 0; d < D; d++) {
          const sum = expertOfRow.reduce((total, owner, r) => total + (owner === e ? x[r * D + d]! : 0), 0);
          for (let f = 0; f < F_; f++) {
            const place = `${name}: w[${e}, ${d}, ${f}]`;
            if (counts[e] === 0) expect(into.w[(e * D + d) * F_ + f], place).toBe(0);
            else expect(into.w[(e * D + d) * F_ + f], place).toBeCloseTo(sum, 5);
          }
        }
      }
    }
  });
});

it("a product in pieces goes on through element-wise operations of any shape, and whole ones", async () => {
  // Rows 1 and 2 are expert 0's, row 3 is expert 2's; their matrices are 1 and 100.
  const inputs = {
    ...{ x: F(3, 1), w: F(3, 1, 1), counts: I(3) },
    ...{ row: F(1, 2), column: F(3, 1), pair: F(2, 3, 1), triple: F(3, 3, 1) },
  };
  const arrays = {
    ...{ x: floats(1, 2, 3), w: floats(1, 10, 100), counts: ints(2, 0, 1) },
    ...{ row: floats(1, -1), column: floats(1, 2, 3) },
    ...{ pair: floats(1, 1, 1, 2, 2, 2), triple: floats(1, 1, 1, 2, 2, 2, 3, 3, 3) },
  };
  const check = (body: (y: Tensor, others: Tensors) => Tensor, expected: readonly number[]): Promise<void> =>
    expectValues(inputs, arrays, (t) => ({ y: body(groupedMatMul(t["x"]!, t["w"]!, t["counts"]!), t) }), {
      y: expected,
    });
  await check((y) => y, [1, 2, 300]);
  await check((y) => tf.mul(y, 2), [2, 4, 600]);
  await check((y) => tf.mul(y, tf.fill([3, 1], 2)), [2, 4, 600]);
  await check((y) => tf.mul(y, tf.fill([3, 2], 2)), [2, 2, 4, 4, 600, 600]); // the constant gives the shape
  await check((y) => tf.add(tf.reshape(y, [3]), tf.ones([3])), [2, 3, 301]);
  await check((y) => tf.sum(y, 0), [303]);
  await check((y, { row }) => tf.mul(y, row!), [1, -1, 2, -2, 300, -300]);
  await check((y, { column }) => tf.mul(column!, y), [1, 4, 900]);
  await check((y, { pair }) => tf.mul(y, pair!), [1, 2, 300, 2, 4, 600]);
  await check((y, { triple }) => tf.mul(y, triple!), [1, 2, 300, 2, 4, 600, 3, 6, 900]);
  await check((y, { column }) => tf.softmax(tf.concat([y, column!], 1)), [0.5, 0.5, 0.5, 0.5, 1, 0]);
});

it("one row, one expert, spread over many", async () => {
  await expectValues(
    { x: F(1, 1), w: F(1, 1, 1), counts: I(1), column: F(3, 1) },
    { x: floats(2), w: floats(5), counts: ints(1), column: floats(1, 2, 3) },
    ({ x, w, counts, column }) => ({ y: tf.mul(groupedMatMul(x!, w!, counts!), column!) }),
    { y: [10, 20, 30] },
  );
});

it("products grouped in two ways can be added", async () => {
  await expectValues(
    { x: F(2, 1), w: F(2, 1, 1), one: I(2), other: I(2) },
    { x: floats(1, 1), w: floats(3, 5), one: ints(2, 0), other: ints(1, 1) },
    ({ x, w, one, other }) => ({ y: tf.add(groupedMatMul(x!, w!, one!), groupedMatMul(x!, w!, other!)) }),
    { y: [6, 8] },
  );
});

describe("embed", () => {
  const fixed = { specs: { ids: I(4) }, arrays: { ids: ints(2, 0, 2, 2) } };
  const lookup: Differentiable = {
    variables: { table: [5, 2] },
    fixed,
    body: ({ table, ids }) => embed(table!, ids!),
  };

  it("looks rows up", async () => {
    await expectValues(
      valueProgram(lookup).inputs,
      { table: floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), ...fixed.arrays },
      (t) => ({ y: lookup.body(t) }),
      { y: [5, 6, 1, 2, 5, 6, 5, 6] },
    );
  });

  it("sums the gradient of repeated ids and gives unused rows none", async () => {
    const program = gradientOf(lookup, [4, 2]);
    const feeds = {
      table: new Float32Array(10),
      weight: floats(1, 10, 2, 20, 4, 40, 8, 80),
      ...fixed.arrays,
    };
    for (const [name, engine] of engines) {
      const { table } = await runOnce(engine, program, feeds);
      expect([...table!], name).toEqual([2, 20, 0, 0, 1 + 4 + 8, 10 + 40 + 80, 0, 0, 0, 0]);
    }
    await expectGradients(
      lookup,
      engines.map(([, engine]) => engine),
      eager,
    );
  });

  it("does the same with a vocabulary too large for a table of unit rows", async () => {
    const large: Differentiable = { ...lookup, variables: { table: [700, 2] } };
    await expectGradients(
      large,
      engines.map(([, engine]) => engine),
      eager,
    );
  });
});

describe("crossEntropy", () => {
  const fixed = { specs: { targets: I(3) }, arrays: { targets: ints(0, 1, 1) } };
  const loss: Differentiable = {
    variables: { logits: [3, 2] },
    fixed,
    body: ({ logits, targets }) => crossEntropy(logits!, targets!),
  };

  it("is -log softmax of the target, also where exp would overflow", async () => {
    await expectValues(
      valueProgram(loss).inputs,
      { logits: floats(0, 0, Math.log(3), 0, 1e4, 0), ...fixed.arrays },
      (t) => ({ y: loss.body(t) }),
      { y: [Math.log(2), Math.log(4), 1e4] }, // p = 1/2, 1/4, e^-10000
    );
  });

  it("allows what is impossible, as long as it is not the target", async () => {
    await expectValues(
      valueProgram(loss).inputs,
      { logits: floats(1, -Infinity, -Infinity, 1, 0, -Infinity), ...fixed.arrays },
      (t) => ({ y: loss.body(t) }),
      { y: [0, 0, Infinity] },
    );
  });

  it("has the gradient softmax - target", async () => {
    const program = gradientOf(loss, [3]);
    const feeds = { logits: floats(0, 0, Math.log(3), 0, 0, 0), weight: floats(1, 2, 0), ...fixed.arrays };
    for (const [name, engine] of engines) {
      const { logits } = await runOnce(engine, program, feeds);
      [-0.5, 0.5, 2 * 0.75, 2 * -0.75, 0, 0].forEach((value, index) =>
        expect(logits![index], `${name} [${index}]`).toBeCloseTo(value, 6),
      );
    }
    await expectGradients(
      loss,
      engines.map(([, engine]) => engine),
      eager,
    );
  });
});

describe("rmsNorm", () => {
  it("divides by the root of the mean square and multiplies by the gain", async () => {
    const root = Math.sqrt((9 + 16) / 2);
    await expectValues(
      { x: F(2, 2), gain: F(2) },
      { x: floats(3, 4, 0, 0), gain: floats(1, 2) },
      ({ x, gain }) => ({ y: rmsNorm(x!, gain!, 1e-12) }),
      { y: [3 / root, (2 * 4) / root, 0, 0] },
    );
  });

  it("adds eps to the mean square", async () => {
    await expectValues(
      { x: F(1, 1), gain: F(1) },
      { x: floats(2), gain: floats(1) },
      ({ x, gain }) => ({ y: rmsNorm(x!, gain!, 12) }),
      { y: [2 / Math.sqrt(4 + 12)] },
    );
  });

  it.each([[[3, 8]], [[2, 3, 4]]])("has right gradients for %j", async (shape) => {
    await expectGradients(
      {
        variables: { x: shape, gain: shape.slice(-1) },
        body: ({ x, gain }) => rmsNorm(x!, gain!, 1e-5),
      },
      engines.map(([, engine]) => engine),
      eager,
    );
  });
});

describe("layerNorm", () => {
  it("takes the mean off, divides by the standard deviation and multiplies by the gain", async () => {
    // [1, 2, 3, 6]: mean 3, deviations [-2, -1, 0, 3], variance 14 / 4. A constant row has nothing left.
    const std = Math.sqrt(3.5);
    await expectValues(
      { x: F(2, 4), gain: F(4) },
      { x: floats(1, 2, 3, 6, 5, 5, 5, 5), gain: floats(1, 2, 3, -1) },
      ({ x, gain }) => ({ y: layerNorm(x!, gain!, 1e-12) }),
      { y: [-2 / std, -2 / std, 0, -3 / std, 0, 0, 0, 0] },
    );
  });

  it("adds eps to the variance", async () => {
    await expectValues(
      { x: F(1, 2), gain: F(2) },
      { x: floats(1, 5), gain: floats(1, 1) },
      ({ x, gain }) => ({ y: layerNorm(x!, gain!, 12) }),
      { y: [-2 / Math.sqrt(4 + 12), 2 / Math.sqrt(4 + 12)] },
    );
  });

  it("is unmoved by what is added to a whole row", async () => {
    const row = [0.3, -1.2, 0.7];
    await expectValues(
      { x: F(2, 3), gain: F(3) },
      { x: floats(...row, ...row.map((value) => value + 4)), gain: floats(1, 2, 3) },
      ({ x, gain }) => {
        const y = layerNorm(x!, gain!, 1e-5); // [2, 3]
        const difference = tf.sub(tf.slice(y, [0, 0], [1, 3]), tf.slice(y, [1, 0], [1, 3])); // [1, 3]
        return { shifted: tf.add(difference, 0.5) }; // no whole numbers: those must be met exactly
      },
      { shifted: [0.5, 0.5, 0.5] },
    );
  });

  it.each([[[3, 8]], [[2, 3, 4]]])("has right gradients for %j", async (shape) => {
    await expectGradients(
      {
        variables: { x: shape, gain: shape.slice(-1) },
        body: ({ x, gain }) => layerNorm(x!, gain!, 1e-5),
      },
      engines.map(([, engine]) => engine),
      eager,
    );
  });
});

describe("rotary", () => {
  it("turns by the position, each head by itself", async () => {
    // B = 1, T = 2, two heads of width 2: angle t. Position 0 stays; at position 1 (1, 0) turns to (cos 1, sin 1).
    await expectValues(
      { x: F(1, 2, 4) },
      { x: floats(1, 2, 3, 4, 1, 0, 0, 1) },
      ({ x }) => ({ y: rotary(x!, 2, 10_000) }),
      { y: [1, 2, 3, 4, Math.cos(1), Math.sin(1), -Math.sin(1), Math.cos(1)] },
    );
  });

  it("pairs element j with j + d/2, the second pair slower", async () => {
    // d = 4, base 16: angles t and t * 16^(-2/4) = t / 4; pairs (0, 2) and (1, 3).
    await expectValues(
      { x: F(2, 2, 4) },
      { x: floats(9, 9, 9, 9, 1, 0, 0, 0, 9, 9, 9, 9, 0, 1, 0, 0) }, // positions start anew in the second sequence
      ({ x }) => ({ y: rotary(x!, 4, 16) }),
      { y: [9, 9, 9, 9, Math.cos(1), 0, Math.sin(1), 0, 9, 9, 9, 9, 0, Math.cos(0.25), 0, Math.sin(0.25)] },
    );
  });

  it("has right gradients", async () => {
    await expectGradients(
      { variables: { x: [2, 3, 8] }, body: ({ x }) => rotary(x!, 4, 100) },
      engines.map(([, engine]) => engine),
      eager,
    );
  });
});

describe("causalAttention", () => {
  it("mixes the values of positions up to its own, weighted by the softmax of scaled scores", async () => {
    // One head of width 1: scores of position 1 are 0.5 * 2 * [1, 3] = [1, 3].
    const late = 1 / (1 + Math.exp(-2));
    await expectValues(
      { q: F(1, 1, 2, 1), k: F(1, 1, 2, 1), v: F(1, 1, 2, 1) },
      { q: floats(7, 2), k: floats(1, 3), v: floats(10, 20) },
      ({ q, k, v }) => ({ y: causalAttention(q!, k!, v!, 0.5) }),
      { y: [10, 10 + 10 * late] },
    );
  });

  it("has right gradients", async () => {
    const shape = [2, 3, 5, 4];
    await expectGradients(
      {
        variables: { q: shape, k: shape, v: shape },
        body: ({ q, k, v }) => causalAttention(q!, k!, v!, 0.4),
      },
      engines.map(([, engine]) => engine),
      eager,
    );
  });
});

it("the check of gradients can fail", async () => {
  const wrong = (x: Tensor): Tensor =>
    tf.customGrad((...args) => {
      const [input, save] = args as unknown as [Tensor, Tfjs.GradSaveFunc];
      save([input]);
      return {
        value: tf.square(input),
        gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.mul(dy, tf.mul(saved!, 1.99)),
      };
    })(x);
  const body = ({ x }: Tensors): Tensor => wrong(x!);
  await expect(expectGradients({ variables: { x: [7] }, body }, [eager], eager)).rejects.toThrow(
    "finite differences",
  );
  const right = ({ x }: Tensors): Tensor => tf.square(x!);
  await expectGradients({ variables: { x: [7] }, body: right }, [eager], eager);
});

it("every operation of our own is among those above", () => {
  const programs: Differentiable[] = [
    {
      variables: { x: [2, 2, 4], table: [3, 4], gain: [4], w: [2, 4, 4] },
      fixed: {
        specs: {
          ids: I(4),
          expert: I(4),
          token: I(2, 2),
          targets: I(4),
          slotOfRow: I(8),
          rowOfSlot: I(4, 2),
        },
        arrays: {},
      },
      body: (t) => {
        const heads = tf.reshape(rotary(t["x"]!, 2, 10), [2, 1, 2, 4]);
        const turned = tf.reshape(causalAttention(heads, heads, heads, 1), [4, 4]);
        const h = rmsNorm(
          layerNorm(tf.add(turned, embed(t["table"]!, t["ids"]!)), t["gain"]!, 1e-5),
          t["gain"]!,
          1e-5,
        );
        const order = sortByExpert(tf.reshape(topKIndices(h, 1), [4]), 2);
        const table = {
          tokenOfRow: order.slotOfRow,
          rowsOfToken: rowsOfTokens(t["token"]!, 4),
          complete: false,
        };
        const rows = groupedMatMul(dispatchRows(h, table), t["w"]!, order.counts);
        const taken = takeAlongLast(combineRows(rows, table), topKIndices(h, 2));
        const logits = putAlongLast(taken, topKIndices(h, 2), 4);
        const gate = tf.mul(taken, tf.expandDims(logSumExp(logits), 1)); // [4, 2]
        const weighted = combineWeighted(tf.concat([h, h], 0), gate, {
          slotOfRow: t["slotOfRow"]!,
          rowOfSlot: t["rowOfSlot"]!,
          complete: true,
        });
        const counts = tf.sum(countByExpert(t["expert"]!, 2));
        return crossEntropy(tf.add(logits, tf.mul(weighted, counts)), t["targets"]!);
      },
    },
  ];
  const used = new Set(
    programs.flatMap((one) => trace(gradientOf(one, [4])).nodes.map(({ kernel }) => kernel)),
  );
  expect(customOps.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
});

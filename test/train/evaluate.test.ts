import { describe, expect, it } from "vitest";
import type { Corpus, EvaluationBatch } from "../../src/data/types.ts";
import type { Executable, HostTensors } from "../../src/engine/types.ts";
import { NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { evaluate, loadSummary } from "../../src/train/evaluate.ts";
import { tinyCorpus } from "../support/tiny-corpus.ts";
import { TINY_V, tinySettings } from "../support/tiny.ts";

/** A program that has already been run: gives these outputs one after the other. */
function canned(outputs: readonly HostTensors[]): Executable {
  let next = 0;
  return {
    run: () => Promise.resolve(outputs[next++]!),
    compileSeconds: 0,
    dispose: () => Promise.resolve(),
  };
}

const f32 = (...values: number[]): Float32Array => Float32Array.from(values);
const batchOf = (domain: string): EvaluationBatch => ({
  domain,
  inputs: new Int32Array(0),
  targets: new Int32Array(0),
  labels: new Int32Array(0),
});
const corpus: Corpus = tinyCorpus({ a: 0.75, b: 0.25 });
const router = { ...linear, matrices: () => ({ pairs: [2, 2] }) };
const spec = modelSpec(tinySettings({}), router, TINY_V);

describe("evaluate", () => {
  const outputs = [
    {
      loss: 1,
      balance: [1, 2],
      z: [4, 6],
      counts: [3, 1, 0, 0, 1, 1, 1, 1],
      unrouted: [0, 0.5],
      experts: [2, 1],
      pairs: [1, 0, 0, 1, 2, 2, 2, 2],
    },
    {
      loss: 3,
      balance: [1, 4],
      z: [2, 4],
      counts: [1, 3, 0, 0, 4, 0, 0, 0],
      unrouted: [0.3, 0.1],
      experts: [2, 3],
      pairs: [3, 0, 0, 3, 2, 2, 2, 4],
    },
    {
      loss: 10,
      balance: [1, 3],
      z: [3, 5],
      counts: [0, 4, 0, 0, 1, 1, 1, 1],
      unrouted: [0.3, 0],
      experts: [2, 8],
      pairs: [2, 0, 3, 2, 2, 2, 2, 0],
    },
  ].map(({ loss, balance, z, counts, unrouted, experts, pairs }) => ({
    [NAMES.loss]: f32(loss),
    [NAMES.balance]: f32(...balance),
    [NAMES.z]: f32(...z),
    [NAMES.counts]: f32(...counts),
    [NAMES.unrouted]: f32(...unrouted),
    [NAMES.expertsPerToken]: f32(...experts),
    [NAMES.matrix("pairs")]: f32(...pairs),
  }));
  const found = evaluate(
    canned(outputs),
    { model: spec, corpus, seed: 1 },
    [batchOf("a"), batchOf("a"), batchOf("b")],
    {},
  );

  it("weights domain losses as training weights domains, whatever their numbers of batches", async () => {
    const { lossNats, domainLossNats } = await found;
    expect(domainLossNats).toEqual({ a: 2, b: 10 }); // (1 + 3) / 2 and 10
    expect(lossNats).toBeCloseTo(0.75 * 2 + 0.25 * 10, 12);
  });

  it("takes the mean of experts a token over batches, layer by layer", async () => {
    expect((await found).expertsPerToken).toEqual([2, 4]); // (1 + 3 + 8) / 3
  });

  it("takes means of balance, z and matrices over batches, and the worst layer's unrouted share", async () => {
    const { balanceLoss, zLoss, unroutedShare, matrices } = await found;
    expect(balanceLoss).toBeCloseTo((1 + 3) / 2, 12); // layers (1 + 1 + 1) / 3 and (2 + 4 + 3) / 3
    expect(zLoss).toBeCloseTo((3 + 5) / 2, 12); // layers (4 + 2 + 3) / 3 and (6 + 4 + 5) / 3
    expect(unroutedShare).toBeCloseTo(0.2, 6); // layers .6 / 3 and .6 / 3
    expect(matrices).toEqual([
      { name: "pairs", layer: 0, values: [[2, 0], [1, 2]] }, // prettier-ignore
      { name: "pairs", layer: 1, values: [[2, 2], [2, 2]] }, // prettier-ignore
    ]);
  });

  it("pools assignments before it takes shares", async () => {
    // Layer 0: [3 + 1 + 0, 1 + 3 + 4, 0, 0] of 12; layer 1: [6, 2, 2, 2] of 12.
    expect((await found).load).toEqual([
      [4 / 12, 8 / 12, 0, 0],
      [0.5, 1 / 6, 1 / 6, 1 / 6],
    ]);
  });

  it("has no balance or z-loss where a router has none", async () => {
    const bare = {
      [NAMES.loss]: f32(1),
      [NAMES.counts]: f32(1, 1, 1, 1, 1, 1, 1, 1),
      [NAMES.unrouted]: f32(0, 0),
    };
    const plain = modelSpec(tinySettings({}), linear, TINY_V);
    const evaluation = await evaluate(
      canned([bare, bare]),
      { model: plain, corpus, seed: 1 },
      [batchOf("a"), batchOf("b")],
      {},
    );
    expect(evaluation).toMatchObject({ balanceLoss: null, zLoss: null, matrices: [] });
  });

  it("refuses an evaluation that left a domain out", async () => {
    await expect(
      evaluate(canned(outputs), { model: spec, corpus, seed: 1 }, [batchOf("a")], {}),
    ).rejects.toThrow('no loss of domain "b"');
  });
});

describe("load", () => {
  it("is zero where a layer assigned nothing", async () => {
    const idle = {
      [NAMES.loss]: f32(1),
      [NAMES.counts]: f32(2, 2, 0, 0, 0, 0, 0, 0),
      [NAMES.unrouted]: f32(0, 1),
    };
    const one = { ...corpus, domains: corpus.domains.slice(0, 1) };
    const evaluation = await evaluate(
      canned([idle]),
      { model: modelSpec(tinySettings({}), linear, TINY_V), corpus: one, seed: 1 },
      [batchOf("a")],
      {},
    );
    expect(evaluation.load).toEqual([[0.5, 0.5, 0, 0], [0, 0, 0, 0]]); // prettier-ignore
    expect(evaluation.unroutedShare).toBe(1);
  });

  it("summarises the largest share, and experts under 1 % of the uniform share", () => {
    // Uniform is 1/4: under 0.0025 is dead. 0.0024 and 0 are, 0.0025 is not.
    const load = [
      [0.5, 0.4951, 0.0024, 0.0025],
      [0.7, 0.3, 0, 0],
    ];
    expect(loadSummary(load)).toEqual({ maxLoadShare: 0.7, deadExperts: 3 });
  });
});

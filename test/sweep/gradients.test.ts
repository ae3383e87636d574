/** Norms of gradients against finite differences of the loss, of a tiny model. */
import { expect, it } from "vitest";
import { gradientMeasures, gradientRows, meanGradients } from "../../src/analysis/routing/gradients.ts";
import { evaluationBatches } from "../../src/data/batches.ts";
import { evaluationProgram, gradientProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { gradientsOfModel } from "../../src/sweep/analyze/gradients.ts";
import { inputsOf } from "../../src/train/decide.ts";
import { evaluationFeeds } from "../../src/train/feeds.ts";
import { createModelMemory } from "../../src/train/model-memory.ts";
import { compiled } from "../support/engines.ts";
import { tinyCorpus } from "../support/tiny-corpus.ts";
import { tinySettings } from "../support/tiny.ts";

const corpus = tinyCorpus({ ones: 0.5, twos: 0.5 });
const STEP = 1e-2;

it("are the lengths of the loss's finite differences, mean over batches", async () => {
  // The loss of the evaluation is all that is trained on; with all experts chosen, no difference jumps from one choice to another.
  const settings = tinySettings({
    ...{ router: { name: "linear" }, model: { topK: 4 } },
    losses: { balanceWeight: 0, zWeight: 0 },
  });
  const spec = modelSpec(settings, linear, corpus.vocabulary);
  const batches = evaluationBatches(corpus, spec.settings.data, "validation", 24);
  const inputs = inputsOf(spec, createModelMemory(compiled, spec, { seed: 3 }).weights(0));
  const program = await compiled.compile(gradientProgram(spec));
  const found = await gradientsOfModel(program, { spec, seed: 3 }, batches, inputs);
  await program.dispose();

  const evaluation = await compiled.compile(evaluationProgram(spec, "eval"));
  const lossOf = async (batch: number): Promise<number> => {
    const outputs = await evaluation.run({ ...inputs, ...evaluationFeeds(spec, batches[batch]!, 3, batch) });
    return outputs[NAMES.loss]![0]!;
  };
  /** L2 over some numbers of a parameter. */
  const lengthBy = async (batch: number, parts: readonly (readonly [string, number, number])[]) => {
    let squares = 0;
    for (const [name, start, end] of parts) {
      const values = inputs[NAMES.parameter(name)]!;
      for (let i = start; i < end; i++) {
        const value = values[i]!;
        values[i] = value + STEP;
        const above = await lossOf(batch);
        values[i] = value - STEP;
        const below = await lossOf(batch);
        values[i] = value;
        squares += ((above - below) / (2 * STEP)) ** 2;
      }
    }
    return Math.sqrt(squares);
  };
  const [{ E, D }, F] = [spec.sizes, spec.settings.model.expertWidth];
  const mean = async (parts: Parameters<typeof lengthBy>[1]): Promise<number> => {
    let sum = 0;
    for (const batch of batches.keys()) sum += await lengthBy(batch, parts);
    return sum / batches.length;
  };
  expect(batches.length).toBe(2);
  const router = await mean([["layers.1.router.weight", 0, D * E]]);
  expect(found[1]!.router! / router).toBeCloseTo(1, 2);
  const [size, expert] = [D * F, 2];
  const matrices = ["gate", "up", "down"].map((name) => `layers.0.experts.${name}`);
  const ofExpert = await mean(matrices.map((name) => [name, expert * size, (expert + 1) * size]));
  expect(found[0]!.experts[expert]! / ofExpert).toBeCloseTo(1, 2);
  await evaluation.dispose();
}, 60_000);

it("are given of every expert, and as percentiles over experts and over layers", () => {
  const layers = meanGradients([
    [
      { layer: 1, router: 1, experts: [1, 3] },
      { layer: 2, router: null, experts: [] },
    ],
    [
      { layer: 1, router: 2, experts: [5, 3] },
      { layer: 2, router: null, experts: [] },
    ],
  ]);
  expect(layers).toEqual([
    { layer: 1, router: 1.5, experts: [3, 3] },
    { layer: 2, router: null, experts: [] },
  ]);
  // A router without parameters, and a layer with the experts of another one, have no rows.
  expect(gradientMeasures(layers).map(({ layer, measure, value }) => [layer, measure, value])).toEqual([
    [1, "router_gradient", 1.5],
    [1, "expert_gradient_p10", 3],
    [1, "expert_gradient_p50", 3],
    [1, "expert_gradient_p90", 3],
  ]);
  const rows = gradientRows([
    { layer: 0, router: 2, experts: [1, 9] },
    { layer: 1, router: 4, experts: [5, 6] },
  ]);
  expect(rows.filter(({ expert }) => expert === 1).map(({ layer, value }) => [layer, value])).toEqual([
    [0, 9],
    [1, 6],
  ]);
  // Nearest rank: of 2 and 4 the tenth percentile is 2, half lies below 4; medians of the experts are 9 and 6.
  expect(
    rows.filter(({ layer }) => layer === null).map((row) => [row.part, row.statistic, row.value]),
  ).toEqual([
    ...[
      ["router", "p10", 2],
      ["router", "p50", 4],
      ["router", "p90", 4],
    ],
    ...[
      ["expert", "p10", 6],
      ["expert", "p50", 9],
      ["expert", "p90", 9],
    ],
  ]);
});

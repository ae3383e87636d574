/** `model.denseLayers`: the first layers have one feed-forward network instead of experts. */
import { expect, it } from "vitest";
import { eager as engine } from "../support/engines.ts";
import { evaluationProgram, gradientProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import dense from "../../src/routers/fixed/dense.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { programFeeds, tinySettings, TINY_V } from "../support/tiny.ts";

it("computes what a single expert of that width with gate 1 does", async () => {
  const model = { experts: 1, topK: 1, expertWidth: 12 };
  const specOf = (denseLayers: number) =>
    modelSpec(tinySettings({ router: { name: "dense" }, model: { ...model, denseLayers } }), dense, TINY_V);
  const [whole, first] = [specOf(0), specOf(1)];
  const program = evaluationProgram(first, "eval");
  const feeds = programFeeds(program, first, 3);
  // The same numbers under the names and shapes of the other model.
  const renamed = Object.fromEntries(
    Object.entries(feeds).map(([name, values]) => [
      name.replace("layers.0.feed_forward", "layers.0.experts"),
      values,
    ]),
  );
  const run = async (spec: typeof whole, inputs: typeof feeds): Promise<number> => {
    const executable = await engine.compile(evaluationProgram(spec, "eval"));
    return (await executable.run(inputs))[NAMES.loss]![0]!;
  };
  expect(await run(first, feeds)).toBe(await run(whole, renamed));
});

it("only layers with experts have statistics, and every parameter has a gradient", async () => {
  const spec = modelSpec(tinySettings({ model: { layers: 3, denseLayers: 1 } }), linear, TINY_V);
  const program = gradientProgram(spec);
  const outputs = await (await engine.compile(program)).run(programFeeds(program, spec, 1));
  // Two layers of 4 experts; 2 x 6 tokens with 2 experts each.
  expect(outputs[NAMES.counts]).toHaveLength(8);
  expect(Array.from(outputs[NAMES.counts]!).reduce((sum, count) => sum + count, 0)).toBe(2 * 24);
  expect(outputs[NAMES.balance]).toHaveLength(2);
  for (const name of ["gate", "up", "down"]) {
    expect(outputs[NAMES.gradient(`layers.0.feed_forward.${name}`)]!.some((value) => value !== 0)).toBe(true);
  }
});

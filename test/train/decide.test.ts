/** Decisions of every shipped router against what an evaluation of the same batches counts. */
import { describe, expect, it } from "vitest";
import { countsOf, pooled } from "../../src/analysis/routing/counts.ts";
import { evaluationBatches } from "../../src/data/batches.ts";
import { decisionProgram, evaluationProgram } from "../../src/model/programs.ts";
import { modelSpec, type ModelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { decide, inputsOf } from "../../src/train/decide.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import { createModelMemory } from "../../src/train/model-memory.ts";
import { compiled, eager } from "../support/engines.ts";
import { MODELS, routerCases, trainState } from "../support/router-cases.ts";
import { slowTests } from "../support/slow.ts";
import { tinyCorpus } from "../support/tiny-corpus.ts";
import { tinySettings } from "../support/tiny.ts";

const corpus = tinyCorpus({ ones: 0.5, twos: 0.5 });
const SEED = 3;
/** One of each form of an assignment: K experts, by experts, as many as they like, by capacity, fixed, with others beside. */
const FORMS = ["linear", "expert-choice", "top-p", "switch", "hash", "zero-experts", "dense"];
const others = slowTests ? "" : " (of every other router: MOE_LAB_SLOW_TESTS=1)";

function specOf(name: string): ModelSpec {
  const options = routerCases.find(({ router }) => router.name === name)!.options;
  const settings = tinySettings({ router: { name, options }, model: MODELS[name] ?? {} });
  return modelSpec(settings, shippedRouters.get(name)!, corpus.vocabulary);
}

/** Decisions of an untrained model, and what its evaluation says. */
async function both(spec: ModelSpec, engine = eager) {
  const memory = createModelMemory(engine, spec, { seed: SEED });
  trainState(memory.inputs);
  const inputs = inputsOf(spec, memory.weights(0));
  const batches = evaluationBatches(corpus, spec.settings.data, "validation", 48);
  const executable = await engine.compile(decisionProgram(spec, "eval"));
  const decided = await decide(executable, { spec, seed: SEED, corpus }, batches, inputs);
  const other = await engine.compile(evaluationProgram(spec, "eval"));
  const found = await evaluate(other, { model: spec, corpus, seed: SEED }, batches, memory.inputs);
  await Promise.all([executable.dispose(), other.dispose()]);
  return { decided, found, batches };
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

describe("decisions", () => {
  it.each(slowTests ? [...shippedRouters.keys()] : FORMS)(
    `of %s are those of its evaluation${others}`,
    async (name) => {
      const spec = specOf(name);
      const { decided, found } = await both(spec);
      const { decisions, lossNats } = decided;
      expect(mean(lossNats)).toBeCloseTo(found.lossNats, 5);
      decisions.layers.forEach((layer, place) => {
        const { assigned } = pooled(countsOf(decisions, layer));
        const total = mean(assigned) * assigned.length;
        const shares = Array.from(assigned, (count) => (total === 0 ? 0 : count / total));
        found.load[place]!.forEach((share, e) => expect(shares[e]).toBeCloseTo(share, 6));
        const weighted = layer.gate!.filter((gate) => gate !== 0).length;
        expect(weighted / decisions.domain.length).toBeCloseTo(found.expertsPerToken[place]!, 6);
        for (let t = 0; t < decisions.domain.length; t++) {
          const gates = layer.gate!.slice(layer.first[t], layer.first[t + 1]);
          expect(gates).toEqual(gates.toSorted((a, b) => b - a));
        }
      });
    },
  );

  it("hold ids, domains, sequences, entropies and margins; on the compiled engine the same", async () => {
    const spec = specOf("linear");
    const { decided, batches } = await both(spec);
    const { domain, sequence, ids, layers } = decided.decisions;
    expect([...ids.input!.slice(0, 12)]).toEqual([...batches[0]!.inputs]);
    expect([...ids.next!.slice(12, 24)]).toEqual([...batches[1]!.targets]);
    expect([...domain]).toEqual(
      batches.flatMap((batch) => Array<number>(12).fill(batch.domain === "ones" ? 0 : 1)),
    );
    expect([...sequence!.slice(0, 13)]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2]);
    // A guess is as probable as its loss says where it came true.
    ids.predicted!.forEach((id, t) => {
      if (id === ids.next![t]) expect(Math.exp(-decided.lossNats[t]!)).toBeCloseTo(decided.confidence[t]!, 5);
      else expect(Math.exp(-decided.lossNats[t]!)).toBeLessThanOrEqual(decided.confidence[t]!);
    });
    for (const { entropyNats, margin } of layers) {
      expect(Math.max(...entropyNats!)).toBeLessThanOrEqual(Math.log(4) + 1e-6);
      expect(Math.min(...margin!)).toBeGreaterThanOrEqual(0);
    }
    const other = (await both(spec, compiled)).decided;
    expect(other.decisions.layers.map(({ expert }) => expert)).toEqual(layers.map(({ expert }) => expert));
    expect([...other.decisions.ids.predicted!]).toEqual([...ids.predicted!]);
  });

  it("matrices are means over each domain, and over all what an evaluation says", async () => {
    const { decided, found } = await both(specOf("attention"));
    for (const { layer, values } of found.matrices) {
      const own = decided.matrices.filter((matrix) => matrix.layer === layer);
      expect(own.map(({ domain }) => domain)).toEqual(["ones", "twos"]);
      values
        .flat()
        .forEach((value, i) => expect(mean(own.map((one) => one.values[i]!))).toBeCloseTo(value, 6));
    }
    expect(found.matrices.length).toBeGreaterThan(0);
  });
});

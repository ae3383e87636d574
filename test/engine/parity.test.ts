/** All engines on the same program and numbers: every output of the training step and of the evaluations agrees. */
import { describe, expect, it } from "vitest";
import { createCompiledEngine } from "../../src/engine/compiled.ts";
import { createCpuEngine } from "../../src/engine/eager.ts";
import type { HostTensors } from "../../src/engine/types.ts";
import { evaluationProgram, gradientProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { nativeApi, nativeEngine, needsNative } from "../support/native-engine.ts";
import { parityCases } from "../support/parity-cases.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

const eager = await createCpuEngine();
const fastEngines = [createCompiledEngine({ threads: 1 }), ...(nativeApi === null ? [] : [nativeEngine()])];

it.skipIf(nativeApi === null)(`covers the native engine${needsNative}`, () => {
  expect(fastEngines.length).toBe(2);
});

describe.each(parityCases)("$router $options $model", ({ router: name, options, model }) => {
  const router = shippedRouters.get(name)!;
  const settings = tinySettings({ router: { name, options }, ...(model === undefined ? {} : { model }) });
  const spec = modelSpec(settings, router, TINY_V);
  it.each([gradientProgram(spec), evaluationProgram(spec, "eval"), evaluationProgram(spec, "causal-eval")])(
    "$name",
    async (program) => {
      const slow = await eager.compile(program);
      const executables = await Promise.all(fastEngines.map((engine) => engine.compile(program)));
      const agree = async (feeds: HostTensors, expected: HostTensors, what: string): Promise<void> => {
        for (const [index, fast] of executables.entries()) {
          expectEqual(await fast.run(feeds), expected, `${fastEngines[index]!.name}: ${what}`);
        }
      };
      for (const seed of [1, 2]) {
        const feeds = programFeeds(program, modelSpec(settings, router, TINY_V), seed);
        const expected = await slow.run(feeds);
        await agree(feeds, expected, `seed ${seed}`);
        expect(expected[NAMES.loss]![0]).toBeGreaterThan(1);
      }
      // A router of zeros gives equal scores: all ties, and experts that nobody chooses.
      const feeds = { ...programFeeds(program, modelSpec(settings, router, TINY_V), 1) };
      for (const [input, values] of Object.entries(feeds)) {
        if (/^parameters\/.*\.router\./.test(input)) feeds[input] = values.slice().fill(0);
      }
      const expected = await slow.run(feeds);
      await agree(feeds, expected, "ties");
      if (["linear", "shared-expert", "attention"].includes(name)) {
        const tokens = program.inputs[NAMES.inputs]!.shape[0];
        const { layers, denseLayers } = settings.model;
        // K = 2 of 4 in each layer that routes
        const ofLayers = Array.from({ length: layers - denseLayers }, () => [tokens, tokens, 0, 0]).flat();
        expect([...expected[NAMES.counts]!]).toEqual(ofLayers);
      }
      for (const fast of executables) await fast.dispose();
    },
  );
});

/** The same outputs, each within 1e-5 in the 2-norm. */
function expectEqual(found: HostTensors, expected: HostTensors, what: string): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [output, values] of Object.entries(expected)) {
    expect(found[output]!.length, output).toBe(values.length);
    expect(relativeDistance(found[output]!, values), `${output}, ${what}`).toBeLessThan(1e-5);
  }
}

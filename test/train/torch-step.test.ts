/**
 * One whole training step against PyTorch, on both engines: losses, gradients, and parameters after AdamW, from the same
 * weights and batch. test/fixtures/torch/make.py made the numbers from docs/model.md alone; requirements.txt pins it.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createCompiledEngine } from "../../src/engine/compiled.ts";
import { createCpuEngine } from "../../src/engine/eager.ts";
import type { HostArray } from "../../src/engine/types.ts";
import { tensorSpecs } from "../../src/model/parameters.ts";
import { gradientProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

interface Case {
  readonly router: string;
  readonly options: Record<string, unknown>;
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
  readonly parameters: Record<string, Numbers>;
  readonly expected: {
    readonly languageModel: number;
    readonly balance: readonly number[];
    readonly z: readonly number[];
    readonly loads: readonly (readonly number[])[];
    readonly gradientNorm: number;
    readonly gradients: Record<string, readonly number[]>;
    readonly parametersAfter: Record<string, readonly number[]>;
  };
}

const fixture = JSON.parse(readFileSync("test/fixtures/torch/step.json", "utf8")) as {
  readonly cases: Record<string, Case>;
};
const engines = [createCompiledEngine({ threads: 1 }), await createCpuEngine()];

describe.each(Object.entries(fixture.cases))("%s", (_, { router: name, options, ...given }) => {
  it.each(engines)("on $name", async (engine) => {
    const router = shippedRouters.get(name)!;
    const settings = tinySettings({ router: { name, options } });
    const program = gradientProgram(modelSpec(settings, router, TINY_V));
    const { expected } = given;
    const memory = engine.allocate(tensorSpecs(given.parameters));
    const inputs: Record<string, HostArray> = {
      [NAMES.inputs]: Int32Array.from(given.inputs),
      [NAMES.targets]: Int32Array.from(given.targets),
    };
    for (const [input, { shape }] of Object.entries(program.inputs)) {
      if (input.startsWith("state/")) inputs[input] = new Float32Array(shape.reduce((a, b) => a * b, 1));
    }
    const into: Record<string, HostArray> = {};
    for (const [parameter, { values }] of Object.entries(given.parameters)) {
      memory.parameters[parameter]!.set(values);
      inputs[NAMES.parameter(parameter)] = memory.parameters[parameter]!;
      into[NAMES.gradient(parameter)] = memory.gradients[parameter]!;
    }
    const executable = await engine.compile(program);
    const outputs = await executable.run(inputs, into);
    await executable.dispose();

    expect(outputs[NAMES.loss]![0]).toBeCloseTo(expected.languageModel, 5);
    expect(Array.from(outputs[NAMES.counts]!)).toEqual(expected.loads.flat());
    expected.z.forEach((z, layer) => expect(outputs[NAMES.z]![layer]).toBeCloseTo(z, 5));
    expected.balance.forEach((balance, layer) =>
      expect(outputs[NAMES.balance]![layer]).toBeCloseTo(balance, 5),
    );
    expect(Object.keys(memory.gradients).sort()).toEqual(Object.keys(expected.gradients).sort());
    for (const [parameter, values] of Object.entries(expected.gradients)) {
      const found = memory.gradients[parameter]!;
      expect(values.length, parameter).toBe(found.length);
      expect(relativeDistance(found, Float32Array.from(values)), `gradient of ${parameter}`).toBeLessThan(
        1e-5,
      );
    }
    const { optimizer } = settings.training;
    const norm = memory.adamw(1, 0.01, { ...optimizer, undecayed: new Set() });
    expect(norm).toBeCloseTo(expected.gradientNorm, 5);
    for (const [parameter, values] of Object.entries(expected.parametersAfter)) {
      // AdamW's first step is lr * sign(gradient), which turns a gradient of rounding noise into a whole step: leave out
      // elements whose gradient is a millionth of the largest.
      const gradient = expected.gradients[parameter]!;
      const floor = 1e-6 * Math.max(...gradient.map(Math.abs));
      values.forEach((value, index) => {
        if (Math.abs(gradient[index]!) > floor) {
          expect(memory.parameters[parameter]![index]).toBeCloseTo(value, 5);
        }
      });
    }
  });
});

/** Losses of the objectives and their gradients with respect to the logits, on every engine, are PyTorch's. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ObjectiveName } from "../../src/config/declared/objective.ts";
import { relativeDistance } from "../../src/check/numbers.ts";
import { tf } from "../../src/engine/tf.ts";
import type { Tensor, Tensors } from "../../src/engine/types.ts";
import { boundObjective } from "../../src/objectives/registry.ts";
import { integers, runBody } from "../support/bodies.ts";
import { engines } from "../support/engines.ts";

/** What make.py wrote beside the file. */
interface Fixture {
  readonly B: number;
  readonly T: number;
  readonly V: number;
  readonly logits: number[];
  readonly targets: number[];
  readonly weights: number[];
  readonly reference: number[];
  readonly cases: readonly {
    readonly objective: ObjectiveName;
    readonly options: Record<string, number>;
    readonly loss: number;
    readonly gradient: number[];
    readonly reported?: Record<string, number>;
  }[];
}

const { B, T, V, cases, ...numbers } = JSON.parse(
  readFileSync("test/fixtures/objectives/objectives.json", "utf8"),
) as Fixture;
const S = B * T;

describe.each(engines)("on $name", (engine) => {
  it.each(cases)(
    "$objective $options",
    async ({ objective: name, options, loss, gradient, reported = {} }) => {
      const objective = boundObjective({ name, options });
      const given = {
        logits: { shape: [S, V], values: numbers.logits },
        targets: integers(numbers.targets),
        weights: { shape: [S], values: numbers.weights },
        reference: { shape: [B], values: numbers.reference },
      };
      const found = await runBody(engine, given, (inputs) => {
        const { targets, weights, reference } = inputs as Tensors & Record<string, Tensor>;
        const batch = { B, T, targets: targets!, weights, reference };
        let told: Tensors = {};
        const { value, grad } = tf.valueAndGrad((logits) => {
          const result = objective.loss(logits, batch);
          told = Object.fromEntries(Object.entries(result.reported).map(([key, one]) => [key, tf.keep(one)]));
          return result.loss as never;
        })(inputs["logits"]!);
        return { value, grad, ...told };
      });
      expect(found["value"]![0]).toBeCloseTo(loss, 5);
      expect(relativeDistance(found["grad"]!, Float32Array.from(gradient))).toBeLessThan(1e-5);
      for (const [key, value] of Object.entries(reported)) expect(found[key]![0], key).toBeCloseTo(value, 5);
    },
  );
});

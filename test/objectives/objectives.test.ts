/** Objectives: values by hand, gradients by finite differences, and their programs on every engine. */
import { describe, expect, it } from "vitest";
import type { ObjectiveSettings } from "../../src/config/settings.ts";
import { OBJECTIVE_NAMES, OBJECTIVES } from "../../src/config/declared/objective.ts";
import { sameBits } from "../../src/check/numbers.ts";
import type { Engine, HostTensors, Tensor } from "../../src/engine/types.ts";
import { gradientProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { boundObjective } from "../../src/objectives/registry.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { integers, matrix, runBody } from "../support/bodies.ts";
import { eager, engines } from "../support/engines.ts";
import { expectGradients } from "../support/gradients.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

const { log } = Math;

/** An objective at its defaults, but for some options. */
function objectiveOf(
  name: ObjectiveSettings["name"],
  options: Record<string, number> = {},
): ObjectiveSettings {
  return { name, options: { ...(OBJECTIVES[name].options.parse({}) as Record<string, number>), ...options } };
}

/** Two rows of two tokens, V = 2. The first row: p(0) = 1/2, then 3/4; the second: 1/4, then 1/2. */
const LOGITS = [
  [0, 0],
  [log(3), 0],
  [0, log(3)],
  [log(5), log(5)],
];
const TARGETS = [0, 0, 0, 0];
const NATS = [log(2), log(4 / 3), log(4), log(2)];

async function valuesOf(
  engine: Engine,
  settings: ObjectiveSettings,
  given: { readonly weights?: readonly number[]; readonly reference?: readonly number[] },
): Promise<Record<string, number>> {
  const found = await runBody(
    engine,
    {
      logits: matrix(LOGITS),
      targets: integers(TARGETS),
      ...(given.weights && { weights: { shape: [4], values: given.weights } }),
      ...(given.reference && { reference: { shape: [2], values: given.reference } }),
    },
    ({ logits, targets, weights, reference }) => {
      const batch = { B: 2, T: 2, targets: targets!, weights, reference };
      const { reported, ...result } = boundObjective(settings).loss(logits!, batch);
      return { ...result, ...reported };
    },
  );
  return Object.fromEntries(Object.entries(found).map(([name, values]) => [name, values[0]!]));
}

function expectNear(found: Record<string, number>, expected: Record<string, number>): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected)) expect(found[name], name).toBeCloseTo(value, 5);
}

describe.each(engines)("on $name", (engine) => {
  it("pretrain is the mean over all tokens", async () => {
    const nats = (NATS[0]! + NATS[1]! + NATS[2]! + NATS[3]!) / 4;
    expectNear(await valuesOf(engine, objectiveOf("pretrain"), {}), { loss: nats, nats });
  });

  it("sft is the mean over the tokens of answers, whichever row they are in", async () => {
    const nats = (NATS[1]! + NATS[2]! + NATS[3]!) / 3;
    const found = await valuesOf(engine, objectiveOf("sft"), { weights: [0, 1, 1, 1] });
    expectNear(found, { loss: nats, nats });
  });

  it("dpo compares log-ratios to the parent: chosen in the first row, rejected in the second", async () => {
    // log pi: chosen ln 3/4, rejected ln 1/4 + ln 1/2 = ln 1/8; log ref: ln 1/2 and ln 1/4.
    // rewards with beta 2: 2 ln 3/2 and 2 ln 1/2; margin 2 ln 3 = ln 9; -log sigmoid(ln 9) = ln(1 + 1/9).
    const given = { weights: [0, 1, 1, 1], reference: [log(1 / 2), log(1 / 4)] };
    expectNear(await valuesOf(engine, objectiveOf("dpo", { beta: 2 }), given), {
      loss: log(10 / 9),
      preference_loss: log(10 / 9),
      reward_margin: log(9),
      reward_accuracy: 1,
      nats: NATS[1]!,
    });
    // The other way round the same pair is a wrong one: ln(1 + 9).
    const swapped = { weights: [0, 1, 1, 1], reference: [log(3 / 2), log(1 / 36)] };
    // rewards 2 ln 1/2 and 2 ln 36/8: margin 2 ln 1/9 = ln 1/81.
    const found = await valuesOf(engine, objectiveOf("dpo", { beta: 2 }), swapped);
    expect(found["reward_accuracy"]).toBe(0);
    expect(found["loss"]).toBeCloseTo(log(82), 5);
  });

  it("td-mle: v(s') is the next token's value within an answer, and 0 behind its last token", async () => {
    // v = ln 2, ln 4, ln 4, ln 10; Q of the target = 0, ln 3, 0, ln 5.
    // First row, one token, its last: r = ln 3. Second row, two tokens: r = 0 - gamma ln 10, then ln 5 - 0.
    const gamma = 0.5;
    const squares = (log(3) ** 2 + (gamma * log(10)) ** 2 + log(5) ** 2) / 3;
    const nats = (NATS[1]! + NATS[2]! + NATS[3]!) / 3;
    const found = await valuesOf(engine, objectiveOf("td-mle", { lambda: 0.25, gamma }), {
      weights: [0, 1, 1, 1],
    });
    expectNear(found, { loss: nats + 0.25 * squares, nats, td_square: squares });
  });

  it("td-mle of an answer that ends before its row: what follows it is no next state", async () => {
    // First row: only its first token, so r = Q - 0 = 0; second row as above with gamma 1.
    const squares = (0 + log(10) ** 2 + log(5) ** 2) / 3;
    const found = await valuesOf(engine, objectiveOf("td-mle", { lambda: 1, gamma: 1 }), {
      weights: [1, 0, 1, 1],
    });
    expect(found["td_square"]).toBeCloseTo(squares, 5);
  });
});

describe("gradients with respect to logits are those of finite differences", () => {
  const fixed = {
    specs: {
      targets: { shape: [12], dtype: "int32" },
      weights: { shape: [12], dtype: "float32" },
      reference: { shape: [4], dtype: "float32" },
    },
    arrays: {
      targets: Int32Array.from([3, 1, 0, 2, 2, 4, 1, 1, 0, 3, 4, 2]),
      weights: Float32Array.from([0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1]),
      reference: Float32Array.from([-1, -2.5, -3, -0.5]),
    },
  } as const;
  const losses = [
    objectiveOf("pretrain"),
    objectiveOf("sft"),
    objectiveOf("dpo", { beta: 0.7 }),
    objectiveOf("td-mle", { lambda: 0.3, gamma: 0.8 }),
  ];
  it.each(losses)("$name", async (settings) => {
    const body = ({ logits, targets, weights, reference }: Record<string, Tensor>): Tensor => {
      const batch = { B: 4, T: 3, targets: targets!, weights, reference };
      return boundObjective(settings).loss(logits!, batch).loss;
    };
    await expectGradients({ variables: { logits: [12, 5] }, fixed, body }, engines, eager);
  });
});

/** One training step's outputs. */
async function stepOf(engine: Engine, objective: ObjectiveSettings): Promise<HostTensors> {
  const spec = modelSpec(tinySettings({ objective }), linear, TINY_V);
  const program = gradientProgram(spec);
  return (await engine.compile(program)).run(programFeeds(program, spec, 1));
}

describe.each(OBJECTIVE_NAMES)("a training step of %s", (name) => {
  it("is the same on every engine, and says what the objective reports", async () => {
    const expected = await stepOf(eager, objectiveOf(name));
    for (const report of boundObjective(objectiveOf(name)).reports) {
      expect(expected[NAMES.reported(report)]!.length).toBe(1);
    }
    for (const engine of engines.slice(1)) {
      const found = await stepOf(engine, objectiveOf(name));
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      for (const [output, values] of Object.entries(expected)) {
        expect(relativeDistance(found[output]!, values), `${engine.name}: ${output}`).toBeLessThan(1e-5);
      }
    }
  });
});

it.each(engines)("td-mle with lambda 0 is sft bit for bit, on $name", async (engine) => {
  const [plain, zero, more] = [
    await stepOf(engine, objectiveOf("sft")),
    await stepOf(engine, objectiveOf("td-mle", { lambda: 0 })),
    await stepOf(engine, objectiveOf("td-mle", { lambda: 0.1 })),
  ];
  for (const [output, values] of Object.entries(plain))
    expect(sameBits(zero[output], values), output).toBe(true);
  // Not for want of a term.
  expect(sameBits(more[NAMES.gradient("head")], plain[NAMES.gradient("head")])).toBe(false);
});

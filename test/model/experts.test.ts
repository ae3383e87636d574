/** The grouped way of running experts against slow, obvious ones. */
import { describe, expect, it } from "vitest";
import { putAlongLast } from "../../src/engine/ops/rows.ts";
import { tf } from "../../src/engine/tf.ts";
import type { HostTensors, Tensor } from "../../src/engine/types.ts";
import { applyExperts, feedForward } from "../../src/model/experts.ts";
import { gradientProgram, NAMES } from "../../src/model/programs.ts";
import type { Assignment, Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { type Given, integers, matrix, normals, rowsOf, runBody } from "../support/bodies.ts";
import { compiled, engines } from "../support/engines.ts";
import { routerCases } from "../support/router-cases.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

const [S, D, F, E] = [5, 4, 3, 4];
const weights = {
  up: normals([E, D, F], "up"),
  gate: normals([E, D, F], "gate"),
  down: normals([E, F, D], "down"),
};
const h = normals([S, D], "h");

/** The sum over experts of gates[s][e] times expert e on token s, by loops in float64. */
function byHand(gates: readonly (readonly number[])[]): number[] {
  const wGate = rowsOf(weights.gate.values, F);
  const wUp = rowsOf(weights.up.values, F);
  const wDown = rowsOf(weights.down.values, D);
  return rowsOf(h.values, D).flatMap((x, s) => {
    const y = new Array<number>(D).fill(0);
    for (let e = 0; e < E; e++) {
      for (let f = 0; f < F; f++) {
        let [a, b] = [0, 0];
        for (let d = 0; d < D; d++) {
          a += x[d]! * wGate[e * D + d]![f]!;
          b += x[d]! * wUp[e * D + d]![f]!;
        }
        const hidden = (a / (1 + Math.exp(-a))) * b;
        for (let d = 0; d < D; d++) y[d]! += gates[s]![e]! * hidden * wDown[e * F + f]![d]!;
      }
    }
    return y;
  });
}

describe.each(engines)("applyExperts on $name equals a loop over tokens and experts", (engine) => {
  const apply = async (
    given: Record<string, Given>,
    kind: Assignment["kind"],
    everyExpert?: true,
  ): Promise<number[]> => {
    const { y } = await runBody(engine, { h, ...weights, ...given }, (inputs) => {
      const assignment = { ...inputs, gate: inputs["gates"]!, kind, everyExpert } as unknown as Assignment;
      const parameters = { gate: inputs["gate"]!, up: inputs["up"]!, down: inputs["down"]! };
      return { y: applyExperts(inputs["h"]!, assignment, parameters) };
    });
    return Array.from(y!);
  };
  const agree = (found: number[], gates: number[][]): void =>
    byHand(gates).forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4));

  it("by token choice, with an expert that nobody chose", async () => {
    const given = {
      expert: integers([2, 0, 0, 3, 3, 2, 0, 2, 2, 3], [S, 2]),
      gates: matrix([[0.7, 0.3], [0.5, 0.5], [0.9, 0.1], [0.6, 0.4], [1, 0.25]]), // prettier-ignore
    };
    agree(await apply(given, "token-choice"), [
      [0.3, 0, 0.7, 0],
      [0.5, 0, 0, 0.5],
      [0, 0, 0.1, 0.9],
      [0.6, 0, 0.4, 0],
      [0, 0, 1, 0.25],
    ]);
  });

  it("by token choice, with all tokens on one expert", async () => {
    const given = {
      expert: integers([1, 1, 1, 1, 1], [S, 1]),
      gates: matrix([[1], [0.5], [0.25], [2], [-1]]),
    };
    agree(await apply(given, "token-choice"), [[0, 1, 0, 0], [0, 0.5, 0, 0], [0, 0.25, 0, 0], [0, 2, 0, 0], [0, -1, 0, 0]]); // prettier-ignore
  });

  it("by expert choice, with a token that all took and tokens that nobody took", async () => {
    const given = {
      token: integers([4, 0, 0, 1, 0, 4, 1, 0], [E, 2]),
      gates: matrix([[0.7, 0.3], [0.5, 0.6], [0.9, 0.1], [0.8, 0.4]]), // prettier-ignore
    };
    agree(await apply(given, "expert-choice"), [
      [0.3, 0.5, 0.9, 0.4],
      [0, 0.6, 0, 0.8],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0.7, 0, 0.1, 0],
    ]);
  });

  it("by dense gates", async () => {
    const gates = rowsOf(normals([S, E], "gates").values, E);
    agree(await apply({ gates: matrix(gates) }, "dense"), gates);
  });

  // One expert for no token, one token for no expert, one with all that are left.
  const few = [[0, 0, 0.7, -1], [0.5, 0, 0, 0], [0, 0, 0, 0], [0.3, 0, 2, 0.1], [0, 0, 0, 1]]; // prettier-ignore
  it("by dense gates, most of which are zero", async () => {
    agree(await apply({ gates: matrix(few) }, "dense"), few);
    agree(await apply({ gates: matrix(few) }, "dense", true), few);
    const none = few.map((row) => row.map(() => 0));
    agree(await apply({ gates: matrix(none) }, "dense"), none);
  });

  it("by dense gates: an expert at zero is not computed, and its gate gets no gradient, unless it is asked for", async () => {
    // Experts 1 and 3 make NaN of anything.
    const broken = { ...weights, down: { shape: [E, F, D], values: Array.from(weights.down.values, (w, i) => (Math.floor(i / (F * D)) % 2 === 1 ? NaN : w)) } }; // prettier-ignore
    const gates = matrix([[1, 0, 0, 0], [0.5, 0, 2, 0], [0, 0, 0, 0], [0, 0, 1, 0], [1, 0, 1, 0]]); // prettier-ignore
    const run = (given: Record<string, Given>, everyExpert: boolean): Promise<HostTensors> =>
      runBody(engine, { h, gates, ...given }, (inputs) => {
        const parameters = { gate: inputs["gate"]!, up: inputs["up"]!, down: inputs["down"]! };
        const loss = (gate: Tensor): Tensor =>
          tf.sum(
            applyExperts(
              inputs["h"]!,
              { kind: "dense", gate, ...(everyExpert && { everyExpert }) },
              parameters,
            ),
          );
        return { loss: loss(inputs["gates"]!), slope: tf.grad(loss)(inputs["gates"]!) };
      });
    const fine = await run(broken, false);
    const all = await run(weights, true);
    expect(fine["loss"]![0]).toBeCloseTo(all["loss"]![0]!, 4);
    // d loss / d gate[s, e] is the sum of what expert e makes of token s, 0 where it makes nothing.
    const slopes = Array.from(all["slope"]!);
    Array.from(fine["slope"]!).forEach((slope, i) =>
      expect(slope).toBeCloseTo(gates.values[i] === 0 ? 0 : slopes[i]!, 4),
    );
    expect(slopes.filter((slope) => slope !== 0)).toHaveLength(S * E);
    expect((await run(broken, true))["loss"]![0]).toBeNaN();
  });
});

it.each(engines)("on $name, a single expert equals a dense feed-forward network", async (engine) => {
  const single = {
    gate: normals([1, D, F], "gate"),
    up: normals([1, D, F], "up"),
    down: normals([1, F, D], "down"),
  };
  const given = {
    h,
    ...single,
    none: integers([0, 0, 0, 0, 0], [S, 1]),
    all: integers([3, 1, 4, 0, 2], [1, S]),
  };
  const found = await runBody(engine, given, ({ h: x, gate, up, down, none, all }) => {
    const experts = { gate: gate!, up: up!, down: down! };
    const flat = (w: Tensor): Tensor => tf.reshape(w, w.shape.slice(1));
    return {
      plain: feedForward(x!, { gate: flat(gate!), up: flat(up!), down: flat(down!) }),
      byToken: applyExperts(x!, { kind: "token-choice", expert: none!, gate: tf.ones([S, 1]) }, experts),
      byExpert: applyExperts(x!, { kind: "expert-choice", token: all!, gate: tf.ones([1, S]) }, experts),
      dense: applyExperts(x!, { kind: "dense", gate: tf.ones([S, 1]) }, experts),
    };
  });
  for (const name of ["byToken", "byExpert", "dense"]) {
    expect(relativeDistance(found[name]!, found["plain"]!), name).toBeLessThan(1e-6);
  }
});

/** The same router, its assignment written as a gate for every token and expert, so that every expert runs on all tokens. */
function slowly(router: Router): Router {
  return {
    ...router,
    route: (input, sizes, options) => {
      const routing = router.route(input, sizes, options);
      const { assignment } = routing;
      const S = sizes.B * sizes.T;
      const gate =
        assignment.kind === "token-choice"
          ? putAlongLast(assignment.gate, assignment.expert, sizes.E) // [S, E]
          : assignment.kind === "expert-choice"
            ? tf.transpose(putAlongLast(assignment.gate, assignment.token, S)) // [E, S] -> [S, E]
            : assignment.gate;
      return { ...routing, assignment: { kind: "dense", gate, everyExpert: true } };
    },
  };
}

const choosing = routerCases.filter(({ router }) => router.name !== "dense");
it.each(choosing)(
  "the whole step of $name equals that with every expert on every token",
  async ({ router, options, model }) => {
    const settings = tinySettings({ router: { name: router.name, options }, model });
    const run = async (which: Router): Promise<HostTensors> => {
      const program = gradientProgram(modelSpec(settings, which, TINY_V));
      const executable = await compiled.compile(program);
      const outputs = await executable.run(programFeeds(program, modelSpec(settings, router, TINY_V), 6));
      await executable.dispose();
      return outputs;
    };
    const [grouped, slow] = [await run(router), await run(slowly(router))];
    expect(Object.keys(grouped).sort()).toEqual(Object.keys(slow).sort());
    expect(Array.from(grouped[NAMES.counts]!)).toEqual(Array.from(slow[NAMES.counts]!));
    for (const [name, values] of Object.entries(slow)) {
      expect(relativeDistance(grouped[name]!, values), name).toBeLessThan(1e-5);
    }
  },
);

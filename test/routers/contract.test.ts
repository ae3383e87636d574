/** What any router must pass, whatever it does: shapes, distinct experts, gradients, state, both engines, determinism. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import { assertShape, sizeOf } from "../../src/core/axes.ts";
import { streamOf } from "../../src/core/streams.ts";
import type { Executable, HostTensors, Program } from "../../src/engine/types.ts";
import { routerSizes } from "../../src/model/parameters.ts";
import { gradientProgram, NAMES } from "../../src/model/programs.ts";
import type { Assignment, RouterSizes, Routing, RoutingMode } from "../../src/model/router.ts";
import {
  type Given,
  hostOf,
  integers,
  normals,
  routeProgram,
  rowsOf,
  trainedNames,
} from "../support/bodies.ts";
import { compiled, eager } from "../support/engines.ts";
import { type RouterCase, routerCases } from "../support/router-cases.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

const MODES: readonly RoutingMode[] = ["train", "eval", "causal-eval"];

/** Random models that the router accepts: E 3..9, K 1..3, and D never as large as E, so that mixed-up axes show. */
function randomSettings({ name, router, options, model }: RouterCase, count: number): Settings[] {
  const stream = streamOf(0, "contract", name);
  const found: Settings[] = [];
  while (found.length < count) {
    const heads = 1 + stream.integer(2);
    const settings = tinySettings({
      router: { name: router.name, options },
      model: {
        width: heads === 1 ? 10 : 12,
        heads,
        layers: 1 + stream.integer(2),
        experts: 3 + stream.integer(7),
        topK: 1 + stream.integer(3),
        expertWidth: 3 + stream.integer(4),
        ...model,
      },
      data: { batchSequences: 1 + stream.integer(3), sequenceLength: 2 + stream.integer(8) },
    });
    // Of two tokens in all, one query has a choice: its gradient is 2 % of the value's, and the last bit of the parameters
    // alone moves it by 1e-5, on any engine.
    const { batchSequences, sequenceLength } = settings.data;
    if (batchSequences * sequenceLength < 3) continue;
    if (router.problems(options, settings.model, settings.data).length === 0) found.push(settings);
  }
  return found;
}

/** Random tokens, parameters, state and noise of one layer. */
function randomInputs({ router, options }: RouterCase, sizes: RouterSizes): Record<string, Given> {
  const S = sizes.B * sizes.T;
  const stream = streamOf(1, "tokens");
  const specs = {
    ...router.parameters(sizes, options),
    ...router.state(sizes, options),
    ...router.noise?.(sizes, options),
  };
  return {
    x: normals([S, sizes.D], "x"),
    tokens: integers(Int32Array.from({ length: S }, () => stream.integer(sizes.V))),
    ...Object.fromEntries(
      Object.entries(specs).map(([name, { shape }]) => [name, small(normals(shape, name))]),
    ),
  };
}

/** So that scores are of order 1, and no softmax inside a router saturates into exact ties. */
function small(given: Given): Given {
  return { ...given, values: Array.from(given.values, (value) => 0.3 * value) };
}

/** Shapes of everything that a router returns, against the contract and its own declarations. */
function assertShapes(routing: Routing, one: RouterCase, sizes: RouterSizes): Assignment["kind"] {
  const { E, K } = sizes;
  const S = sizes.B * sizes.T;
  const { assignment, logits, probs, losses = {}, matrices = {} } = routing;
  switch (assignment.kind) {
    case "token-choice":
      assertShape("expert", assignment.expert.shape, [S, K]);
      assertShape("gate", assignment.gate.shape, [S, K]);
      break;
    case "expert-choice":
      assertShape("gate", assignment.gate.shape, [E, assignment.token.shape[1] ?? 0]);
      assertShape("token", assignment.token.shape, assignment.gate.shape);
      break;
    case "dense":
      assertShape("gate", assignment.gate.shape, [S, E]);
  }
  if (logits !== undefined) assertShape("logits", logits.shape, [S, E]);
  if (probs !== undefined) assertShape("probs", probs.shape, [S, E]);
  for (const [name, loss] of Object.entries(losses)) assertShape(name, loss.shape, []);
  const declared = one.router.matrices(sizes, one.options);
  expect(Object.keys(matrices)).toEqual(Object.keys(declared));
  for (const [name, shape] of Object.entries(declared)) assertShape(name, matrices[name]!.shape, shape);
  for (const [name, { shape }] of Object.entries(one.router.state(sizes, one.options))) {
    const next = routing.state?.[name];
    if (next !== undefined) assertShape(name, next.shape, shape);
  }
  return assignment.kind;
}

function expectDistinct(rows: readonly (readonly number[])[], below: number): void {
  for (const row of rows) {
    expect(new Set(row).size).toBe(row.length);
    expect(row.every((index) => Number.isInteger(index) && index >= 0 && index < below)).toBe(true);
  }
}

/** Every gate as [S, E], zero where an expert does not process a token. */
function gatesByExpert(kind: Assignment["kind"], found: HostTensors, { B, T, E }: RouterSizes): number[][] {
  const S = B * T;
  const gates = found["gate"]!;
  if (kind === "dense") return rowsOf(gates, E);
  const table = Array.from({ length: S }, () => new Array<number>(E).fill(0));
  const width = gates.length / (kind === "token-choice" ? S : E);
  const index = found[kind === "token-choice" ? "expert" : "token"]!;
  gates.forEach((gate, i) => {
    const row = Math.floor(i / width);
    if (kind === "token-choice") table[row]![index[i]!] = gate;
    else table[index[i]!]![row] = gate;
  });
  return table;
}

describe.each(routerCases)("$name", (one) => {
  const { router, options } = one;
  const drawn = randomSettings(one, 3);

  it.each(MODES)("in %s returns what it declares, in the right shapes", async (mode) => {
    for (const settings of drawn) {
      const sizes = routerSizes(settings, TINY_V);
      const { E, B, T } = sizes;
      let kind: Assignment["kind"] | undefined;
      const program = routeProgram(router, sizes, options, mode, (routing) => {
        kind = assertShapes(routing, one, sizes);
        if (mode === "train")
          expect(Object.keys(routing.state ?? {})).toEqual(Object.keys(router.state(sizes, options)));
      });
      const found = await (await eager.compile(program)).run(hostOf(randomInputs(one, sizes)));
      for (const [name, values] of Object.entries(found)) {
        expect(
          values.every((value) => Number.isFinite(value)),
          name,
        ).toBe(true);
      }
      if (kind === "token-choice") expectDistinct(rowsOf(found["expert"]!, sizes.K), E);
      if (kind === "expert-choice")
        expectDistinct(rowsOf(found["token"]!, found["token"]!.length / E), B * T);
      for (const row of rowsOf(found["probs"] ?? [], E))
        expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
  });

  it("uses the parameters that it declares, no others and all of them", async () => {
    const sizes = routerSizes(drawn[0]!, TINY_V);
    const used = new Set<string>();
    const listening = {
      ...router,
      route: (...[input, ...rest]: Parameters<typeof router.route>): Routing => {
        const parameters = new Proxy(input.parameters, {
          get: (target, name) => {
            used.add(String(name));
            return target[String(name)];
          },
        });
        return router.route({ ...input, parameters }, ...rest);
      },
    };
    const executable = await eager.compile(routeProgram(listening, sizes, options, "train"));
    await executable.run(hostOf(randomInputs(one, sizes)));
    expect([...used].sort()).toEqual(Object.keys(router.parameters(sizes, options)).sort());
  });

  it("commutes with a permutation of the experts, where it has parameters to permute", async () => {
    const sizes = routerSizes(drawn[0]!, TINY_V);
    const { E } = sizes;
    const learned = { ...router.parameters(sizes, options), ...router.state(sizes, options) };
    const order = Array.from({ length: E }, (_, e) => (e + 2) % E);
    const inputs = randomInputs(one, sizes);
    const permuted = Object.fromEntries(
      Object.entries(inputs).map(([name, given]) => [
        name,
        name in learned ? permuteExperts(given, E, order) : given,
      ]),
    );
    for (const mode of ["train", "causal-eval"] as const) {
      let kind: Assignment["kind"] = "dense";
      const executable = await eager.compile(
        routeProgram(router, sizes, options, mode, ({ assignment }) => (kind = assignment.kind)),
      );
      const [plain, moved] = [await executable.run(hostOf(inputs)), await executable.run(hostOf(permuted))];
      const [before, after] = [plain, moved].map((found) => gatesByExpert(kind, found, sizes)) as [
        number[][],
        number[][],
      ];
      // A fixed router (hash, dense) has nothing to permute and stays as it is.
      const wanted =
        Object.keys(learned).length > 0 ? before.map((row) => order.map((e) => row[e]!)) : before;
      wanted.flat().forEach((gate, i) => expect(after.flat()[i]).toBeCloseTo(gate, 5));
    }
  });

  describe.each(drawn.slice(0, 2).map((settings) => ({ settings, shape: shapeName(settings) })))(
    "$shape",
    ({ settings }) => {
      const spec = { settings, router, vocabulary: TINY_V };
      const program: Program = gradientProgram(spec);
      const feeds = programFeeds(program, settings, router, TINY_V, 5);
      let slow: Executable;
      let fast: Executable;
      let expected: HostTensors;
      let found: HostTensors;

      beforeAll(async () => {
        slow = await eager.compile(program);
        fast = await compiled.compile(program);
        [expected, found] = [await slow.run(feeds), await fast.run(feeds)];
      });
      afterAll(() => fast.dispose());

      it("trains every parameter that it says it trains, and no other", () => {
        const trained = trainedNames(spec);
        const gradients = Object.keys(found).filter((name) => name.startsWith(NAMES.gradient("")));
        expect(gradients.sort()).toEqual(trained.map(NAMES.gradient).sort());
        for (const name of trained) {
          const gradient = found[NAMES.gradient(name)]!;
          expect(gradient.length).toBe(sizeOf(program.inputs[NAMES.parameter(name)]!.shape));
          expect(Math.hypot(...gradient), name).toBeGreaterThan(1e-7);
        }
      });

      it("gives the next value of every state, and no other", () => {
        const states = Object.keys(feeds).filter((name) => name.startsWith(NAMES.state("")));
        const next = Object.keys(found).filter((name) => name.startsWith(NAMES.nextState("")));
        expect(next.sort()).toEqual(
          states.map((name) => NAMES.nextState(name.slice(NAMES.state("").length))).sort(),
        );
        for (const name of next) expect(found[name]!.length).toBe(feeds[name.replace(/^next-/, "")]!.length);
      });

      it("gives equal numbers on both engines", () => expectClose(found, expected));

      it("and where all scores are tied and experts are left empty", async () => {
        const tied = zeroed(feeds);
        const [a, b] = [await fast.run(tied), await slow.run(tied)];
        expectClose(a, b);
        const { experts: E, topK: K, layers: L } = settings.model;
        const S = settings.data.batchSequences * settings.data.sequenceLength;
        if (router.wantsBalanceLoss) {
          // These choose by score: a tie goes to the lower index, so the first K take every token.
          const counts = Array.from({ length: E }, (_, e) => (e < K ? S : 0));
          expect(rowsOf(a[NAMES.counts]!, E)).toEqual(Array.from({ length: L }, () => counts));
        }
      });

      it("gives the same bits again", async () => {
        for (const [executable, first] of [
          [fast, found],
          [slow, expected],
        ] as const) {
          const again = await executable.run(feeds);
          for (const [name, values] of Object.entries(first)) {
            expect(Buffer.from(again[name]!.buffer).equals(Buffer.from(values.buffer)), name).toBe(true);
          }
        }
      });
    },
  );
});

function shapeName({ model, data }: Settings): string {
  return `E${model.experts} K${model.topK} D${model.width} L${model.layers} B${data.batchSequences} T${data.sequenceLength}`;
}

function expectClose(found: HostTensors, expected: HostTensors): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    expect(found[name]!.length, name).toBe(values.length);
    expect(relativeDistance(found[name]!, values), name).toBeLessThan(1e-5);
  }
}

/** The same numbers with all router parameters zero. */
function zeroed(feeds: HostTensors): HostTensors {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, values]) => [
      name,
      name.startsWith("parameters/") && name.includes(".router.") ? new Float32Array(values.length) : values,
    ]),
  );
}

/** Every axis of extent E in another order. */
function permuteExperts(given: Given, E: number, order: readonly number[]): Given {
  let values = Array.from(given.values);
  given.shape.forEach((extent, axis) => {
    if (extent !== E) return;
    const inner = sizeOf(given.shape.slice(axis + 1));
    values = values.map((_, i) => {
      const position = Math.floor(i / inner) % E;
      return values[i + (order[position]! - position) * inner]!;
    });
  });
  return { ...given, values };
}

import { assertShape } from "../core/axes.ts";
import { messageOf } from "../core/errors.ts";
import type { HostTensors } from "../engine/types.ts";
import type { BoundRouter } from "../model/bound-router.ts";
import type { Assignment, Routing, RouterSizes, RoutingMode } from "../model/router.ts";
import { layerFeeds, permuteExperts, rowsOf } from "./numbers.ts";
import { routeProgram } from "./route-program.ts";
import type { CheckSubject } from "./subject.ts";

const MODES: readonly RoutingMode[] = ["train", "eval", "causal-eval"];
/** Gates of order 1 in float32, after sums in another order. */
const GATE_TOLERANCE = 5e-6;
const SUM_TOLERANCE = 5e-6;

/** Shapes, names and meaning of what `route` returns, in every mode. */
export async function checkReturned({ models, eager }: CheckSubject): Promise<string[]> {
  const problems: string[] = [];
  for (const { router } of models) {
    for (const mode of MODES) {
      const shapes: string[] = [];
      let kind: Assignment["kind"] | undefined;
      const program = routeProgram(router, mode, (routing) => {
        kind = routing.assignment.kind;
        shapes.push(...shapeProblems(routing, router), ...nameProblems(routing, router, mode));
      });
      const executable = await eager.compile(program);
      const found = await executable.run(layerFeeds(program.inputs, router.sizes.V));
      await executable.dispose();
      const meaning = shapes.length === 0 ? valueProblems(found, kind, router.sizes) : [];
      problems.push(
        ...[...shapes, ...meaning].map((message) => `in ${mode} (${sizesText(router)}): ${message}`),
      );
    }
  }
  return problems;
}

/** Which of its parameters `route` reads. */
export async function checkParametersUsed({ models, eager }: CheckSubject): Promise<string[]> {
  const router = models[0]?.router;
  if (router === undefined) return [];
  const used = new Set<string>();
  const listening: BoundRouter = {
    ...router,
    route: (input) => {
      const parameters = new Proxy(input.parameters, {
        get: (target, name) => {
          used.add(String(name));
          return target[String(name)];
        },
      });
      return router.route({ ...input, parameters });
    },
  };
  const program = routeProgram(listening, "train");
  const executable = await eager.compile(program);
  await executable.run(layerFeeds(program.inputs, router.sizes.V));
  await executable.dispose();
  return Object.keys(router.parameters)
    .filter((name) => !used.has(name))
    .map((name) => `parameters: ${name} is declared, but route does not use it`);
}

/** Whether a router has anything whose experts can be renumbered. */
export function canRenumber({ models }: CheckSubject): boolean {
  return models.some(
    ({ router }) => Object.keys({ ...router.parameters, ...router.state, ...router.noise }).length > 0,
  );
}

/** Renumbering the experts in its parameters, state and noise must renumber its gates and change nothing else. */
export async function checkRenumbered({ models, eager }: CheckSubject): Promise<string[]> {
  const router = models[0]?.router;
  if (router === undefined) return [];
  const { sizes } = router;
  const order = Array.from({ length: sizes.E }, (_, e) => (e + 2) % sizes.E);
  const own = { ...router.parameters, ...router.state, ...router.noise };
  const problems: string[] = [];
  for (const mode of ["train", "causal-eval"] as const) {
    let kind: Assignment["kind"] = "dense";
    const program = routeProgram(router, mode, ({ assignment }) => (kind = assignment.kind));
    const plain = layerFeeds(program.inputs, sizes.V);
    const moved = Object.fromEntries(
      Object.entries(plain).map(([name, values]) => [
        name,
        name in own ? permuteExperts(values, own[name]?.shape ?? [], order) : values,
      ]),
    );
    const executable = await eager.compile(program);
    const [first, second] = [await executable.run(plain), await executable.run(moved)];
    await executable.dispose();
    const [before, after] = [gatesByExpert(kind, first, sizes), gatesByExpert(kind, second, sizes)];
    const largest = Math.max(
      ...before.flatMap((row, s) =>
        order.map((e, to) => Math.abs((after[s]?.[to] ?? NaN) - (row[e] ?? NaN))),
      ),
    );
    if (!(largest < GATE_TOLERANCE)) {
      problems.push(
        `in ${mode}: with its experts renumbered, gates differ by up to ${largest.toPrecision(2)}`,
      );
    }
  }
  return problems;
}

function shapeProblems(routing: Routing, { sizes, matrices, state }: BoundRouter): string[] {
  const { E, K } = sizes;
  const S = sizes.B * sizes.T;
  const { assignment, logits, probs, losses = {} } = routing;
  const wanted: [string, { readonly shape: readonly number[] } | undefined, readonly number[]][] = [
    ["logits", logits, [S, E]],
    ["probs", probs, [S, E]],
    ...Object.entries(losses).map(
      ([name, loss]) => [`losses.${name}`, loss, []] as [string, typeof loss, []],
    ),
    ...Object.entries(matrices).map(
      ([name, shape]) =>
        [`matrices.${name}`, routing.matrices?.[name], shape] as [string, undefined, number[]],
    ),
    ...Object.entries(state).map(
      ([name, { shape }]) => [`state.${name}`, routing.state?.[name], shape] as [string, undefined, number[]],
    ),
  ];
  switch (assignment.kind) {
    case "token-choice":
      wanted.push(["expert", assignment.expert, [S, K]], ["gate", assignment.gate, [S, K]]);
      break;
    case "expert-choice": {
      const C = assignment.token.shape[1] ?? 0;
      wanted.push(["token", assignment.token, [E, C]], ["gate", assignment.gate, [E, C]]);
      break;
    }
    case "dense":
      wanted.push(["gate", assignment.gate, [S, E]]);
      break;
    default:
      return [`assignment.kind is ${JSON.stringify((assignment as { kind: unknown }).kind)}`];
  }
  return wanted.flatMap(([name, tensor, shape]) => {
    if (tensor === undefined) return [];
    try {
      assertShape(name, tensor.shape, shape);
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  });
}

/** State and matrices by name: what is declared must come, and nothing else. */
function nameProblems(routing: Routing, router: BoundRouter, mode: RoutingMode): string[] {
  const { state = {}, matrices = {} } = routing;
  const compare = (field: string, declared: object, returned: object, all: boolean): string[] => [
    ...Object.keys(declared)
      .filter((name) => all && !(name in returned))
      .map((name) => `${field}: ${name} is declared, but not returned`),
    ...Object.keys(returned)
      .filter((name) => !(name in declared))
      .map((name) => `${field}: ${name} is returned, but not declared`),
  ];
  return [
    ...compare("state", router.state, state, mode === "train"),
    ...compare("matrices", router.matrices, matrices, true),
  ];
}

/** Finite numbers, distinct indices in range, probabilities that sum to 1. */
function valueProblems(
  found: HostTensors,
  kind: Assignment["kind"] | undefined,
  { B, T, E, K }: RouterSizes,
): string[] {
  const problems = Object.entries(found)
    .filter(([, values]) => !values.every((value) => Number.isFinite(value)))
    .map(([name]) => `${name} is not finite`);
  if (kind === "token-choice") problems.push(...indexProblems("expert", rowsOf(found["expert"] ?? [], K), E));
  if (kind === "expert-choice") {
    const token = found["token"] ?? new Int32Array(0);
    problems.push(...indexProblems("token", rowsOf(token, token.length / E), B * T));
  }
  const sums = rowsOf(found["probs"] ?? [], E).map((row) => row.reduce((a, b) => a + b));
  const wrong = sums.find((sum) => Math.abs(sum - 1) > SUM_TOLERANCE);
  if (wrong !== undefined) problems.push(`probs of a token sum to ${wrong.toPrecision(4)}, not to 1`);
  return problems;
}

function indexProblems(name: string, rows: readonly (readonly number[])[], below: number): string[] {
  const outside = rows.flat().find((index) => !(Number.isInteger(index) && index >= 0 && index < below));
  const twice = rows.find((row) => new Set(row).size < row.length);
  return [
    ...(outside === undefined ? [] : [`${name} has ${outside}, but goes from 0 to ${below - 1}`]),
    ...(twice === undefined ? [] : [`${name} names one twice: ${twice.join(", ")}`]),
  ];
}

/** Every gate as [S, E], zero where an expert does not process a token. */
function gatesByExpert(kind: Assignment["kind"], found: HostTensors, { B, T, E }: RouterSizes): number[][] {
  const gates = found["gate"] ?? new Float32Array(0);
  if (kind === "dense") return rowsOf(gates, E);
  const S = B * T;
  const table = Array.from({ length: S }, () => new Array<number>(E).fill(0));
  const width = gates.length / (kind === "token-choice" ? S : E);
  const index = found[kind === "token-choice" ? "expert" : "token"] ?? new Int32Array(0);
  gates.forEach((gate, i) => {
    const row = Math.floor(i / width);
    const chosen = index[i] ?? 0;
    const [s, e] = kind === "token-choice" ? [row, chosen] : [chosen, row];
    const line = table[s];
    if (line !== undefined) line[e] = gate;
  });
  return table;
}

function sizesText({ sizes: { B, T, D, E, K } }: BoundRouter): string {
  return `B ${B}, T ${T}, D ${D}, E ${E}, K ${K}`;
}

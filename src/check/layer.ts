import { sizeOf } from "../core/axes.ts";
import { streamOf } from "../core/streams.ts";
import type { Engine, HostArray, HostTensors } from "../engine/types.ts";
import type { BoundParameter, BoundRouter } from "../model/bound-router.ts";
import type { Assignment, Routing, RouterSizes, RoutingMode } from "../model/router.ts";
import { MOST_LABELS, rowsOf } from "./numbers.ts";
import { routeProgram } from "./route-program.ts";

/** What one call of a router gave. */
export interface Layer {
  readonly kind: Assignment["kind"];
  /** By the names of `routeProgram`. */
  readonly found: HostTensors;
  /** [S][E], zero where an expert does not process a token. */
  readonly gates: readonly (readonly number[])[];
}

/** Steps after which state counts as one of a training. */
const WARM_STEPS = 3;

/** Calls a router on numbers; what it returns must have been looked at. */
export async function callLayer(
  engine: Engine,
  router: BoundRouter,
  mode: RoutingMode,
  feeds: HostTensors,
): Promise<Layer> {
  let kind: Assignment["kind"] = "dense";
  const program = routeProgram(router, mode, (routing) => (kind = (routing as Routing).assignment.kind));
  const executable = await engine.compile(program);
  const found = await executable.run(feeds);
  await executable.dispose();
  return { kind, found, gates: gatesByExpert(kind, found, router.sizes) };
}

/**
 * Numbers for a call: tokens and noise of this draw; parameters as after some training, or as they start; state as it starts.
 */
export function layerFeeds(
  router: BoundRouter,
  draw: number,
  parameters: "trained" | "initial" = "trained",
): HostTensors {
  const { B, T, D, V } = router.sizes;
  const S = B * T;
  const stream = streamOf(draw, "router-check");
  const feeds: Record<string, HostArray> = {
    x: Float32Array.from({ length: S * D }, () => stream.normal()),
    tokens: Int32Array.from({ length: S }, () => stream.integer(V)),
    ...(router.seesLabels && {
      labels: Int32Array.from({ length: S }, () => stream.integer(MOST_LABELS)),
    }),
  };
  for (const [name, spec] of Object.entries(router.parameters)) {
    const own = streamOf(0, "router-check", name);
    const { initial, spread } = parameters === "trained" ? trainedLike(spec) : { ...spec, spread: spec.std };
    feeds[`parameters/${name}`] = Float32Array.from(
      { length: sizeOf(spec.shape) },
      () => initial + spread * own.normal(),
    );
  }
  for (const [name, { shape, initial }] of Object.entries(router.state)) {
    feeds[`state/${name}`] = new Float32Array(sizeOf(shape)).fill(initial);
  }
  for (const [name, { shape }] of Object.entries(router.carry)) {
    feeds[`carry/${name}`] = Float32Array.from({ length: sizeOf(shape) }, () => stream.normal());
  }
  for (const [name, { shape, distribution }] of Object.entries(router.noise)) {
    const number = (): number => (distribution === "normal" ? stream.normal() : stream.uniform());
    feeds[`noise/${name}`] = Float32Array.from({ length: sizeOf(shape) }, number);
  }
  return feeds;
}

/** The same with state as after some steps of training; a router without any has none to warm. */
export async function warmFeeds(engine: Engine, router: BoundRouter, draw = 0): Promise<HostTensors> {
  let state: HostTensors = {};
  for (let step = 1; step <= WARM_STEPS && Object.keys(router.state).length > 0; step++) {
    const { found } = await callLayer(engine, router, "train", {
      ...layerFeeds(router, 100 + step),
      ...state,
    });
    state = Object.fromEntries(Object.entries(found).filter(([name]) => name.startsWith("state/")));
  }
  return { ...layerFeeds(router, draw), ...state };
}

/** Where a parameter may be after some training: what starts as a constant has moved off it, but stays of its size. */
function trainedLike({ std, initial, trained }: BoundParameter): { initial: number; spread: number } {
  if (!trained || std > 0) return { initial, spread: std };
  return { initial, spread: initial === 0 ? 0.3 : 0.1 * initial };
}

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

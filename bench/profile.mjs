/** Reads ONNX Runtime's profile of a training step. */
import { round } from "./stats.mjs";

/**
 * An event of the profile; durations in microseconds.
 * @typedef {{ cat: string, name: string, dur: number, args: { op_name?: string,
 *   input_type_shape?: readonly Record<string, readonly number[]>[] } }} ProfileEvent
 * @typedef {{ name: string, ms: number, share: number, calls: number }} Group
 * @typedef {{ profiled_steps: number, graph_ms: number, nodes_ms: number, operators: readonly Group[],
 *   parts: readonly Group[], groups: readonly Group[] }} ProfileSummary
 */

const SUFFIX = "_kernel_time";
/** Inputs of a node whose shapes are shown; of many alike (Concat, Split) more say no more. */
const MOST_SHAPES = 3;

/**
 * Time of one step by operator, by part of the model and by operator with shapes, largest first; shares are of the
 * nodes' sum.
 * @param {readonly ProfileEvent[]} events in order of time
 * @param {{ skip: number, top: number }} options runs left out at the start; groups with shapes that are kept
 * @returns {ProfileSummary}
 * @throws {Error} where the profile has no more runs than are left out
 */
export function summariseProfile(events, { skip, top }) {
  const runs = events.filter(({ cat, name }) => cat === "Session" && name === "model_run");
  const kept = runs.slice(skip);
  if (kept.length === 0)
    throw new Error(`the profile has ${runs.length} runs, ${skip} of them for warming up`);
  /** @type {Map<string, number>} */
  const seen = new Map();
  const nodes = events
    .filter(({ cat, name }) => cat === "Node" && name.endsWith(SUFFIX))
    .filter(({ name }) => {
      const calls = (seen.get(name) ?? 0) + 1;
      seen.set(name, calls);
      return calls > skip;
    });
  const total = nodes.reduce((sum, { dur }) => sum + dur, 0);
  const shapes = shapesIn(nodes);
  /** @param {(event: ProfileEvent) => string} key */
  const by = (key) => groupsOf(nodes, key, total, kept.length);
  return {
    profiled_steps: kept.length,
    graph_ms: round(kept.reduce((sum, { dur }) => sum + dur, 0) / kept.length / 1000, 3),
    nodes_ms: round(total / kept.length / 1000, 3),
    operators: by(({ args }) => args.op_name ?? "?"),
    parts: by(({ name }) => partOf(name)),
    groups: by((event) => `${event.args.op_name ?? "?"} ${shapes(event)}`).slice(0, top),
  };
}

/**
 * The part of the model that a node belongs to, layers put together. Nodes of a part are named
 * `<scope>/<operator>_<number>`; where ONNX Runtime fuses some, it puts their names together.
 * @param {string} name
 */
function partOf(name) {
  const scope = /^([^/]*[^/\d])\/[A-Z]\w*_\d+/.exec(name)?.[1];
  return scope === undefined ? "elsewhere" : scope.replace(/layers\.\d+\./, "");
}

/**
 * Says the shapes of a node's inputs. A length that differs from run to run, as an expert's rows do, is n, so that all
 * experts are one group.
 * @param {readonly ProfileEvent[]} nodes
 * @returns {(event: ProfileEvent) => string}
 */
function shapesIn(nodes) {
  /** @type {Map<string, Set<number>>} */
  const lengths = new Map();
  for (const { name, args } of nodes) {
    shapesOf(args).forEach((shape, input) =>
      shape.forEach((length, axis) => {
        const place = `${name} ${input} ${axis}`;
        lengths.set(place, (lengths.get(place) ?? new Set()).add(length));
      }),
    );
  }
  return ({ name, args }) => {
    const shapes = shapesOf(args).map((shape, input) => {
      const shown = shape.map((length, axis) =>
        (lengths.get(`${name} ${input} ${axis}`)?.size ?? 1) > 1 ? "n" : String(length),
      );
      return `[${shown.join(",")}]`;
    });
    const first = shapes.slice(0, MOST_SHAPES).join(" ");
    return shapes.length > MOST_SHAPES ? `${first} and ${shapes.length - MOST_SHAPES} more` : first;
  };
}

/**
 * @param {ProfileEvent["args"]} args
 * @returns {(readonly number[])[]}
 */
function shapesOf({ input_type_shape = [] }) {
  return input_type_shape.map((input) => Object.values(input)[0] ?? []);
}

/**
 * @param {readonly ProfileEvent[]} nodes
 * @param {(event: ProfileEvent) => string} key
 * @param {number} total
 * @param {number} runs
 * @returns {Group[]}
 */
function groupsOf(nodes, key, total, runs) {
  /** @type {Map<string, { dur: number, calls: number }>} */
  const found = new Map();
  for (const event of nodes) {
    const name = key(event);
    const group = found.get(name) ?? { dur: 0, calls: 0 };
    found.set(name, { dur: group.dur + event.dur, calls: group.calls + 1 });
  }
  return [...found]
    .sort(([, a], [, b]) => b.dur - a.dur)
    .map(([name, { dur, calls }]) => ({
      name,
      ms: round(dur / runs / 1000, 3),
      share: round(dur / total, 4),
      calls: round(calls / runs, 1),
    }));
}

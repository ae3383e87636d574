import { messageOf } from "../core/errors.ts";
import { streamOf } from "../core/streams.ts";
import { insteadOfGradient } from "../engine/trace/instead.ts";
import type { Engine, Executable, HostTensors } from "../engine/types.ts";
import { type KernelCall, watchKernels } from "../engine/watch.ts";
import { gradientProgram, NAMES, trainedNames } from "../model/programs.ts";
import type { ModelSpec } from "../model/spec.ts";
import { threw, wrong, type Wrong } from "./finding.ts";
import { fieldOf } from "./values.ts";
import { programFeeds, relativeDistance, sameBits } from "./numbers.ts";

/** Of a gradient's 2-norm, at parameters and losses of order 1. */
const NO_GRADIENT = 1e-7;
/** Relative. Below it, engines are equal whatever a last bit does: sums in another order differ by 4e-7 to 3e-6. */
const ENGINE_TOLERANCE = 1e-5;
/**
 * Beyond that, engines may differ by this many times what the last bit of every input does to the reference: sharp softmaxes pass on far
 * more than they are given, in any order of any sum. Measured over the shipped routers' steps: 0.3 to 2.4 times.
 */
const TIMES_LAST_BIT = 5;
/** Of the numbers of a step. */
const SEED = 5;
/** Draws of last bits, whose largest effect counts. */
const NUDGES = 4;

/** A training step of a small model, run once by each engine. */
export interface CheckedStep {
  readonly spec: ModelSpec;
  readonly feeds: HostTensors;
  /** Operation by operation, and as it will train. */
  readonly slow: Executable;
  readonly fast: Executable;
  readonly expected: HostTensors;
  readonly found: HostTensors;
}

/** Runs a step on both engines; where that can't be, says why. */
export async function runStep(
  spec: ModelSpec,
  engines: { readonly eager: Engine; readonly fast: Engine },
): Promise<CheckedStep | readonly Wrong[]> {
  const program = gradientProgram(spec);
  const feeds = programFeeds(program, spec, SEED);
  const calls = new Map<string, KernelCall>();
  try {
    const slow = await engines.eager.compile({
      ...program,
      run: (inputs) => watchKernels(calls, () => program.run(inputs)),
    });
    const expected = await slow.run(feeds);
    const fast = await engines.fast.compile(program);
    return { spec, feeds, slow, fast, expected, found: await fast.run(feeds) };
  } catch (error) {
    const [, kernel] = /gradient function not found for (\w+)/.exec(messageOf(error)) ?? [];
    if (kernel === undefined) return [threw("route", error)];
    const message = `uses ${kernel}, which has no gradient; ${insteadOfGradient(kernel)}`;
    return [wrong("route", message, calls.get(kernel)?.at)];
  }
}

/** Whether a gradient of the objective reaches every parameter that the router says is trained. */
export function unreachedParameters({ spec, expected }: CheckedStep): Wrong[] {
  const unreached = trainedNames(spec)
    .filter((name) => !(Math.hypot(...(expected[NAMES.gradient(name)] ?? [])) > NO_GRADIENT))
    .map((name) => /\.router\.(.*)$/.exec(name)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(unreached)].map((name) =>
    wrong(
      `parameters.${name}`,
      "is trained, but no gradient reaches it: nothing that route returns depends on it but through choices, detached " +
        "tensors or constants; use it in gate, or declare trained: false",
    ),
  );
}

/** Numbers of a step that are not finite, by what of the model they are. */
export function stepValueProblems({ expected }: CheckedStep): Wrong[] {
  const bad = Object.keys(expected).filter(
    (name) => !expected[name]?.every((value) => Number.isFinite(value)),
  );
  const [first] = bad;
  if (first === undefined) return [];
  const gradient = new RegExp(`^${NAMES.gradient("")}.*\\.router\\.(.*)$`).exec(first)?.[1];
  const field = gradient === undefined ? "route" : `parameters.${gradient}`;
  return [wrong(field, `makes ${first} of a training step of a small model not finite (NaN or Infinity)`)];
}

/**
 * Equal numbers operation by operation and compiled. What differs once is asked again with other numbers: two tokens that are alike to the
 * last bit but one may change places.
 */
export async function engineProblems(
  { spec, slow, fast, feeds, found, expected }: CheckedStep,
  engines: { readonly fast: Engine },
): Promise<Wrong[]> {
  const first = await differences({ found, expected, feeds }, slow);
  if (first.length === 0) return [];
  const other = programFeeds(gradientProgram(spec), spec, SEED + 1);
  const pair = { found: await fast.run(other), expected: await slow.run(other), feeds: other };
  return engineMessages(await differences(pair, slow), engines.fast, "");
}

/** The same where all scores are tied and experts are left empty. */
export async function tieProblems(
  { slow, fast, feeds }: CheckedStep,
  engines: { readonly fast: Engine },
): Promise<Wrong[]> {
  const tied = withZeroRouter(feeds);
  const expected = await slow.run(tied);
  // One that divides by the length of a weight has no ties to show.
  if (!Object.values(expected).every((values) => values.every((value) => Number.isFinite(value)))) return [];
  const pair = { found: await fast.run(tied), expected, feeds: tied };
  return engineMessages(await differences(pair, slow), engines.fast, " where all scores are tied");
}

/** Equal bits when run twice. */
export async function repeatProblems(
  { feeds, slow, fast, expected, found }: CheckedStep,
  engines: { readonly fast: Engine },
): Promise<Wrong[]> {
  const pairs = [
    ["tfjs-cpu", expected, await slow.run(feeds)],
    [engines.fast.name, found, await fast.run(feeds)],
  ] as const;
  return pairs.flatMap(([engine, first, again]) => {
    const changed = Object.keys(first).find((name) => !sameBits(first[name], again[name]));
    if (changed === undefined) return [];
    const message = `gives another ${outputWords(changed)} when the same step is run again (on ${engine}); it must depend on its inputs alone`;
    return [wrong("route", message)];
  });
}

/** The same numbers with all router parameters zero, so that every score is the same to the last bit. */
export function withZeroRouter(feeds: HostTensors): HostTensors {
  const own = new RegExp(`^${NAMES.parameter("")}.*\\.router\\.`);
  return Object.fromEntries(
    Object.entries(feeds).map(([name, values]) => [
      name,
      own.test(name) ? new Float32Array(values.length) : values,
    ]),
  );
}

/** The same numbers, each moved by up to the last bit of a float32. */
function withLastBit(feeds: HostTensors, draw: number): HostTensors {
  const stream = streamOf(draw, "router-check", "last-bit");
  return Object.fromEntries(
    Object.entries(feeds).map(([name, values]) => [
      name,
      values instanceof Float32Array
        ? values.map((value) => value * (1 + (2 * stream.uniform() - 1) * 2 ** -23))
        : values,
    ]),
  );
}

/** An output of both engines, with their distance; NaN where one lacks it. */
type Difference = readonly [name: string, distance: number];

/** Outputs that differ by more than rounding does. */
async function differences(
  { found, expected, feeds }: Readonly<Record<"found" | "expected" | "feeds", HostTensors>>,
  reference: Executable,
): Promise<Difference[]> {
  const suspects = [...new Set([...Object.keys(found), ...Object.keys(expected)])]
    .map((name): Difference => [name, distanceOf(found[name], expected[name])])
    .filter(([, distance]) => !(distance < ENGINE_TOLERANCE));
  if (suspects.length === 0) return [];
  const moved: HostTensors[] = [];
  for (let draw = 1; draw <= NUDGES; draw++) moved.push(await reference.run(withLastBit(feeds, draw)));
  return suspects.filter(([name, distance]) => {
    const largest = Math.max(...moved.map((outputs) => distanceOf(outputs[name], expected[name])));
    return !(distance < TIMES_LAST_BIT * largest);
  });
}

function distanceOf(a: HostTensors[string] | undefined, b: HostTensors[string] | undefined): number {
  return a === undefined || b?.length !== a.length ? NaN : relativeDistance(a, b);
}

/** The largest of them, as one finding. */
function engineMessages(found: readonly Difference[], engine: Engine, where: string): Wrong[] {
  const [first] = [...found].sort(([, a], [, b]) => b - a);
  if (first === undefined) return [];
  const [name, distance] = first;
  const message =
    `gives ${distance.toPrecision(2)} (relative) another ${outputWords(name)} on the engine ${engine.name} than on tfjs-cpu${where}; ` +
    "it must do the same on every engine and not ask which one it is on";
  return [wrong("route", message)];
}

function outputWords(name: string): string {
  return fieldOf(name.replace("next-state/", "state of "));
}

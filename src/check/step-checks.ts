import type { HostTensors } from "../engine/types.ts";
import { NAMES, trainedNames } from "../model/programs.ts";
import { relativeDistance } from "./numbers.ts";
import type { CheckedStep, CheckSubject } from "./subject.ts";

/** Of a gradient's 2-norm, at parameters and losses of order 1. */
const NO_GRADIENT = 1e-7;
/** Relative, in float32; sums in another order differ by about 1e-6. */
const ENGINE_TOLERANCE = 1e-5;
/** Beyond that, against what the last bit of the parameters does: sharp softmaxes pass on far more than they are given. */
const TIMES_LAST_BIT = 10;

/** Whether a gradient of the objective reaches every parameter that the router says is trained. */
export async function checkTrained({ steps }: CheckSubject): Promise<string[]> {
  return everyStep(await steps(), ({ spec, found }) =>
    trainedNames(spec)
      .filter((name) => !(Math.hypot(...(found[NAMES.gradient(name)] ?? [])) > NO_GRADIENT))
      .map((name) => `no gradient reaches ${name}; declare it with trained: false, or use it`),
  );
}

/** Equal numbers operation by operation and compiled. */
export async function checkEngines({ steps }: CheckSubject): Promise<string[]> {
  return everyStep(await steps(), ({ slow, feeds, found, expected }) =>
    differences(found, expected, () => slow.run(withLastBit(feeds))),
  );
}

/** The same where all scores are tied and experts are left empty. */
export async function checkTies({ steps }: CheckSubject): Promise<string[]> {
  return everyStep(await steps(), async ({ feeds, slow, fast }) => {
    const tied = withZeroRouter(feeds);
    const expected = await slow.run(tied);
    return differences(await fast.run(tied), expected, () => slow.run(withLastBit(tied)));
  });
}

/** Equal bits when run twice. */
export async function checkRepeats({ steps }: CheckSubject): Promise<string[]> {
  return everyStep(await steps(), async ({ feeds, slow, fast, expected, found }) => {
    const pairs = [
      [found, await fast.run(feeds)],
      [expected, await slow.run(feeds)],
    ] as const;
    const changed = pairs.flatMap(([first, again]) =>
      Object.keys(first).filter((name) => !sameBits(first[name], again[name])),
    );
    return changed.length === 0 ? [] : [`a second run of the same step gives another ${changed[0] ?? ""}`];
  });
}

/** The same numbers with all router parameters zero, so that every score is the same. */
export function withZeroRouter(feeds: HostTensors): HostTensors {
  const own = new RegExp(`^${NAMES.parameter("")}.*\\.router\\.`);
  return Object.fromEntries(
    Object.entries(feeds).map(([name, values]) => [
      name,
      own.test(name) ? new Float32Array(values.length) : values,
    ]),
  );
}

/** The same numbers, each moved by about the last bit of a float32, up and down in turn. */
function withLastBit(feeds: HostTensors): HostTensors {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, values]) => [
      name,
      values instanceof Float32Array
        ? values.map((value, i) => value * (1 + (i % 2 === 0 ? 1 : -1) * 2 ** -23))
        : values,
    ]),
  );
}

/** @param nudged the reference once more, with its numbers moved by a last bit; asked for where there is a difference. */
async function differences(
  found: HostTensors,
  expected: HostTensors,
  nudged: () => Promise<HostTensors>,
): Promise<string[]> {
  const suspects: (readonly [name: string, distance: number])[] = [];
  for (const name of new Set([...Object.keys(found), ...Object.keys(expected)])) {
    const [a, b] = [found[name], expected[name]];
    if (a === undefined || b === undefined || a.length !== b.length)
      return [`${name} is not on both engines`];
    const distance = relativeDistance(a, b);
    if (!(distance < ENGINE_TOLERANCE)) suspects.push([name, distance]);
  }
  if (suspects.length === 0) return [];
  const moved = await nudged();
  return suspects
    .filter(([name, distance]) => {
      const [a, b] = [moved[name], expected[name]];
      return a === undefined || b === undefined || !(distance < TIMES_LAST_BIT * relativeDistance(a, b));
    })
    .map(([name, d]) => `${name} of the compiled engine is ${d.toPrecision(2)} from that of tfjs-cpu`);
}

function sameBits(a: HostTensors[string] | undefined, b: HostTensors[string] | undefined): boolean {
  const words = (values: HostTensors[string]): Int32Array =>
    new Int32Array(values.buffer, values.byteOffset, values.length);
  return (
    a !== undefined && b !== undefined && a.length === b.length && words(a).every((w, i) => w === words(b)[i])
  );
}

async function everyStep(
  steps: readonly CheckedStep[],
  check: (step: CheckedStep) => string[] | Promise<string[]>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const step of steps) {
    const { layers } = step.spec.settings.model;
    const { B, T, D, E, K } = step.spec.router.sizes;
    const model = `${layers} layers, B ${B}, T ${T}, D ${D}, E ${E}, K ${K}`;
    problems.push(...(await check(step)).map((message) => `${message} (${model})`));
  }
  return problems;
}

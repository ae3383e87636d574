/** Joined element-wise programs compute what they did apart, by an interpreter that takes one element at a time. */
import { expect, it } from "vitest";
import { sizeOf } from "../../../src/core/axes.ts";
import { streamOf } from "../../../src/core/streams.ts";
import type { Draft, RowProgram } from "../../../src/engine/native/drafts.ts";
import { fuseGroup } from "../../../src/engine/native/fuse.ts";
import type { Group } from "../../../src/engine/native/groups.ts";
import { INSTRUCTIONS, MAX_REGISTERS } from "../../../src/engine/native/kinds.ts";
import { draftOfProgram } from "../../../src/engine/native/row-programs.ts";
import { broadcastTo, denseView, sliced, transposed, type View } from "../../../src/engine/native/views.ts";

/** On integers, so that nothing is rounded. */
const DO: Readonly<Record<string, (a: number, b: number) => number>> = {
  copy: (a) => a,
  neg: (a) => -a,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  max: (a, b) => Math.max(a, b),
};
const NAMES = Object.keys(DO) as (typeof INSTRUCTIONS)[number][];

type Memory = Map<number, number[]>;

function placeOf({ offset, shape, strides }: View, element: number): number {
  let [place, left] = [offset, element];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place += (left % shape[axis]!) * strides[axis]!;
    left = Math.floor(left / shape[axis]!);
  }
  return place;
}

function interpret({ shape, inputs, steps, outputs }: RowProgram, memory: Memory): void {
  for (let element = 0; element < sizeOf(shape); element++) {
    const registers = inputs.map(
      (view) => memory.get(view.root)![placeOf(broadcastTo(view, shape), element)]!,
    );
    for (const { instruction, from } of steps) {
      const [a = 0, b = 0] = from.map((register) => registers[register]!);
      registers.push(DO[INSTRUCTIONS[instruction]!]!(a, b));
    }
    for (const { register, view } of outputs)
      memory.get(view.root)![placeOf(view, element)] = registers[register]!;
  }
}

/** Programs that read what others made, in several shapes and ways; roots 0 and 1 are there from the start. */
function randomDrafts(draw: number): { drafts: Draft[]; sizes: Map<number, number> } {
  const stream = streamOf(draw, "programs");
  const pick = <T>(list: readonly T[]): T => list[stream.integer(list.length)]!;
  const made: View[] = [denseView(0, [2, 3, 4]), denseView(1, [4])];
  const sizes = new Map([
    [0, 24],
    [1, 4],
  ]);
  const drafts: Draft[] = [];
  for (let root = 2; root < 14; root++) {
    const shape = pick([[2, 3, 4], [2, 3, 4], [2, 4, 3], [3, 4]]); // prettier-ignore
    const readable = made.flatMap((view) => [
      view,
      ...(view.shape.join() === "2,4,3" ? [transposed(view, [0, 2, 1])] : []),
      ...(view.shape.join() === "2,3,4" ? [transposed(view, [0, 2, 1]), sliced(view, 0, 1, 1)] : []),
    ]);
    const fits = readable.filter((view) =>
      view.shape.every((extent, axis) => {
        const other = shape[shape.length - view.shape.length + axis];
        return other !== undefined && (extent === other || extent === 1);
      }),
    );
    if (fits.length === 0) continue;
    const name = pick(NAMES);
    const inputs = name === "copy" || name === "neg" ? [pick(fits)] : [pick(fits), pick(fits)];
    // Now and then the two halves of a root are written by two programs.
    const whole = denseView(root, shape);
    const halves =
      shape[0] === 2 && stream.integer(4) === 0 ? [sliced(whole, 0, 0, 1), sliced(whole, 0, 1, 1)] : [whole];
    const readableHere = (view: View, part: View): boolean =>
      view.shape.length < 3 || view.shape[0] === 1 || view.shape[0] === part.shape[0];
    if (halves.length === 2 && !inputs.every((view) => readableHere(view, halves[0]!))) continue;
    sizes.set(root, sizeOf(shape));
    for (const view of halves) {
      const step = { instruction: INSTRUCTIONS.indexOf(name), from: inputs.map((_, index) => index) };
      const outputs = [{ register: inputs.length, view }];
      drafts.push(draftOfProgram({ shape: view.shape, inputs, steps: [step], outputs }, name, ""));
    }
    made.push(whole);
  }
  return { drafts, sizes };
}

function run(drafts: readonly Draft[], sizes: ReadonlyMap<number, number>): Memory {
  const memory: Memory = new Map(
    [...sizes].map(([root, size]) => [
      root,
      Array.from({ length: size }, (_, i) => (root < 2 ? i * 7 - 30 + root : Number.NaN)),
    ]),
  );
  for (const { program } of drafts) interpret(program!, memory);
  return memory;
}

it("gives the same numbers in fewer programs, with no more registers than there are", () => {
  const found = { before: 0, after: 0, dropped: 0 };
  for (let draw = 0; draw < 300; draw++) {
    const { drafts, sizes } = randomDrafts(draw);
    const stream = streamOf(draw, "kept");
    const read = new Set(drafts.flatMap(({ program }) => program!.inputs.map(({ root }) => root)));
    const kept = new Set([...sizes.keys()].filter((root) => !read.has(root) || stream.integer(3) === 0));
    const group: Group = { kind: "slices", blocks: 1, counts: null, drafts };
    const fused = fuseGroup(group, (root) => kept.has(root)).drafts;
    const [expected, result] = [run(drafts, sizes), run(fused, sizes)];
    for (const root of kept) expect(result.get(root), `${draw}: %${root}`).toEqual(expected.get(root));
    for (const { program } of fused) {
      expect(program!.inputs.length + program!.steps.length).toBeLessThanOrEqual(MAX_REGISTERS);
    }
    const outputs = (list: readonly Draft[]): number =>
      list.reduce((sum, { program }) => sum + program!.outputs.length, 0);
    found.before += drafts.length;
    found.after += fused.length;
    found.dropped += outputs(drafts) - outputs(fused);
  }
  expect(found.after).toBeLessThan(0.7 * found.before);
  expect(found.dropped).toBeGreaterThan(100);
});

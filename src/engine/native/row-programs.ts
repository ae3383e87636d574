import type { Draft, DraftOperand, Encoded, RowProgram } from "./drafts.ts";
import { MAX_REGISTERS, TILE } from "./kinds.ts";
import { broadcastTo, type View } from "./views.ts";

/** Whether a view moves along the first axis of a shape. */
function movesAlong(view: View, shape: readonly number[]): boolean {
  return view.shape.length === shape.length && view.shape[0] === shape[0] && shape[0] !== undefined;
}

/** The draft of an element-wise program. */
export function draftOfProgram(program: RowProgram, label: string, scope: string): Draft {
  const { shape, inputs, outputs } = program;
  const operands: DraftOperand[] = [
    ...inputs.map((view) => ({
      view,
      writes: false,
      moves: movesAlong(view, shape) && view.strides[0] !== 0,
    })),
    ...outputs.map(({ view }) => ({ view, writes: true, moves: movesAlong(view, shape) })),
  ];
  return {
    op: "elementwise",
    operands,
    lead: shape[0] ?? null,
    anyRows: shape.length > 0,
    counts: null,
    perExpert: null,
    parts: 1,
    workspace: TILE * MAX_REGISTERS,
    packed: 0,
    encode: (lead) => encodeProgram(program, lead),
    program,
    label,
    scope,
  };
}

/** rank, dims, inputs, outputs, steps, strides, instructions, output registers: see native/op-elementwise.c. */
function encodeProgram({ shape, inputs, steps, outputs }: RowProgram, lead: number): Encoded {
  const block = shape.length === 0 ? [] : [lead, ...shape.slice(1)];
  const views = [...inputs, ...outputs.map(({ view }) => view)].map((view) => broadcastTo(view, shape));
  const { dims, strides } = collapsed(block, views);
  const code = steps.flatMap(({ instruction, from }, index) => {
    const [a = 0, b = 0, c = 0] = from;
    return [instruction, inputs.length + index, a, b, c];
  });
  return {
    ints: [
      dims.length,
      ...dims,
      inputs.length,
      outputs.length,
      steps.length,
      ...strides.flat(),
      ...code,
      ...outputs.map(({ register }) => register),
    ],
    floats: [],
  };
}

/** Axes of a loop joined where every operand's strides allow it, so that inner loops are long. A first axis of -1 stays. */
export function collapsed(
  dims: readonly number[],
  views: readonly View[],
): { dims: number[]; strides: number[][] } {
  const kept: number[] = [];
  const strides: number[][] = views.map(() => []);
  dims.forEach((extent, axis) => {
    if (extent === 1) return;
    const own = views.map((view) => view.strides[axis] ?? 0);
    const last = kept.length - 1;
    const outer = kept[last];
    const joins =
      outer !== undefined &&
      outer > 0 &&
      own.every((stride, index) => strides[index]?.[last] === stride * extent);
    if (joins) {
      kept[last] = outer * extent;
      own.forEach((stride, index) => strides[index]?.splice(-1, 1, stride));
    } else {
      kept.push(extent);
      own.forEach((stride, index) => strides[index]?.push(stride));
    }
  });
  return { dims: kept, strides };
}

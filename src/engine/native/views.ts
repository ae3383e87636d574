import { sizeOf } from "../../core/axes.ts";

/** A window on the storage of a value of the graph (its root): element i, j, .. lies at offset + i strides[0] + j strides[1] .. */
export interface View {
  readonly root: number;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Row-major strides. */
export function denseStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/** All of a root, stored row by row. */
export function denseView(root: number, shape: readonly number[]): View {
  return { root, offset: 0, shape, strides: denseStrides(shape) };
}

/** Whether elements lie row by row without a gap. */
export function isDense({ shape, strides }: View): boolean {
  if (sizeOf(shape) === 0) return true;
  const dense = denseStrides(shape);
  return shape.every((extent, axis) => extent === 1 || strides[axis] === dense[axis]);
}

/** Axes in another order. */
export function transposed(view: View, perm: readonly number[]): View {
  return {
    ...view,
    shape: perm.map((axis) => view.shape[axis] ?? 1),
    strides: perm.map((axis) => view.strides[axis] ?? 0),
  };
}

/** A part of one axis. */
export function sliced(view: View, axis: number, begin: number, extent: number): View {
  return {
    ...view,
    offset: view.offset + begin * (view.strides[axis] ?? 0),
    shape: view.shape.map((old, index) => (index === axis ? extent : old)),
  };
}

/** Without an axis of extent 1. */
export function squeezed(view: View, axis: number): View {
  const without = <T>(list: readonly T[]): T[] => list.filter((_, index) => index !== axis);
  return { ...view, shape: without(view.shape), strides: without(view.strides) };
}

/** Spread to a larger shape by standing still along the axes that are new or were 1. */
export function broadcastTo(view: View, shape: readonly number[]): View {
  const missing = shape.length - view.shape.length;
  return {
    ...view,
    shape,
    strides: shape.map((extent, axis) => {
      const own = axis - missing;
      return own < 0 || (view.shape[own] === 1 && extent !== 1) ? 0 : (view.strides[own] ?? 0);
    }),
  };
}

/** The same elements in another shape, or undefined where that takes a copy. */
export function reshaped(view: View, shape: readonly number[]): View | undefined {
  if (isDense(view)) return { ...view, shape, strides: denseStrides(shape) };
  const strides = new Array<number>(shape.length).fill(0);
  let axis = shape.length - 1;
  for (const run of runs(view).reverse()) {
    let { extent, stride } = run;
    while (extent > 1) {
      const wanted = shape[axis];
      if (wanted === undefined || extent % wanted !== 0) return undefined;
      strides[axis--] = stride;
      stride *= wanted;
      extent /= wanted;
    }
  }
  return { ...view, shape, strides };
}

/** The axes of a view, those joined that lie in one another; axes of extent 1 left out. */
export function runs(view: View): { extent: number; stride: number }[] {
  const joined: { extent: number; stride: number }[] = [];
  view.shape.forEach((extent, axis) => {
    if (extent === 1) return;
    const stride = view.strides[axis] ?? 0;
    const outer = joined.at(-1);
    if (outer?.stride === stride * extent) joined.splice(-1, 1, { extent: outer.extent * extent, stride });
    else joined.push({ extent, stride });
  });
  return joined;
}

/** Views against a list of where each element lies. */
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../../src/core/axes.ts";
import { streamOf } from "../../../src/core/streams.ts";
import {
  broadcastTo,
  denseView,
  isDense,
  reshaped,
  runs,
  sliced,
  squeezed,
  transposed,
  type View,
} from "../../../src/engine/native/views.ts";

/** An array by its definition: a shape, and where in the root each element lies, row by row. */
interface Listed {
  readonly shape: readonly number[];
  readonly at: (index: readonly number[]) => number;
}

/** Every index of a shape, row by row. */
function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, extent) => all.flatMap((index) => Array.from({ length: extent }, (_, i) => [...index, i])),
    [[]],
  );
}

const placesOf = ({ shape, at }: Listed): number[] => indices(shape).map(at);

/** A view as what it says of itself. */
function listedOf({ offset, shape, strides }: View): Listed {
  return { shape, at: (index) => index.reduce((sum, i, axis) => sum + i * strides[axis]!, offset) };
}

const listed = (view: View): number[] => placesOf(listedOf(view));

/** A few random moves of a dense array, as a view and by definition side by side. */
function randomPair(draw: number): { view: View; slow: Listed } {
  const stream = streamOf(draw, "views");
  const shape = Array.from({ length: 1 + stream.integer(4) }, () => 1 + stream.integer(4));
  let view = denseView(3, shape);
  let slow: Listed = {
    shape,
    at: (index) => index.reduce((place, i, axis) => place * shape[axis]! + i, 0),
  };
  for (let move = 0; move < stream.integer(4); move++) {
    const before = slow;
    const rank = before.shape.length;
    const axis = stream.integer(rank);
    const extent = before.shape[axis]!;
    if (stream.integer(2) === 0) {
      const perm = [...before.shape.keys()].sort(() => stream.uniform() - 0.5);
      view = transposed(view, perm);
      slow = {
        shape: perm.map((from) => before.shape[from]!),
        at: (index) => before.at(before.shape.map((_, from) => index[perm.indexOf(from)]!)),
      };
    } else {
      const begin = stream.integer(extent);
      const length = 1 + stream.integer(extent - begin);
      view = sliced(view, axis, begin, length);
      slow = {
        shape: before.shape.map((old, other) => (other === axis ? length : old)),
        at: (index) => before.at(index.map((i, other) => (other === axis ? begin + i : i))),
      };
    }
  }
  return { view, slow };
}

/** Another shape of as many elements. */
function randomShape(size: number, draw: number): number[] {
  const stream = streamOf(draw, "shapes");
  const shape: number[] = [];
  let left = size;
  while (left > 1) {
    const divisors = Array.from({ length: left }, (_, i) => i + 1).filter((n) => left % n === 0);
    const extent = divisors[stream.integer(divisors.length)]!;
    shape.push(extent);
    left /= extent;
  }
  return shape;
}

const draws = Array.from({ length: 400 }, (_, draw) => draw);

describe("a view", () => {
  it("of transposes and slices points where these say", () => {
    for (const draw of draws) {
      const { view, slow } = randomPair(draw);
      expect(view.shape, `${draw}`).toEqual(slow.shape);
      expect(listed(view), `${draw}`).toEqual(placesOf(slow));
    }
  });

  it("is dense just where its elements follow each other row by row", () => {
    const found = { yes: 0, no: 0 };
    for (const draw of draws) {
      const { view } = randomPair(draw);
      const places = listed(view);
      const follow = places.every((place, i) => place === places[0]! + i);
      expect(isDense(view), `${draw}`).toBe(follow);
      found[follow ? "yes" : "no"]++;
    }
    expect(Math.min(found.yes, found.no)).toBeGreaterThan(50);
  });

  it("in another shape has the same elements in the same order, or is said to take a copy where it does", () => {
    const found = { view: 0, copy: 0 };
    for (const draw of draws) {
      const { view } = randomPair(draw);
      const shape = randomShape(sizeOf(view.shape), draw);
      const other = reshaped(view, shape);
      if (other === undefined) {
        // Whether any strides do: those of each axis alone, from its first two elements.
        const places = listed(view);
        const steps = shape.map((extent, axis) =>
          extent === 1 ? 0 : places[sizeOf(shape.slice(axis + 1))]! - places[0]!,
        );
        expect(listed({ ...view, shape, strides: steps }), `${draw}`).not.toEqual(places);
        found.copy++;
      } else {
        expect(other.shape).toEqual(shape);
        expect(listed(other), `${draw}`).toEqual(listed(view));
        found.view++;
      }
    }
    expect(Math.min(found.view, found.copy)).toBeGreaterThan(50);
  });

  it("spread to a larger shape repeats its elements along new axes and those of extent 1", () => {
    for (const draw of draws) {
      const { view } = randomPair(draw);
      const shape = [2, ...view.shape.map((extent) => (extent === 1 ? 3 : extent))];
      const expected = indices(shape).map(([, ...index]) =>
        listedOf(view).at(index.map((i, axis) => (view.shape[axis] === 1 ? 0 : i))),
      );
      expect(listed(broadcastTo(view, shape)), `${draw}`).toEqual(expected);
    }
  });

  it("loses an axis of extent 1", () => {
    const view = sliced(denseView(0, [2, 3, 4]), 1, 2, 1);
    expect(squeezed(view, 1)).toEqual({ root: 0, offset: 8, shape: [2, 4], strides: [12, 1] });
  });

  it("has as runs what lies in one another", () => {
    expect(runs(denseView(0, [2, 1, 3]))).toEqual([{ extent: 6, stride: 1 }]);
    expect(runs(transposed(denseView(0, [2, 3]), [1, 0]))).toEqual([
      { extent: 3, stride: 1 },
      { extent: 2, stride: 3 },
    ]);
    expect(runs(sliced(denseView(0, [4, 3, 5]), 2, 1, 2))).toEqual([
      { extent: 12, stride: 5 },
      { extent: 2, stride: 1 },
    ]);
  });
});

import type { Range } from "./axis-range.ts";

/** A point of a curve. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The parts of a curve whose y lies within a range; where it leaves, it ends at the range's edge.
 * @returns runs of at least two points.
 */
export function clipCurve(points: readonly Point[], { min, max }: Range): readonly (readonly Point[])[] {
  const runs: Point[][] = [];
  let run: Point[] = [];
  const end = (): void => {
    if (run.length > 1) runs.push(run);
    run = [];
  };
  points.forEach((point, index) => {
    const before = points[index - 1];
    if (before === undefined) {
      if (point.y >= min && point.y <= max) run.push(point);
      return;
    }
    const inside = clipSegment(before, point, { min, max });
    if (inside === null) {
      end();
      return;
    }
    if (run.length === 0) run.push(inside[0]);
    run.push(inside[1]);
    if (inside[1] !== point) end();
  });
  end();
  return runs;
}

function clipSegment(from: Point, to: Point, { min, max }: Range): readonly [Point, Point] | null {
  if (Math.max(from.y, to.y) < min || Math.min(from.y, to.y) > max) return null;
  const cut = (end: Point): Point => {
    if (end.y >= min && end.y <= max) return end;
    return crossing(from, to, end.y < min ? min : max);
  };
  return [cut(from), cut(to)];
}

/** The part of a closed outline between two values of y (Sutherland and Hodgman). */
export function clipOutline(outline: readonly Point[], { min, max }: Range): readonly Point[] {
  const above = cutOutline(outline, min, (point) => point.y >= min);
  return cutOutline(above, max, (point) => point.y <= max);
}

function cutOutline(
  outline: readonly Point[],
  edge: number,
  isInside: (point: Point) => boolean,
): readonly Point[] {
  return outline.flatMap((point, index) => {
    const before = outline.at(index - 1) ?? point;
    const entering = isInside(point) !== isInside(before) ? [crossing(before, point, edge)] : [];
    return isInside(point) ? [...entering, point] : entering;
  });
}

/** Where the line through two points of different y has the value `y`. */
function crossing(from: Point, to: Point, y: number): Point {
  return { x: from.x + ((to.x - from.x) * (y - from.y)) / (to.y - from.y), y };
}

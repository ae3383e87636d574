import { describe, expect, it } from "vitest";
import { clipCurve, clipOutline, type Point } from "../../src/report/draw/clip.ts";

const at = (x: number, y: number): Point => ({ x, y });
const RANGE = { min: 0, max: 1 };

describe("clipCurve", () => {
  it("leaves alone what is inside", () => {
    const points = [at(0, 0), at(1, 0.5), at(2, 1)];
    expect(clipCurve(points, RANGE)).toEqual([points]);
  });

  it("ends where the curve leaves, and begins where it comes back", () => {
    // From 0.5 up to 2: at 1 a third of the way; down to -2: back at 1 a quarter, out at 0 half of the way.
    expect(clipCurve([at(0, 0.5), at(3, 2), at(7, -2), at(9, 2)], RANGE)).toEqual([
      [at(0, 0.5), at(1, 1)],
      [at(4, 1), at(5, 0)],
      [at(8, 0), at(8.5, 1)],
    ]);
  });

  it("gives nothing of a curve outside, of a single point, and of none", () => {
    expect(clipCurve([at(0, 2), at(1, 3), at(2, 2)], RANGE)).toEqual([]);
    expect(clipCurve([at(0, 0.5)], RANGE)).toEqual([]);
    expect(clipCurve([], RANGE)).toEqual([]);
  });

  it("goes on after a start outside", () => {
    expect(clipCurve([at(0, 3), at(2, 0.5), at(3, 0.5)], RANGE)).toEqual([
      [at(1.6, 1), at(2, 0.5), at(3, 0.5)],
    ]);
  });
});

describe("clipOutline", () => {
  /** Area by the shoelace formula. */
  const areaOf = (outline: readonly Point[]) =>
    Math.abs(
      outline.reduce((sum, { x, y }, index) => {
        const next = outline[(index + 1) % outline.length]!;
        return sum + (x * next.y - next.x * y) / 2;
      }, 0),
    );

  it("leaves alone what is inside, and gives nothing of what is outside", () => {
    const square = [at(0, 0), at(1, 0), at(1, 1), at(0, 1)];
    expect(clipOutline(square, RANGE)).toEqual(square);
    expect(
      clipOutline(
        square.map(({ x, y }) => at(x, y + 5)),
        RANGE,
      ),
    ).toEqual([]);
  });

  it("cuts a triangle at both edges", () => {
    // Corners at -1, -1 and 2: width 3 at the bottom, 2 at y = 0, 1 at y = 1. Between: (2 + 1) / 2.
    const cut = clipOutline([at(0, -1), at(3, -1), at(1.5, 2)], RANGE);
    expect(cut).toHaveLength(4);
    expect(areaOf(cut)).toBeCloseTo(1.5, 12);
    expect(cut.every(({ y }) => y >= 0 && y <= 1)).toBe(true);
  });
});

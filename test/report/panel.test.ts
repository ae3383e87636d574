import { describe, expect, it } from "vitest";
import { bandIn, curveIn } from "../../src/report/draw/panel-data.ts";
import { panelGrid } from "../../src/report/draw/panel-grid.ts";
import { axesOf, intervalIn, levelIn, paragraph, stripIn } from "../../src/report/draw/panel-marks.ts";
import { xOf, yOf, type Panel } from "../../src/report/draw/panel.ts";

const PANEL: Panel = {
  ...{ left: 100, top: 20, width: 200, height: 100 },
  x: { min: 1, max: 100, isLog: true, ticks: [{ value: 10, text: "ten" }] },
  y: { min: -1, max: 1, isLog: false, ticks: [{ value: 0.5, text: "half" }] },
};
const STYLE = { label: "curve", color: "#000000", dash: [], width: 1 };

describe("a panel", () => {
  it("places values: linear from the bottom up, logarithmic by factors", () => {
    expect([-1, 0, 1].map((value) => yOf(PANEL, value))).toEqual([120, 70, 20]);
    expect([1, 10, 100].map((value) => xOf(PANEL, value))).toEqual([100, 200, 300]);
  });

  it("ends curves and bands at its edges", () => {
    // From 0 at 1 to 2 at 100: half of the way, in x as given, is where it leaves.
    const points = [
      { x: 1, y: 0 },
      { x: 100, y: 2 },
    ];
    const { data } = curveIn(PANEL, points, STYLE);
    expect(data.map(({ y }) => y)).toEqual([70, 20]);
    const band = bandIn(
      PANEL,
      [
        { x: 1, low: -5, high: 5 },
        { x: 100, low: -5, high: 5 },
      ],
      "band",
      "#000000",
    );
    expect(new Set(band.data.map(({ y }) => y))).toEqual(new Set([120, 20]));
    expect(new Set(band.data.map(({ x }) => x))).toEqual(new Set([100, 300]));
  });

  it("parts a curve that leaves and comes back with an empty point", () => {
    const points = [0, 3, 0].map((y, index) => ({ x: 10 ** index, y }));
    expect(curveIn(PANEL, points, STYLE).data.map(({ y }) => y)).toEqual([70, 20, null, 20, 70]);
  });

  it("has levels, strips and intervals at their values, and no level outside", () => {
    const line = { color: "#000000", dash: [], width: 1 };
    expect(levelIn(PANEL, 0, line)).toMatchObject([{ from: [100, 70], to: [300, 70] }]);
    expect(levelIn(PANEL, 2, line)).toEqual([]);
    expect(stripIn(PANEL, -0.5, 9, "#000000")).toMatchObject({ x: [100, 300], y: [20, 95] });
    expect(intervalIn(PANEL, { x: 10, low: 0, high: 0.5 }, "#000000")[0]).toMatchObject({
      from: [200, 70],
      to: [200, 45],
    });
  });

  it("writes its ticks where it is asked to", () => {
    const texts = (x: boolean, y: boolean) =>
      axesOf(PANEL, { x, y }).flatMap((mark) => (mark.kind === "text" ? [mark.text] : []));
    expect(texts(true, true)).toEqual(["ten", "half"]);
    expect(texts(false, false)).toEqual([]);
  });
});

describe("panelGrid", () => {
  const ticks = [{ value: 1, text: "+1" }];
  const gridOf = (titles: readonly string[]) =>
    panelGrid(titles, { panelHeight: 90, top: 20, below: 14, ticks }).places;

  it("has at most three panels in a row, and four two by two", () => {
    const columns = (count: number) =>
      new Set(gridOf(Array.from({ length: count }, () => "name")).map(({ left }) => left)).size;
    expect([1, 2, 3, 4, 5, 10].map(columns)).toEqual([1, 2, 3, 2, 3, 3]);
  });

  it("keeps panels apart and inside, whatever their titles are", () => {
    const titles = ["a", "a title that is much longer than its panel is wide", "b", "c", "d", "e", "f"];
    const places = gridOf(titles);
    for (const one of places) {
      expect(one.left + one.width).toBeLessThanOrEqual(480);
      for (const other of places.filter((candidate) => candidate !== one)) {
        const apart =
          one.left + one.width < other.left ||
          other.left + other.width < one.left ||
          one.top + one.height < other.titleTop - 7 ||
          other.top + other.height < one.titleTop - 7;
        expect(apart).toBe(true);
      }
      // A title and the line under it end above the panel.
      expect(one.titleTop + one.title.length * 14 + 7).toBeLessThanOrEqual(one.top);
    }
    expect(places.map(({ isFirst }) => isFirst)).toEqual([true, false, false, true, false, false, true]);
    expect(places.map(({ isLowest }) => isLowest)).toEqual([false, false, false, false, true, true, true]);
  });
});

describe("paragraph", () => {
  it("breaks a text into lines and says how many", () => {
    const { length, at } = paragraph("word ".repeat(40).trim());
    expect(length).toBeGreaterThan(2);
    expect(at(100)).toHaveLength(length);
    expect(at(100)[1]).toMatchObject({ y: { value: 116 } });
  });
});

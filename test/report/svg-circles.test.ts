import { createCanvas, SvgExportFlag, type SKRSContext2D } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import { portableSvg } from "../../src/report/draw/portable-svg.ts";
import { withCircles } from "../../src/report/draw/svg-circles.ts";

/** What the canvas writes for a drawing of 100 x 100 pixels. */
function svgOf(draw: (pen: SKRSContext2D) => void): string {
  const canvas = createCanvas(100, 100, SvgExportFlag.NoPrettyXML);
  draw(canvas.getContext("2d"));
  return portableSvg(canvas.getContent().toString("utf8"), { width: 100, height: 100 });
}

describe("withCircles", () => {
  it("writes a circle of the canvas as one, with its colours", () => {
    const svg = svgOf((pen) => {
      pen.fillStyle = "#d55e00";
      pen.beginPath();
      pen.arc(40, 30, 4.5, 0, 2 * Math.PI);
      pen.fill();
    });
    expect(svg).not.toContain("<path");
    const [, cx, cy, r] = /<circle fill="#D55E00" cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"\/>/.exec(svg)!;
    expect([Number(cx), Number(cy), Number(r)].map((value) => Math.round(value * 10) / 10)).toEqual([
      40, 30, 4.5,
    ]);
  });

  it("leaves other curves as they are", () => {
    const oval = svgOf((pen) => {
      pen.beginPath();
      pen.ellipse(40, 30, 20, 10, 0, 0, 2 * Math.PI);
      pen.fill();
    });
    expect(oval).toContain("<path");
    expect(oval).not.toContain("<circle");
    const wave = '<path d="M0 0Q1 1 2 0Q3 1 4 0Z"/>';
    expect(withCircles(wave)).toBe(wave);
  });
});

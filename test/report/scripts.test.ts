/** Labels in scripts that DejaVu Sans lacks, and labels that are too long. */
import { readFileSync } from "node:fs";
import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import { answerOf } from "../../src/report/answer.ts";
import {
  familiesFor,
  findFont,
  findLastFont,
  FONT_FAMILY,
  isBeyondFont,
} from "../../src/report/draw/fonts.ts";
import { openRenderer } from "../../src/report/draw/renderer.ts";
import { ELEVEN, madeUpResults, type FixtureVariant } from "./fixture.ts";

const SCRIPTS = ["注意力路由器", "ルーター", "라우터", "🚀 😀", "हिन्दी", "ไทย"];
const LONG = "a".repeat(80);

const labelled = (labels: readonly string[], seeds: readonly number[] = [0, 1]) => {
  const variants = ELEVEN.slice(0, labels.length).map((variant, index): FixtureVariant => ({
    ...variant,
    label: labels[index]!,
  }));
  return answerOf(madeUpResults(variants, seeds), []).charts;
};

describe("fonts", () => {
  it.each(SCRIPTS)("%s is beyond DejaVu, and the last font has its glyphs", (text) => {
    expect(isBeyondFont(text)).toBe(true);
    GlobalFonts.registerFromPath(findFont().regular, FONT_FAMILY);
    GlobalFonts.registerFromPath(findLastFont()!, "moe-lab UnifontEX");
    const ink = (families: string): string => {
      const canvas = createCanvas(200, 30);
      const context = canvas.getContext("2d");
      context.font = `20px ${families}`;
      context.fillText(text, 2, 22);
      return Buffer.from(context.getImageData(0, 0, 200, 30).data).toString("base64");
    };
    // Boxes are drawn otherwise.
    expect(ink(familiesFor(text))).not.toBe(ink(`"${FONT_FAMILY}"`));
  });

  it("what DejaVu has is drawn with DejaVu alone", () => {
    for (const text of [
      "linear, scale-matched ‡",
      "Größe ±0.3 % ≡",
      "маршрутизатор",
      "δρομολογητής",
      "ملخص",
    ]) {
      expect(isBeyondFont(text)).toBe(false);
      expect(familiesFor(text)).toBe(`"${FONT_FAMILY}"`);
    }
  });
});

describe("labels", () => {
  it("in any script are text in an SVG, and are drawn in PNG and PDF", async () => {
    const renderer = await openRenderer("chartjs-node-canvas");
    const [spec] = labelled(["注意力路由器", "ルーター 라우터"]);
    const svg = Buffer.from(await renderer.render(spec!, "svg")).toString("utf8");
    expect(svg).toContain("ルーター");
    expect(svg).toContain('font-family="UnifontExMono, sans-serif"');
    const boxes = await renderer.render(labelled(["linear", "other"])[0]!, "pdf");
    const pdf = await renderer.render(spec!, "pdf");
    // The glyphs that are used come with the file.
    expect(pdf.length).toBeGreaterThan(boxes.length + 500);
  });

  it("of 80 letters without a space leave the chart at least half of the picture", () => {
    const charts = labelled([LONG, `${LONG}b`]);
    for (const name of ["difference", "final-loss"]) {
      const { config, width } = charts.find((chart) => chart.name === name)!;
      const { padding } = config.options["layout"] as { padding: { left: number; right: number } };
      expect(padding.left + padding.right).toBeLessThan(width / 2);
    }
    const load = JSON.stringify(charts.find((chart) => chart.name === "load")!.config.options);
    expect(/a{30}/.test(load)).toBe(false);
  });
});

describe("one seed", () => {
  it("has no interval, and no picture says so", () => {
    const texts = labelled(["Linear", "Other"], [0]).map(({ caption, marks }) =>
      JSON.stringify([caption, marks]),
    );
    expect(texts.length).toBeGreaterThan(3);
    for (const text of texts) expect(text).not.toMatch(/95 % (t-)?interval/);
    expect(texts[0]).toContain("no intervals, and no verdicts");
    const two = labelled(["Linear", "Other"], [0, 1]).map(({ caption }) => caption);
    expect(two.join()).toMatch(/95 % t-interval/);
  });
});

it("the last font's package is the one that package.json names", () => {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
    dependencies: Record<string, string>;
  };
  expect(Object.keys(dependencies)).toContain("@fontsource/unifontex");
});

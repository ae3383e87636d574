import { createRequire } from "node:module";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { summarise } from "../../src/analysis/summary.ts";
import { messageOf } from "../../src/core/errors.ts";
import { chartsOf } from "../../src/report/charts/plot-experiment.ts";
import { openRenderer, type Renderer } from "../../src/report/draw/renderer.ts";
import { ELEVEN, madeUpResults } from "./fixture.ts";

const results = madeUpResults(ELEVEN, [0, 1, 2]);
const specs = chartsOf(results, summarise(results)).map((spec) => [spec.name, spec] as const);
const [, first] = specs[0]!;

let direct: Renderer;
beforeAll(async () => {
  direct = await openRenderer("direct");
});

/** Shares of the pixels that are pure white, and that have one of the colours. */
async function pixelsOf(png: Uint8Array): Promise<{ white: number; colours: Map<string, number> }> {
  const image = await loadImage(Buffer.from(png));
  const context = createCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const colours = new Map<string, number>();
  for (let i = 0; i < data.length; i += 4) {
    const hex = `#${[data[i]!, data[i + 1]!, data[i + 2]!].map((v) => v.toString(16).padStart(2, "0")).join("")}`;
    colours.set(hex, (colours.get(hex) ?? 0) + 1);
  }
  return { white: (colours.get("#ffffff") ?? 0) / (data.length / 4), colours };
}

describe("the direct renderer", () => {
  it.each(specs)("%s: a PNG of twice the size that is not blank, on white ground", async (_, spec) => {
    const png = await direct.render(spec, "png");
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const header = Buffer.from(png);
    expect(header.readUInt32BE(16)).toBe(spec.width * 2);
    expect(header.readUInt32BE(20)).toBe(spec.height * 2);
    const { white, colours } = await pixelsOf(png);
    expect(white).toBeGreaterThan(0.3);
    expect(white).toBeLessThan(0.97);
    expect(colours.size).toBeGreaterThan(20);
  });

  it("draws what the data says: every variant's own colour is in the picture", async () => {
    const { colours } = await pixelsOf(await direct.render(first, "png"));
    // Points of shared-expert, attention and expert-choice, and the margin's band.
    for (const colour of ["#009e73", "#d55e00", "#cc79a7", "#dcdcdc"]) {
      expect(colours.get(colour) ?? 0, colour).toBeGreaterThan(50);
    }
  });

  it.each(specs)("%s: an SVG whose texts are text, in our font, and well formed", async (_, spec) => {
    const svg = Buffer.from(await direct.render(spec, "svg")).toString("utf8");
    expect(svg).toContain(`viewBox="0 0 ${spec.width} ${spec.height}"`);
    expect(svg).toContain('font-family="DejaVu Sans, Verdana, sans-serif"');
    expect(svg).not.toMatch(/, "/);
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);
    const wanted: Readonly<Record<string, string>> = { correlation: "layer 1", power: "seeds" };
    expect(texts).toContain(wanted[spec.name] ?? "attention");
    // No ligatures, no pieces.
    expect(texts.join("")).not.toMatch(/[\uFB00-\uFB06]/);
    expect(texts).not.toContain("");
    const open = [...svg.matchAll(/<([a-zA-Z]+)(?:\s[^>]*[^/])?>/g)].map((match) => match[1]);
    const closed = [...svg.matchAll(/<\/([a-zA-Z]+)>/g)].map((match) => match[1]);
    expect(open.sort()).toEqual(closed.sort());
  });

  it("a PDF of one page, in CSS pixels, without a date", async () => {
    const pdf = Buffer.from(await direct.render(first, "pdf")).toString("latin1");
    expect(pdf.startsWith("%PDF-1.")).toBe(true);
    expect(pdf).toContain(`/MediaBox [0 0 ${first.width} ${first.height}]`);
    expect(pdf).not.toMatch(/CreationDate|ModDate/);
    expect(pdf).toContain("DejaVuSans");
  });

  it("gives the same bytes twice, and from a renderer opened anew", async () => {
    const again = await openRenderer("direct");
    for (const format of ["png", "svg", "pdf"] as const) {
      for (const [name, spec] of specs) {
        const bytes = Buffer.from(await direct.render(spec, format));
        expect(bytes.equals(await again.render(spec, format)), `${name}.${format}`).toBe(true);
      }
    }
  });

  it("leaves the chart's data as it was", async () => {
    const before = JSON.stringify(first);
    await direct.render(first, "png");
    expect(JSON.stringify(first)).toBe(before);
  });
});

describe("chartjs-node-canvas", () => {
  afterEach(() => {
    vi.doUnmock("chartjs-node-canvas");
    vi.resetModules();
  });

  it("not loading is recorded, and PNG files are drawn directly", async () => {
    vi.doMock("chartjs-node-canvas", () => {
      throw new Error("libcairo.so.2: cannot open shared object file");
    });
    const renderer = await openRenderer("chartjs-node-canvas");
    expect(renderer.png).toBe("@napi-rs/canvas");
    expect(renderer.reason).not.toBeNull();
    expect(renderer.reason).not.toContain("\n");
    expect(Buffer.from(await renderer.render(first, "png")).equals(await direct.render(first, "png"))).toBe(
      true,
    );
  });

  const absent = unavailable();
  it.skipIf(absent !== null)(
    `draws PNG files where it loads${absent === null ? "" : ` (not here: ${absent})`}`,
    async () => {
      const renderer = await openRenderer("chartjs-node-canvas");
      expect(renderer).toMatchObject({ png: "chartjs-node-canvas", reason: null });
      for (const [, spec] of specs) {
        const png = Buffer.from(await renderer.render(spec, "png"));
        expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * spec.width, 2 * spec.height]);
        // Two rasterisers of one chart: edges and letters differ, areas and marks do not.
        const [theirs, ours] = [await pixelsOf(png), await pixelsOf(await direct.render(spec, "png"))];
        expect(Math.abs(theirs.white - ours.white), spec.name).toBeLessThan(0.02);
        // Vector formats do not go through it.
        const svg = Buffer.from(await renderer.render(spec, "svg"));
        expect(svg.equals(await direct.render(spec, "svg"))).toBe(true);
      }
      const { colours } = await pixelsOf(await renderer.render(first, "png"));
      for (const colour of ["#009e73", "#d55e00", "#cc79a7", "#dcdcdc"]) {
        expect(colours.get(colour) ?? 0, colour).toBeGreaterThan(50);
      }
    },
  );
});

/** Why the real chartjs-node-canvas can't draw here; null where it can. */
function unavailable(): string | null {
  try {
    const { ChartJSNodeCanvas } = createRequire(import.meta.url)("chartjs-node-canvas") as {
      ChartJSNodeCanvas: new (size: { width: number; height: number }) => unknown;
    };
    new ChartJSNodeCanvas({ width: 1, height: 1 });
    return null;
  } catch (error) {
    return messageOf(error).split("\n", 1)[0] ?? "";
  }
}

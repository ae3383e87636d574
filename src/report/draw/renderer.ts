import { createRequire } from "node:module";
import type { ChartConfiguration } from "chart.js";
import { breathe } from "../../core/breathe.ts";
import { messageOf } from "../../core/errors.ts";
import type { ChartSpec, Dataset } from "./chart-spec.ts";
import { marksPlugin } from "./draw-marks.ts";
import {
  familiesFor,
  findFont,
  findLastFont,
  FONT_FAMILY,
  isBeyondFont,
  LAST_FAMILY,
  type FontFiles,
} from "./fonts.ts";
import { portableSvg } from "./portable-svg.ts";

/** File formats of pictures. */
export const PICTURE_FORMATS = ["png", "svg", "pdf"] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

/** Draws charts. */
export interface Renderer {
  /** What draws PNG files; SVG and PDF are always drawn by @napi-rs/canvas. */
  readonly png: "chartjs-node-canvas" | "@napi-rs/canvas";
  /** Why chartjs-node-canvas does not draw; null when it does, or was not asked for. */
  readonly reason: string | null;
  /** The bytes of a file. Equal charts give equal bytes on one machine; no file holds a date. */
  readonly render: (spec: ChartSpec, format: PictureFormat) => Promise<Uint8Array>;
}

/** A PNG has two pixels to a CSS pixel: 290 dots per inch at a paper's column width. */
const PNG_SCALE = 2;

/** What we use of chartjs-node-canvas, an optional package whose types may not be there. */
interface NodeCanvasModule {
  readonly ChartJSNodeCanvas: new (options: {
    width: number;
    height: number;
    chartCallback: (chart: { register: (...items: unknown[]) => void }) => void;
  }) => {
    registerFont: (path: string, options: { family: string; weight?: string }) => void;
    renderToBuffer: (configuration: ChartConfiguration, mimeType: "image/png") => Promise<Uint8Array>;
  };
}

/**
 * Opens a renderer. PNG goes through chartjs-node-canvas where it is installed and loads (its own canvas needs a download or a
 * compiler), and through @napi-rs/canvas otherwise: same configuration, same chart.js, same picture. SVG and PDF always go
 * through @napi-rs/canvas: cairo, which chartjs-node-canvas draws with, turns text into outlines and dates its PDF files.
 * @param prefer "direct" leaves chartjs-node-canvas out.
 * @throws Error when the font or the canvas is missing.
 */
export async function openRenderer(prefer: "chartjs-node-canvas" | "direct"): Promise<Renderer> {
  const renderer = await openBest(prefer);
  return {
    ...renderer,
    render: async (spec, format) => {
      await breathe();
      return renderer.render(spec, format);
    },
  };
}

async function openBest(prefer: "chartjs-node-canvas" | "direct"): Promise<Renderer> {
  const font = findFont();
  const direct = await openDirect(font);
  if (prefer === "direct") return { png: "@napi-rs/canvas", reason: null, render: direct };
  try {
    const png = await openNodeCanvas(font);
    return {
      png: "chartjs-node-canvas",
      reason: null,
      // cairo reads no compressed fonts, and chart.js draws with one family there.
      render: (spec, format) =>
        format === "png" && !isBeyondFont(textsOf(spec)) ? png(spec) : direct(spec, format),
    };
  } catch (error) {
    return { png: "@napi-rs/canvas", reason: messageOf(error).split("\n", 1)[0] ?? "", render: direct };
  }
}

/** chart.js on @napi-rs/canvas. */
async function openDirect(font: FontFiles): Promise<Renderer["render"]> {
  const { createCanvas, GlobalFonts, PDFDocument, SvgExportFlag } = await import("@napi-rs/canvas");
  const { Chart, registerables } = await import("chart.js");
  const { MatrixController, MatrixElement } = await import("chartjs-chart-matrix");
  const { PointWithErrorBar, ScatterWithErrorBarsController } = await import("chartjs-chart-error-bars");
  Chart.register(
    ...registerables,
    MatrixController,
    MatrixElement,
    PointWithErrorBar,
    ScatterWithErrorBarsController,
  );
  // Once a process: with two copies of a font, texts are cut into pieces.
  for (const file of GlobalFonts.has(FONT_FAMILY) ? [] : [font.regular, font.bold]) {
    if (GlobalFonts.registerFromPath(file, FONT_FAMILY) === null) {
      throw new Error(`the font ${file} can't be read by @napi-rs/canvas; run npm install again`);
    }
  }
  const readyFor = (spec: ChartSpec): void => {
    if (!isBeyondFont(textsOf(spec)) || GlobalFonts.has(LAST_FAMILY)) return;
    const file = findLastFont();
    if (file !== null) GlobalFonts.registerFromPath(file, LAST_FAMILY);
  };
  // Destroying a chart clears its canvas, so the file is taken before. PNG files are compressed in threads of their own.
  const draw = async (
    surface: unknown,
    spec: ChartSpec,
    scale: number,
    take: () => Uint8Array | Promise<Uint8Array>,
  ): Promise<Uint8Array> => {
    const chart = new Chart(surface, chartConfiguration(spec, scale));
    const file = await take();
    chart.destroy();
    return file;
  };
  return async (spec, format) => {
    const { width, height } = spec;
    readyFor(spec);
    if (format === "png") {
      const canvas = createCanvas(width, height);
      return draw(canvas, spec, PNG_SCALE, () => canvas.encode("png"));
    }
    if (format === "svg") {
      const canvas = createCanvas(width, height, SvgExportFlag.NoPrettyXML);
      return draw(canvas, spec, 1, () =>
        Buffer.from(portableSvg(canvas.getContent().toString("utf8"), spec)),
      );
    }
    const document = new PDFDocument();
    const page = document.beginPage(width, height);
    // chart.js asks a context for its canvas, and a canvas for its size; a page has neither.
    const canvas = { width, height, getContext: () => page };
    Object.defineProperty(page, "canvas", { value: canvas });
    return draw(canvas, spec, 1, () => {
      document.endPage();
      return document.close();
    });
  };
}

/** chart.js by chartjs-node-canvas; throws what its import throws. */
async function openNodeCanvas(font: FontFiles): Promise<(spec: ChartSpec) => Promise<Uint8Array>> {
  const packageName: string = "chartjs-node-canvas";
  const { ChartJSNodeCanvas } = (await import(packageName)) as NodeCanvasModule;
  // It loads its canvas here, not when it is imported: where that has no binary, the caller falls back.
  new ChartJSNodeCanvas({ width: 1, height: 1, chartCallback: () => undefined });
  return (spec) => {
    const canvas = new ChartJSNodeCanvas({
      width: spec.width,
      height: spec.height,
      chartCallback: (chart) => {
        chart.register(...freshElements());
      },
    });
    canvas.registerFont(font.regular, { family: FONT_FAMILY });
    canvas.registerFont(font.bold, { family: FONT_FAMILY, weight: "bold" });
    return canvas.renderToBuffer(chartConfiguration(spec, PNG_SCALE), "image/png");
  };
}

/**
 * The controllers that chart.js lacks, loaded anew: chartjs-node-canvas loads its own chart.js for every instance, and
 * controllers must extend that one's classes.
 */
function freshElements(): readonly unknown[] {
  const require = createRequire(import.meta.url);
  const load = (name: string): Readonly<Record<string, unknown>> => {
    Reflect.deleteProperty(require.cache, require.resolve(name));
    return require(name) as Readonly<Record<string, unknown>>;
  };
  const matrix = load("chartjs-chart-matrix");
  const errorBars = load("chartjs-chart-error-bars");
  return [
    matrix["MatrixController"],
    matrix["MatrixElement"],
    errorBars["PointWithErrorBar"],
    errorBars["ScatterWithErrorBarsController"],
  ];
}

/** A configuration of its own for chart.js, which writes into what it is given; with the functions that data can't hold. */
function chartConfiguration(spec: ChartSpec, scale: number): ChartConfiguration {
  const { type, data, options } = structuredClone(spec.config);
  const families = familiesFor(textsOf(spec));
  return {
    type,
    data: { datasets: data.datasets.map(withCellSize) },
    options: { ...options, devicePixelRatio: scale, font: { family: families, size: 13 } },
    plugins: [marksPlugin(spec.marks, families)],
    // Our data sets are JSON; chart.js's types ask for one exact shape a chart type.
  } as unknown as ChartConfiguration;
}

/** All that may be written in a picture. */
function textsOf({ config, marks }: ChartSpec): string {
  return JSON.stringify([config.options, marks]);
}

/** Gives a matrix data set the size of its cells, which is known only when the area is laid out. */
function withCellSize(dataset: Dataset): unknown {
  if (dataset.grid === undefined) return dataset;
  const { columns, rows, gap } = dataset.grid;
  type Drawn = {
    readonly chart: { readonly chartArea?: { readonly width: number; readonly height: number } };
  };
  return {
    ...dataset,
    width: ({ chart }: Drawn) => (chart.chartArea?.width ?? 0) / columns - gap,
    height: ({ chart }: Drawn) => (chart.chartArea?.height ?? 0) / rows - gap,
  };
}

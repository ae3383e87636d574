import { join } from "node:path";
import { summarise } from "../../analysis/summary.ts";
import { writeFileAtomic } from "../../core/files.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import type { FigureEntry } from "./figure-entry.ts";
import { openRenderer, type PictureFormat, type Renderer } from "../draw/renderer.ts";

/** What became of the figures that were asked for. */
export interface DrawnFigures {
  /** Paths written. */
  readonly files: readonly string[];
  /** Figures that these results can't make, with what they need: a sentence without a subject. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Draws figures across experiments, each in every format, into a folder; those that the results can make.
 * Files appear whole or not at all; equal results give equal bytes.
 * @throws Error when the font or the canvas is missing.
 */
export async function plotFigures(
  entries: readonly FigureEntry[],
  results: readonly ExperimentResults[],
  options: {
    readonly folder: string;
    readonly formats: readonly PictureFormat[];
    /** Given in tests; the best that is installed otherwise. */
    readonly renderer?: Renderer;
  },
): Promise<DrawnFigures> {
  const answered = results.map((one) => ({ results: one, summary: summarise(one) }));
  const made = entries.map(({ name, make }) => ({ name, figure: make(answered) }));
  const missing = made.flatMap(({ name, figure }) =>
    typeof figure === "string" ? [{ name, reason: figure }] : [],
  );
  const specs = made.flatMap(({ figure }) => (typeof figure === "string" ? [] : [figure]));
  if (specs.length === 0) return { files: [], missing };
  const renderer = options.renderer ?? (await openRenderer("chartjs-node-canvas"));
  const files = await Promise.all(
    specs.flatMap((spec) =>
      options.formats.map(async (format) => ({
        path: join(options.folder, `${spec.name}.${format}`),
        bytes: await renderer.render(spec, format),
      })),
    ),
  );
  for (const { path, bytes } of files) writeFileAtomic(path, bytes);
  return { files: files.map(({ path }) => path), missing };
}

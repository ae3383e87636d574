import { didYouMean, quoted } from "../config/suggest.ts";
import { EXIT, InputError } from "../core/errors.ts";
import { plotExperiment } from "../report/plot-experiment.ts";
import { PICTURE_FORMATS, type PictureFormat } from "../report/renderer.ts";
import { readExperimentFiles } from "../store/experiment-files.ts";
import type { CommandIO } from "./io.ts";

/** What a person typed behind `plot`. */
export interface PlotOptions {
  /** A result folder, such as results/attention-router. */
  readonly folder: string;
  /** One or more of png, svg and pdf, separated by commas; png when not given. */
  readonly format?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * `plot DIR`: draws an experiment's pictures again from the small files of its result folder, into that folder.
 * @returns the exit code.
 * @throws InputError for an unknown format, and for a folder that has no results or damaged ones.
 */
export async function runPlot(options: PlotOptions, io: CommandIO): Promise<number> {
  const formats = formatsOf(options.format ?? "png");
  const results = readExperimentFiles(options.folder);
  const paths = await plotExperiment(results, { folder: options.folder, formats });
  if (options.json === true) io.stdout(`${JSON.stringify({ files: paths })}\n`);
  else io.stdout(paths.map((path) => `${path}\n`).join(""));
  if (paths.length === 0) io.stderr(`${options.folder} has no finished run yet: nothing to draw\n`);
  return EXIT.done;
}

function formatsOf(text: string): readonly PictureFormat[] {
  const names = [...new Set(text.split(",").map((name) => name.trim().toLowerCase()))];
  const found = PICTURE_FORMATS.filter((format) => names.includes(format));
  const unknown = names.filter((name) => !found.some((format) => format === name));
  if (unknown.length === 0) return found;
  throw new InputError(
    unknown.map((name) => ({
      where: `--format ${text}`,
      path: "",
      message: `there is no picture format "${name}"${didYouMean(name, PICTURE_FORMATS) || "."} Formats are ${quoted(PICTURE_FORMATS)}.`,
    })),
  );
}

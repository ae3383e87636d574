import { basename, join, resolve } from "node:path";
import { summarise } from "../../analysis/summary.ts";
import { didYouMean, quoted } from "../../config/suggest.ts";
import { EXIT, InputError, type Problem } from "../../core/errors.ts";
import { chartsOf, plotCharts } from "../../report/charts/plot-experiment.ts";
import { PICTURE_FORMATS, type PictureFormat } from "../../report/draw/renderer.ts";
import { readExperimentFiles } from "../../store/experiment-files.ts";
import type { CommandIO } from "../io.ts";
import { writeBeside } from "../write-beside.ts";

/** What a person typed behind `plot`. */
export interface PlotOptions {
  /** Result folders, such as results/attention-router; with figures also folders of these, and `results` when none is given. */
  readonly folders: readonly string[];
  /** Figures across the folders, by name, or `all`; none draws the pictures of each folder. */
  readonly figures?: readonly string[] | undefined;
  /**
   * Where pictures go: figures into `figures` beside the first result folder when not given, an experiment's pictures into its own folder. Of several
   * folders each gets one of its name there.
   */
  readonly out?: string | undefined;
  /** Only says which figures there are. */
  readonly list?: boolean | undefined;
  /** One or more of png, svg and pdf, separated by commas; png when not given. */
  readonly format?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * `plot DIR...`: draws each experiment's pictures again from the small files of its result folder, into that folder or into `--out`.
 * `plot --figure NAME DIR...`: draws a figure across the folders.
 * @returns the exit code.
 * @throws InputError for unknown formats and figures, for a folder that has no results or damaged ones, and for a figure that
 * they can't make.
 */
export async function runPlot(options: PlotOptions, io: CommandIO): Promise<number> {
  const names = options.figures ?? [];
  // The figures come with every paper's table; an experiment's own pictures need none of them.
  const figures = names.length > 0 || options.list === true ? await import("./plot-figures.ts") : null;
  if (options.list === true) {
    figures?.listFigures(options.json === true, io);
    return EXIT.done;
  }
  const problems = [...problemsOf(options), ...(figures?.figureProblems(names) ?? [])];
  if (problems.length > 0) throw new InputError(problems);
  const formats = PICTURE_FORMATS.filter((format) => formatsIn(options).includes(format));
  const files =
    figures === null
      ? await drawExperiments(options, formats, io)
      : await figures.drawFigures({ names, folders: options.folders, out: options.out, formats }, io);
  if (options.json === true) io.stdout(`${JSON.stringify({ files })}\n`);
  else io.stdout(files.map((path) => `${path}\n`).join(""));
  return EXIT.done;
}

async function drawExperiments(
  { folders, out }: PlotOptions,
  formats: readonly PictureFormat[],
  io: CommandIO,
): Promise<readonly string[]> {
  const asked = [...new Set(folders)];
  const all = asked.map((folder) => ({ folder, results: readExperimentFiles(folder) }));
  const files: string[] = [];
  for (const { folder, results } of all) {
    const target =
      out === undefined ? folder : asked.length === 1 ? out : join(out, basename(resolve(folder)));
    const charts = chartsOf(results, summarise(results));
    const written = await writeBeside(folder, target, io, () =>
      plotCharts(charts, { folder: target, formats }),
    );
    if (written.length === 0) io.stderr(`${folder} has no finished run yet: nothing to draw\n`);
    files.push(...written);
  }
  return files;
}

function formatsIn({ format }: PlotOptions): readonly string[] {
  return [...new Set((format ?? "png").split(",").map((name) => name.trim().toLowerCase()))];
}

function problemsOf(options: PlotOptions): readonly Problem[] {
  const figures = options.figures ?? [];
  const at = (where: string, message: string): Problem => ({ where, path: "", message });
  const isPictureFormat = (name: string): boolean => PICTURE_FORMATS.some((format) => format === name);
  return [
    ...formatsIn(options)
      .filter((name) => !isPictureFormat(name))
      .map((name) =>
        at(
          `--format ${options.format ?? ""}`,
          `there is no picture format "${name}"${didYouMean(name, PICTURE_FORMATS) || "."} Formats are ${quoted(PICTURE_FORMATS)}.`,
        ),
      ),
    ...(options.folders.length === 0 && figures.length === 0
      ? [
          at(
            "",
            "plot needs a result folder, such as results/NAME, or --figure; `plot --list` says which figures there are",
          ),
        ]
      : []),
  ];
}

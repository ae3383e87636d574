import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { didYouMean, quoted } from "../config/suggest.ts";
import { EXIT, InputError, type Problem } from "../core/errors.ts";
import type { FigureEntry } from "../report/figure-entry.ts";
import { FIGURES } from "../report/figures.ts";
import { plotExperiment } from "../report/plot-experiment.ts";
import { plotFigures } from "../report/plot-figures.ts";
import { PICTURE_FORMATS, type PictureFormat } from "../report/renderer.ts";
import { readExperimentFiles } from "../store/experiment-files.ts";
import { printTables } from "../tables/print.ts";
import { column, type Table } from "../tables/table.ts";
import type { CommandIO } from "./io.ts";

/** What a person typed behind `plot`. */
export interface PlotOptions {
  /** Result folders, such as results/attention-router; with figures also folders of these, and `results` when none is given. */
  readonly folders: readonly string[];
  /** Figures across the folders, by name, or `all`; none draws the pictures of each folder. */
  readonly figures?: readonly string[] | undefined;
  /** Where figures go; `figures` beside the first result folder when not given. */
  readonly out?: string | undefined;
  /** Only says which figures there are. */
  readonly list?: boolean | undefined;
  /** One or more of png, svg and pdf, separated by commas; png when not given. */
  readonly format?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Every figure that can be made. */
const ALL = "all";

/**
 * `plot DIR...`: draws each experiment's pictures again from the small files of its result folder, into that folder.
 * `plot --figure NAME DIR...`: draws a figure across the folders.
 * @returns the exit code.
 * @throws InputError for unknown formats and figures, for a folder that has no results or damaged ones, and for a figure that
 * they can't make.
 */
export async function runPlot(options: PlotOptions, io: CommandIO): Promise<number> {
  if (options.list === true) {
    io.stdout(printTables([figureTable()], options.json === true ? "json" : "table", io));
    return EXIT.done;
  }
  const problems = problemsOf(options);
  if (problems.length > 0) throw new InputError(problems);
  const formats = PICTURE_FORMATS.filter((format) => formatsIn(options).includes(format));
  const names = options.figures ?? [];
  const files =
    names.length === 0
      ? await drawExperiments(options.folders, formats, io)
      : await drawFigures(options, names, formats, io);
  if (options.json === true) io.stdout(`${JSON.stringify({ files })}\n`);
  else io.stdout(files.map((path) => `${path}\n`).join(""));
  return EXIT.done;
}

async function drawExperiments(
  folders: readonly string[],
  formats: readonly PictureFormat[],
  io: CommandIO,
): Promise<readonly string[]> {
  const all = [...new Set(folders)].map((folder) => ({ folder, results: readExperimentFiles(folder) }));
  const files: string[] = [];
  for (const { folder, results } of all) {
    const written = await plotExperiment(results, { folder, formats });
    if (written.length === 0) io.stderr(`${folder} has no finished run yet: nothing to draw\n`);
    files.push(...written);
  }
  return files;
}

async function drawFigures(
  options: PlotOptions,
  names: readonly string[],
  formats: readonly PictureFormat[],
  io: CommandIO,
): Promise<readonly string[]> {
  const given = options.folders.length === 0 ? ["results"] : options.folders;
  const folders = [...new Set(given.flatMap(resultFolders))];
  const results = folders.map(readExperimentFiles);
  const isAll = names.includes(ALL);
  const entries = FIGURES.filter(({ name }) => isAll || names.includes(name));
  const folder = options.out ?? join(dirname(folders[0] ?? "."), "figures");
  const { files, missing } = await plotFigures(entries, results, { folder, formats });
  const sentences = missing.map(({ name, reason }) => ({
    where: `--figure ${name}`,
    path: "",
    message: `${reason}; given: ${folders.join(", ")}`,
  }));
  if (sentences.length > 0 && (!isAll || files.length === 0)) throw new InputError(sentences);
  io.stderr(missing.map(({ name, reason }) => `not drawn: ${name} ${reason}\n`).join(""));
  return files;
}

/** The folder, or the result folders in it, by name; results of figures and tables are none. */
function resultFolders(folder: string): readonly string[] {
  if (existsSync(join(folder, "experiment.json")) || !existsSync(folder) || !statSync(folder).isDirectory()) {
    return [folder];
  }
  const inside = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, "experiment.json")));
  // Reading the folder itself says what it lacks.
  return inside.length === 0 ? [folder] : inside;
}

function formatsIn({ format }: PlotOptions): readonly string[] {
  return [...new Set((format ?? "png").split(",").map((name) => name.trim().toLowerCase()))];
}

function problemsOf(options: PlotOptions): readonly Problem[] {
  const figures = options.figures ?? [];
  const known = [...FIGURES.map(({ name }) => name), ALL];
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
    ...figures
      .filter((name) => !known.includes(name))
      .map((name) =>
        at(
          `--figure ${name}`,
          `there is no such figure${didYouMean(name, known) || "."} \`plot --list\` says which there are.`,
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
    ...(options.out !== undefined && figures.length === 0
      ? [at(`--out ${options.out}`, "belongs to --figure: the pictures of an experiment go into its folder")]
      : []),
  ];
}

/** The figures themselves as a table. */
function figureTable(): Table {
  const text = (id: keyof FigureEntry): ReturnType<typeof column> =>
    column(id, id === "needs" ? "made from" : id, "text");
  return {
    name: "figures",
    title: "Figures across experiments",
    lead: [],
    columns: [text("name"), text("title"), text("paper"), text("needs")],
    rows: FIGURES.map(({ name, title, paper, needs }) => ({
      marks: "",
      cells: { name, title, paper, needs },
    })),
    notes: [
      "`moe-lab plot --figure NAME DIR...` draws one into `figures` beside the folders, `--figure all` every one that they can make.",
      "`moe-lab plot DIR` draws an experiment's own pictures.",
    ],
  };
}

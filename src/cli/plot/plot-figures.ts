import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { didYouMean } from "../../config/suggest.ts";
import { InputError, type Problem } from "../../core/errors.ts";
import type { FigureEntry } from "../../report/figures/figure-entry.ts";
import { FIGURES } from "../../report/figures/figures.ts";
import { plotFigures } from "../../report/figures/plot-figures.ts";
import type { PictureFormat } from "../../report/draw/renderer.ts";
import { readExperimentFiles } from "../../store/experiment-files.ts";
import { printTables } from "../../tables/print.ts";
import { column, type Table } from "../../tables/table.ts";
import type { CommandIO } from "../io.ts";

/** Every figure that can be made. */
const ALL = "all";

/** Names among the figures that there are not, as problems of the request. */
export function figureProblems(figures: readonly string[]): readonly Problem[] {
  const known = [...FIGURES.map(({ name }) => name), ALL];
  return figures
    .filter((name) => !known.includes(name))
    .map((name) => ({
      where: `--figure ${name}`,
      path: "",
      message: `there is no such figure${didYouMean(name, known) || "."} \`plot --list\` says which there are.`,
    }));
}

/** Prints the figures that there are. */
export function listFigures(json: boolean, io: CommandIO): void {
  io.stdout(printTables([figureTable()], json ? "json" : "table", io));
}

/**
 * Draws figures across result folders.
 * @returns the paths written.
 * @throws InputError for folders without results, and for a figure that they can't make (with `all`: when they can make none).
 */
export async function drawFigures(
  request: {
    readonly names: readonly string[];
    /** Result folders, or folders of these; `results` when none is given. */
    readonly folders: readonly string[];
    /** Where they go; `figures` beside the first result folder when not given. */
    readonly out: string | undefined;
    readonly formats: readonly PictureFormat[];
  },
  io: CommandIO,
): Promise<readonly string[]> {
  const { names, formats } = request;
  const given = request.folders.length === 0 ? ["results"] : request.folders;
  const folders = [...new Set(given.flatMap(resultFolders))];
  const results = folders.map(readExperimentFiles);
  const isAll = names.includes(ALL);
  const entries = FIGURES.filter(({ name }) => isAll || names.includes(name));
  const folder = request.out ?? join(dirname(folders[0] ?? "."), "figures");
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

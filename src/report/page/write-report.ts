import { join } from "node:path";
import { writeFileAtomic } from "../../core/files.ts";
import type { Answer } from "../answer.ts";
import { openRenderer } from "../draw/renderer.ts";
import { severalPage } from "./across.ts";
import { experimentPart, singlePage } from "./experiment-page.ts";
import { readKeptFigures } from "./kept-figures.ts";
import { pageShell } from "./shell.ts";

/** An answer, and the result folder that it is of. */
interface FolderAnswer {
  readonly answer: Answer;
  readonly folder: string;
}

/**
 * Writes `report.html` into a folder: one page with the question, the verdicts, and everything behind them; nothing else is loaded with it.
 * Equal answers give equal bytes.
 * @param from the result folder, whose other figures are shown too.
 * @returns its path.
 * @throws Error when the font or the canvas is missing.
 */
export async function writeReport(answer: Answer, folder: string, from: string = folder): Promise<string> {
  const drawing = { renderer: await openRenderer("direct"), prefix: "" };
  const part = await experimentPart(answer, readKeptFigures(from), drawing);
  return writePage(folder, pageShell(part.title, singlePage(part)).markup);
}

/**
 * Writes `report.html` of several experiments into a folder.
 * @returns its path.
 * @throws Error when the font or the canvas is missing.
 */
export async function writeReports(answers: readonly FolderAnswer[], folder: string): Promise<string> {
  const renderer = await openRenderer("direct");
  const parts = await Promise.all(
    answers.map(async ({ answer, folder: from }, index) => {
      const prefix = `e${index + 1}-`;
      return {
        answer,
        prefix,
        part: await experimentPart(answer, readKeptFigures(from), { renderer, prefix }),
      };
    }),
  );
  const title = parts.map(({ answer }) => answer.summary.experiment).join(", ");
  return writePage(folder, pageShell(title, severalPage(parts)).markup);
}

function writePage(folder: string, page: string): string {
  const path = join(folder, "report.html");
  writeFileAtomic(path, page);
  return path;
}

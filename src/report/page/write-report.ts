import { join } from "node:path";
import { writeFileAtomic } from "../../core/files.ts";
import type { Answer } from "../answer.ts";
import { openRenderer } from "../draw/renderer.ts";
import { experimentPart, singlePage } from "./experiment-page.ts";
import { readKeptFigures } from "./kept-figures.ts";
import { pageShell } from "./shell.ts";

/**
 * Writes `report.html` into a folder: one page with the question, the verdicts, and everything behind them; nothing else is loaded with it.
 * Equal answers give equal bytes.
 * @param from the result folder, whose other figures are shown too.
 * @returns its path.
 * @throws Error when the font or the canvas is missing.
 */
export async function writeReport(answer: Answer, folder: string, from: string = folder): Promise<string> {
  const path = join(folder, "report.html");
  const drawing = { renderer: await openRenderer("direct"), prefix: "" };
  const part = await experimentPart(answer, readKeptFigures(from), drawing);
  writeFileAtomic(path, pageShell(part.title, singlePage(part)).markup);
  return path;
}

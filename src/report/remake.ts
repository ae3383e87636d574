import { basename, dirname, join } from "node:path";
import { existsSync } from "node:fs";
import { summarise } from "../analysis/summary.ts";
import { InputError } from "../core/errors.ts";
import type { ExperimentResults } from "../records/experiment.ts";
import { DATA_FILES, readExperimentFiles } from "../store/experiment-files.ts";
import { readRecipes } from "../store/recipe-folders.ts";
import { writeResultSet } from "../store/result-set.ts";
import { lossTable } from "../tables/loss.ts";
import { writeSummaryFiles } from "../tables/summary-files.ts";
import { answerOf } from "./answer.ts";
import { pictureFiles, plotCharts } from "./charts/plot-experiment.ts";
import { writeReport } from "./page/write-report.ts";

/**
 * Makes summaries, pictures and page of a result folder again from its small files, where these are as they were sealed, and seals the whole.
 * @returns whether it could; not where a small file is damaged: it is made from the runs, by `moe-lab run`.
 * @throws the file system's error.
 */
export async function remakeResults(folder: string): Promise<boolean> {
  const results = readable(folder);
  if (results === null) return false;
  const data = DATA_FILES.map((name) => join(folder, name)).filter((path) => existsSync(path));
  await writeResultSet(
    folder,
    () => undefined,
    async (writer) => {
      writer.seal([...data, ...(await writeDerived(folder, results))], [...pictureFiles(), "report.html"]);
    },
  );
  return true;
}

/** What stands beside the small files: under a recipe the summary alone. @returns paths. */
async function writeDerived(folder: string, results: ExperimentResults): Promise<readonly string[]> {
  if (basename(dirname(folder)) === "recipes") {
    return writeSummaryFiles(folder, { table: lossTable(summarise(results)), recipes: null });
  }
  const answer = answerOf(results, readRecipes(folder));
  return [
    ...writeSummaryFiles(folder, answer),
    ...(await plotCharts(answer.charts, { folder, formats: ["png", "svg"] })),
    await writeReport(answer, folder),
  ];
}

function readable(folder: string): ExperimentResults | null {
  try {
    return readExperimentFiles(folder);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

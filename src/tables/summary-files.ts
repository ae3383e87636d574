import { join } from "node:path";
import { summarise } from "../analysis/summary.ts";
import { writeFileAtomic } from "../core/files.ts";
import type { ExperimentResults } from "../store/records.ts";
import { lossTable } from "./loss.ts";
import { printCsv } from "./print-data.ts";
import { printMarkdown } from "./print-markup.ts";

/**
 * Writes summary.csv (every number, in full) and summary.md (as people read it) of an experiment's results.
 * @returns the two paths.
 * @throws the file system's error.
 */
export function writeSummaryFiles(folder: string, results: ExperimentResults): string[] {
  const table = lossTable(summarise(results));
  const files: [string, string][] = [
    [join(folder, "summary.csv"), printCsv([table])],
    [join(folder, "summary.md"), printMarkdown(table)],
  ];
  for (const [path, text] of files) writeFileAtomic(path, text);
  return files.map(([path]) => path);
}

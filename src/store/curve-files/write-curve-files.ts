import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { breathe } from "../../core/breathe.ts";
import { writeFileAtomic } from "../../core/files.ts";
import { csvCell } from "../csv.ts";
import type { RunHistory } from "./history.ts";
import { tensorboardEvents } from "./tensorboard.ts";

/** Formats in which curves are written for other programs. */
export const CURVE_FORMATS = ["tensorboard", "json", "csv"] as const;
export type CurveFormat = (typeof CURVE_FORMATS)[number];

/**
 * Writes the numbers of runs through training.
 * @returns the paths.
 * @throws the file system's error.
 */
export async function writeCurveFiles(
  runs: readonly RunHistory[],
  format: CurveFormat,
  folder: string,
): Promise<string[]> {
  const files = filesOf(runs, format).map(({ name, content }) => ({ path: join(folder, name), content }));
  for (const { path, content } of files) {
    await breathe();
    writeFileAtomic(path, content);
  }
  return files.map(({ path }) => path);
}

interface NamedFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

function filesOf(runs: readonly RunHistory[], format: CurveFormat): readonly NamedFile[] {
  switch (format) {
    case "tensorboard":
      // The time in the name is TensorBoard's custom; ours have none.
      return runs.map((run) => ({
        name: `${folderName(run)}/events.out.tfevents.0.moe-lab`,
        content: tensorboardEvents(run.rows),
      }));
    case "json":
      return [{ name: "runs.json", content: `${JSON.stringify({ format: 1, runs }, null, 1)}\n` }];
    case "csv":
      return [{ name: "tidy.csv", content: tidyCsv(runs) }];
  }
}

/** A run in TensorBoard's list; a variant of a grid has other signs in its name. */
function folderName({ variant, seed, runId }: RunHistory): string {
  return `${variant.replace(/[^\p{L}\p{N}_.=-]+/gu, "-")}-s${seed}-${runId.slice(0, 12)}`;
}

const COLUMNS = ["experiment", "tier", "variant", "label", "router", "seed", "run_id"] as const;

/** One number a row, in full; what pandas and R read without options. */
function tidyCsv(runs: readonly RunHistory[]): string {
  const header = [...COLUMNS, "step", "tokens", "metric", "value", "unit"];
  const rows = runs.flatMap((run) =>
    run.rows.map(({ step, tokens, metric, value, unit }) => [
      ...[run.experiment, run.tier, run.variant, run.label, run.router, run.seed, run.runId],
      ...[step, tokens, metric, value, unit],
    ]),
  );
  return stringify([header, ...rows].map((row) => row.map(csvCell)));
}

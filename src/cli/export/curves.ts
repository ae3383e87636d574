import { basename, join, resolve } from "node:path";
import { didYouMean } from "../../config/suggest.ts";
import { breathe } from "../../core/breathe.ts";
import { EXIT, InputError } from "../../core/errors.ts";
import { runHistories } from "../../store/curve-files/history.ts";
import { CURVE_FORMATS, writeCurveFiles } from "../../store/curve-files/write-curve-files.ts";
import { readExperimentFiles } from "../../store/experiment-files.ts";
import { checkWritable } from "../../sweep/writable.ts";
import type { CommandIO } from "../io.ts";

/** What a person typed behind `export` with `--to`. */
export interface ExportCurvesOptions {
  /** A result folder. */
  readonly folder: string;
  readonly to: string;
  /** Where the files go; null: `exports/<folder's name>-<format>`. */
  readonly out: string | null;
  readonly json: boolean;
}

/** Formats that can't be written honestly, and what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  "wandb-offline":
    "is not written: the files of wandb's offline mode are an internal format of its library, which no other program writes. " +
    "Export --to json, and have wandb itself log its rows offline: eight lines of Python in docs/export.md",
};

/**
 * `export RESULTS --to FORMAT`: the curves of a result folder's finished runs for other programs.
 * @returns the exit code.
 * @throws InputError for a format that there is not, or a folder without finished runs.
 */
export async function runExportCurves(
  { folder, to, out, json }: ExportCurvesOptions,
  io: CommandIO,
): Promise<number> {
  const refused = REFUSED[to];
  const format = CURVE_FORMATS.find((name) => name === to);
  const where = `--to ${to}`;
  if (refused !== undefined) throw new InputError([{ where, path: "", message: refused }]);
  if (format === undefined) {
    const message = `must be ${CURVE_FORMATS.join(", ")}${didYouMean(to, CURVE_FORMATS)}`;
    throw new InputError([{ where, path: "", message }]);
  }
  const results = readExperimentFiles(folder);
  await breathe();
  const runs = runHistories(results);
  if (runs.length === 0) {
    throw new InputError([
      { where: folder, path: "", message: "no run has finished yet; `moe-lab run` goes on with them" },
    ]);
  }
  const target = out ?? join("exports", `${basename(resolve(folder))}-${format}`);
  checkWritable(target, []);
  const files = await writeCurveFiles(runs, format, target);
  io.stdout(
    json ? `${JSON.stringify({ runs: runs.length, files })}\n` : files.map((path) => `${path}\n`).join(""),
  );
  if (format === "tensorboard") io.stderr(`see them: tensorboard --logdir ${target}\n`);
  return EXIT.done;
}

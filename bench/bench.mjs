/** `npm run bench`: times whole training steps of moe-lab beside its peers. `--help` says how. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killAll } from "./child.mjs";
import { measureMemory } from "./measure/memory.mjs";
import { measurePhases } from "./measure/phases.mjs";
import { measureProfile } from "./measure/profile.mjs";
import { measureScaling } from "./measure/scaling.mjs";
import { measureSteps } from "./measure/step.mjs";
import { measureSweep } from "./measure/sweep.mjs";
import { HELP, parseOptions, UsageError } from "./options.mjs";
import { toText } from "./print.mjs";
import { isCompared, isRight, toJson } from "./rows.mjs";
import { tablesOf } from "./tables.mjs";

/**
 * @import { Mode, Options } from "./options.mjs"
 * @import { Row } from "./rows.mjs"
 * @import { Context } from "./sitting.mjs"
 */

/** @type {Readonly<Record<Mode, (options: Options, context: Context) => Promise<void>>>} */
const MEASURES = {
  step: measureSteps,
  sweep: measureSweep,
  scaling: measureScaling,
  memory: measureMemory,
  profile: measureProfile,
  phases: measurePhases,
};
const EXIT = { done: 0, failed: 1, wrongRequest: 2, bug: 70, interrupted: 130 };

/**
 * @param {readonly string[]} argv without node and script
 * @returns {Promise<number>} the exit code
 */
async function main(argv) {
  const options = parseOptions(argv);
  if (options === "help") {
    process.stdout.write(HELP);
    return EXIT.done;
  }
  const scratch = mkdtempSync(join(tmpdir(), "moe-lab-bench-"));
  const tidy = () => rmSync(scratch, { recursive: true, force: true });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      killAll();
      tidy();
      process.exit(EXIT.interrupted);
    });
  }
  /** @type {Row[]} */
  const rows = [];
  /** @type {Context} */
  const context = {
    scratch,
    sitting: new Date().toISOString(),
    python: process.env.MOE_LAB_PYTHON ?? "python3",
    log: (text) => process.stderr.write(`${text}\n`),
    // At once, so that a sitting that is stopped has not been for nothing.
    emit: (found) => {
      rows.push(...found);
      if (options.json !== "-") for (const table of tablesOf(found)) console.log(toText(table));
      if (options.json !== null && options.json !== "-") writeFileSync(options.json, toJson(rows));
    },
  };
  if (newest("src") > newest("dist")) context.log("WARNING: src/ is newer than dist/, which is timed");
  try {
    for (const mode of options.modes) await MEASURES[mode](options, context);
  } finally {
    killAll();
    tidy();
  }
  if (options.json === "-") process.stdout.write(toJson(rows));
  const wrong = rows.filter(isCompared).some((row) => row.agreement !== null && !isRight(row));
  return wrong || rows.length === 0 ? EXIT.failed : EXIT.done;
}

/**
 * Time of the newest file below a folder of the project.
 * @param {string} folder
 */
function newest(folder) {
  const path = new URL(`../${folder}`, import.meta.url);
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(0, ...files.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof UsageError;
  console.error(usage ? `${error.message}\nnpm run bench -- --help lists the options` : error);
  process.exitCode = usage ? EXIT.wrongRequest : EXIT.bug;
}

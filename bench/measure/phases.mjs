/** `--phases`: where the wall clock of a whole run goes, as a worker of moe-lab does it. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DEFAULTS } from "../../dist/config/defaults.js";
import { loadCorpus } from "../../dist/data/corpus.js";
import { planRun } from "../../dist/exec/run-plan.js";
import { modelSpec } from "../../dist/model/spec.js";
import { runNameOf } from "../../dist/store/identity.js";
import { routerNamed, settingsOf } from "../case.mjs";
import { machineNow } from "../machine.mjs";
import { SIZES } from "../sizes.mjs";
import { round } from "../stats.mjs";

/**
 * @import { Options } from "../options.mjs"
 * @import { Task } from "../phases.mjs"
 * @import { Phase } from "../rows.mjs"
 * @import { Context } from "../sitting.mjs"
 * @import { SizeName } from "../sizes.mjs"
 */

const CHILD = fileURLToPath(new URL("../phases.mjs", import.meta.url));
/** As many as a run of the default settings has. */
const STEPS = DEFAULTS.training.steps;

/**
 * Emits one row for each size, router, thread count and engine.
 * @param {Options} options
 * @param {Context} context
 */
export async function measurePhases(options, context) {
  const engines = (options.peers ?? /** @type {const} */ (["native", "compiled"])).filter(
    (peer) => peer === "native" || peer === "compiled",
  );
  for (const size of options.sizes ?? /** @type {const} */ (["nano", "micro"])) {
    for (const router of options.routers ?? ["linear"]) {
      for (const threads of options.threads ?? [1]) {
        for (const engine of engines) {
          const steps = options.steps ?? STEPS;
          context.log(`phases: ${engine}, ${size}, ${router} router, ${steps} steps`);
          const planned = planOf({ size, router, steps }, context.scratch);
          const found = await wholeRun({ ...planned, threads, engine, scratch: context.scratch });
          const row = { sitting: context.sitting, peer: engine, size, router, threads, steps, ...found };
          context.emit([{ measure: "phases", ...row, machine: machineNow({}) }]);
        }
      }
    }
  }
}

/**
 * A run of the product's default settings at a size, with its text prepared.
 * @param {{ size: SizeName, router: string, steps: number }} asked
 * @param {string} scratch
 */
function planOf({ size, router, steps }, scratch) {
  const settings = {
    ...settingsOf({ size: SIZES[size], router }),
    training: { ...DEFAULTS.training, steps },
  };
  const cacheFolder = join(scratch, "cache");
  mkdirSync(cacheFolder, { recursive: true });
  const corpus = loadCorpus(settings.data, { cacheFolder });
  const model = modelSpec(settings, routerNamed(router), corpus.vocabulary);
  const plan = planRun({ model, seed: 1, routers: { hash: null }, corpus, parent: null });
  return { settings, runName: runNameOf(plan.identity) };
}

/**
 * @param {Omit<Task, "startedAt">} task
 * @returns {Promise<{ total_ms: number, phases: readonly Phase[] }>} from the start of the process to its end
 */
async function wholeRun(task) {
  const startedAt = Date.now();
  const argument = JSON.stringify({ ...task, startedAt });
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, argument], { maxBuffer: 1e7 });
  const total = Date.now() - startedAt;
  const inside = /** @type {Record<string, number>} */ (JSON.parse(stdout));
  const phases = Object.entries(inside);
  const known = phases.reduce((sum, [, ms]) => sum + ms, 0);
  return {
    total_ms: total,
    phases: [
      ...phases.map(([name, ms]) => ({ name, ms: round(ms, 1) })),
      { name: "end of the process", ms: round(total - known, 1) },
    ],
  };
}

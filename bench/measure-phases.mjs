// @ts-check
/** `--phases`: where the wall clock of a whole run goes, as a worker of moe-lab does it. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DEFAULTS } from "../dist/config/defaults.js";
import { loadCorpus } from "../dist/data/corpus.js";
import { planRun } from "../dist/exec/run-plan.js";
import { modelSpec } from "../dist/model/spec.js";
import { shippedRouters } from "../dist/routers/index.js";
import { runNameOf } from "../dist/store/identity.js";
import { machineNow } from "./machine.mjs";
import { SIZES } from "./sizes.mjs";
import { round } from "./stats.mjs";

const CHILD = fileURLToPath(new URL("phases.mjs", import.meta.url));
/** As many as a run of the default settings has. */
const STEPS = DEFAULTS.training.steps;

/**
 * Emits one row for each size, router, thread count and engine.
 * @param {import("./options.mjs").Options} options
 * @param {{ scratch: string, sitting: string, log: (text: string) => void, emit: (rows: object[]) => void }} context
 */
export async function measurePhases(options, context) {
  const engines = (options.peers ?? ["native", "compiled"]).filter(
    (peer) => peer === "native" || peer === "compiled",
  );
  for (const size of options.sizes ?? ["nano", "micro"]) {
    for (const router of options.routers ?? ["linear"]) {
      for (const threads of options.threads ?? [1]) {
        for (const engine of engines) {
          const steps = options.steps ?? STEPS;
          context.log(`phases: ${engine}, ${size}, ${router} router, ${steps} steps`);
          const planned = planOf({ size, router, steps }, context.scratch);
          const found = await wholeRun({ ...planned, threads, engine, scratch: context.scratch });
          const sizes = { size, router, threads, steps };
          const row = { measure: "phases", sitting: context.sitting, peer: engine, ...sizes, ...found };
          context.emit([{ ...row, machine: machineNow({}) }]);
        }
      }
    }
  }
}

/**
 * A run of the product's default settings at a size, with its text prepared.
 * @param {{ size: string, router: string, steps: number }} asked
 * @param {string} scratch
 */
function planOf({ size, router: name, steps }, scratch) {
  const sizes = SIZES[size];
  const router = shippedRouters.get(name);
  if (sizes === undefined || router === undefined) throw new Error(`there is no ${size} or no ${name}`);
  const { width, layers, heads, experts, topK, expertWidth, sequences, positions } = sizes;
  const settings = {
    ...DEFAULTS,
    model: { ...DEFAULTS.model, width, layers, heads, experts, topK, expertWidth },
    router: { name, options: router.options.parse({}) },
    data: { ...DEFAULTS.data, batchSequences: sequences, sequenceLength: positions },
    training: { ...DEFAULTS.training, steps },
  };
  const cacheFolder = join(scratch, "cache");
  mkdirSync(cacheFolder, { recursive: true });
  const corpus = loadCorpus(settings.data, { cacheFolder });
  const model = modelSpec(settings, router, corpus.vocabulary);
  const plan = planRun({ model, seed: 1, router: { hash: null }, corpus, parent: null });
  return { settings, runName: runNameOf(plan.identity) };
}

/**
 * @param {Omit<import("./phases.mjs").Task, "startedAt">} task
 * @returns {Promise<{ total_ms: number, phases: { name: string, ms: number }[] }>} from the start of the process to its end
 */
async function wholeRun(task) {
  const startedAt = Date.now();
  const argument = JSON.stringify({ ...task, startedAt });
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, argument], { maxBuffer: 1e7 });
  const total = Date.now() - startedAt;
  const phases = Object.entries(/** @type {Record<string, number>} */ (JSON.parse(stdout)));
  const known = phases.reduce((sum, [, ms]) => sum + ms, 0);
  return {
    total_ms: total,
    phases: [...phases, /** @type {const} */ (["end of the process", total - known])].map(([name, ms]) => ({
      name,
      ms: round(ms, 1),
    })),
  };
}

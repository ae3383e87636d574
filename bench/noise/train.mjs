// Trains pairs of equal and of different routers and writes, for each run, what several ways of judging it would have said:
// one line of JSON a run, appended, so that an interrupted call goes on where it stopped.
//
//   npm run build
//   node bench/noise/train.mjs --setting "800 steps" --seeds 16 --out noise.jsonl
//   node bench/noise/table.mjs noise.jsonl
import { appendFileSync, existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadExperiment } from "../../dist/config/load.js";
import { parentRunSettings } from "../../dist/config/parent.js";
import { createEngine } from "../../dist/engine/create.js";
import { shippedRouters } from "../../dist/routers/index.js";
import { mean } from "./numbers.mjs";
import { readRuns } from "./read-runs.mjs";
import { trainOne } from "./run.mjs";
import { ARMS, SETTINGS } from "./settings.mjs";

/**
 * @import { ParentSettings } from "../../dist/config/settings.js"
 * @import { Checkpoint } from "../../dist/train/types.js"
 */

const { values } = parseArgs({
  options: {
    setting: { type: "string", multiple: true },
    seeds: { type: "string", default: "16" },
    arms: { type: "string", default: "linear,linear again,attention" },
    out: { type: "string", default: "noise.jsonl" },
  },
});

const engine = await createEngine("compiled", { threads: 1 });
const done = new Set((existsSync(values.out) ? readRuns(values.out) : []).map(keyOf));
/**
 * The trunk that was trained last.
 * @type {{ key: string, final: Checkpoint | null }}
 */
const trunk = { key: "", final: null };
for (const setting of values.setting ?? Object.keys(SETTINGS)) {
  const set = SETTINGS[setting];
  if (set === undefined) throw new Error(`--setting is one of: ${Object.keys(SETTINGS).join("; ")}`);
  const { experiment } = await loadExperiment("experiments/attention-router.json", {
    ...{ routers: shippedRouters, tier: "standard", set },
  });
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    for (const arm of values.arms.split(",")) {
      if (done.has(keyOf({ setting, arm, seed }))) continue;
      const { variant, redraw } = armNamed(arm);
      const found = experiment.variants.find(({ name }) => name === variant)?.settings;
      if (found === undefined) throw new Error(`the experiment has no variant ${variant}`);
      const settings = { ...found, streams: { ...found.streams, router: redraw } };
      const parent = await trunkOf(settings.parent, seed);
      const { estimates } = await trainOne(engine, settings, seed, parent);
      appendFileSync(values.out, `${JSON.stringify({ setting, arm, seed, ...estimates })}\n`);
      // Domains weigh alike in this recipe.
      const loss = mean(Object.values(estimates.last[65_536] ?? {}));
      process.stderr.write(
        `${setting}, ${arm}, seed ${seed}: ${loss.toFixed(4)}, ${estimates.seconds.toFixed(0)} s\n`,
      );
    }
  }
}

/**
 * The weights that a run starts from, trained unless they are those of the run before.
 * @param {ParentSettings | null} parent
 * @param {number} seed of the run
 */
async function trunkOf(parent, seed) {
  if (parent === null) return null;
  const trunkSeed = parent.seed ?? seed;
  const key = JSON.stringify([parent, trunkSeed]);
  if (trunk.key !== key) {
    const { final } = await trainOne(engine, parentRunSettings(parent), trunkSeed, null);
    Object.assign(trunk, { key, final });
  }
  return trunk.final;
}

/** @param {string} name */
function armNamed(name) {
  const arm = ARMS[name];
  if (arm === undefined) throw new Error(`--arms are of: ${Object.keys(ARMS).join("; ")}`);
  return arm;
}

/** @param {{ setting: string, arm: string, seed: number }} run */
function keyOf({ setting, arm, seed }) {
  return JSON.stringify([setting, arm, seed]);
}

// Which small regime shows what is published? A search by halving (Jamieson, Talwalkar 2016: successive halving): every regime is calibrated with few
// tokens and seeds, the most promising go on with more of both. Run `npm run build` first; a search that was stopped goes on where it was.
//
//     node scripts/regimes/search.mjs --out results [--rounds 2] [--dry-run]     prices first, then the rounds
//     npx moe-lab table regimes --results results                        what they found
//
// A regime's promise is the number of gates that would agree with eight seeds if its means were the truth, by the spread over seeds of all its
// contrasts together: two seeds are too few for the interval of each. Of equal promise the one that is listed first goes on.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { studentTQuantile } from "../../dist/analysis/student-t.js";
import { REGIMES, baseOf } from "./bases.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SEEDS_OF_A_VERDICT = 8;
/** The "no effect" gates ask for less than this, percent (docs/validity.md). */
const NO_EFFECT_PERCENT = 1;
/** Steps of 1024 tokens, seeds, and how many regimes are in the round. */
const ROUNDS = [
  { steps: 500, seeds: 2, regimes: Object.keys(REGIMES).length },
  { steps: 1600, seeds: 3, regimes: 2 },
  { steps: 6400, seeds: 2, regimes: 1 },
];

const { values: options } = parseArgs({
  options: {
    out: { type: "string", default: "results" },
    rounds: { type: "string", default: String(ROUNDS.length) },
    jobs: { type: "string", default: String(cpus().length) },
    "dry-run": { type: "boolean", default: false },
  },
});
const bases = join(options.out, "bases");
mkdirSync(bases, { recursive: true });

/**
 * Writes the file of a regime; its results are called `calibration-of-NAME`.
 * @param {keyof typeof REGIMES} name
 * @param {number} steps
 */
function fileOf(name, steps) {
  const file = join(bases, `${name}-${steps}.json`);
  writeFileSync(file, `${JSON.stringify(baseOf(name, steps), null, 2)}\n`);
  return file;
}

/** @param {readonly string[]} args */
function moeLab(...args) {
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, "dist/cli/main.js"), ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`moe-lab ${args.join(" ")} ended with ${status}`);
  return stdout;
}

/**
 * @param {keyof typeof REGIMES} name
 * @param {{ steps: number, seeds: number }} round
 * @param {readonly string[]} more
 */
function calibrate(name, { steps, seeds }, ...more) {
  const file = join(ROOT, "experiments/calibration.json");
  const flags = ["--base", fileOf(name, steps), "--seeds", String(seeds), "--jobs", options.jobs];
  return moeLab("run", file, ...flags, "--without-weights", "--out", options.out, ...more);
}

/**
 * @typedef {{ experiment: string, label: string, gate: string, published_least_percent: number, pairs: number | null,
 *   difference_percent: number | null, difference_percent_low: number | null }} Contrast
 */

/**
 * How many gates of a regime would agree with eight seeds, by its means; and the spread of a difference over seeds, percent.
 * @param {readonly Contrast[]} contrasts
 */
function promiseOf(contrasts) {
  const variances = contrasts.flatMap(({ pairs, difference_percent: mean, difference_percent_low: low }) =>
    pairs === null || mean === null || low === null
      ? []
      : [((mean - low) / studentTQuantile(0.975, pairs - 1)) ** 2 * pairs],
  );
  const variance = variances.reduce((sum, one) => sum + one, 0) / variances.length;
  const half = studentTQuantile(0.975, SEEDS_OF_A_VERDICT - 1) * Math.sqrt(variance / SEEDS_OF_A_VERDICT);
  const promise = contrasts.filter(
    ({ gate, difference_percent: mean, published_least_percent: published }) => {
      if (mean === null) return false;
      if (gate === "no effect") return Math.abs(mean) + half <= NO_EFFECT_PERCENT;
      return gate === "effect" && mean * Math.sign(published) > half;
    },
  ).length;
  return { promise, spread: Math.sqrt(variance) };
}

/** @typedef {{ tables: readonly { name: string, rows: readonly Contrast[] }[] }} Tables */

/** @type {(keyof typeof REGIMES)[]} */
let going = /** @type {any} */ (Object.keys(REGIMES));
const [first = { steps: 1, seeds: 1, regimes: 1 }] = ROUNDS;
/** Minutes of each regime in the first round. */
const minutes = going.map((name) => {
  /** @type {{ total: { seconds: number } }} */
  const { total } = JSON.parse(calibrate(name, first, "--dry-run", "--json"));
  console.log(`${name}: about ${(total.seconds / 60).toFixed(1)} min in the first round`);
  return total.seconds / 60;
});
for (const { steps, seeds, regimes } of ROUNDS) {
  // Which ones will be in a later round is not known: the mean of all.
  const mean = minutes.reduce((sum, one) => sum + one, 0) / minutes.length;
  const price = (mean * regimes * steps * seeds) / (first.steps * first.seeds);
  console.log(`${regimes} with ${millionTokens(steps)} and ${seeds} seeds: about ${price.toFixed(0)} min`);
}
for (const round of options["dry-run"] ? [] : ROUNDS.slice(0, Number(options.rounds))) {
  going = going.slice(0, round.regimes);
  console.log(`\n${going.length} regimes with ${millionTokens(round.steps)} and ${round.seeds} seeds`);
  const judged = going.map((name) => {
    calibrate(name, round);
    /** @type {Tables} */
    const { tables } = JSON.parse(moeLab("table", "calibration", "--results", options.out, "--json"));
    const table = tables.find((one) => one.name === `calibration-of-${name}-${round.steps}`);
    if (table === undefined) throw new Error(`no calibration of ${name} in ${options.out}`);
    const { promise, spread } = promiseOf(table.rows);
    console.log(`${name}: ${promise} gates of promise, spread ${spread.toFixed(2)} %`);
    return { name, promise };
  });
  going = judged.sort((one, two) => two.promise - one.promise).map(({ name }) => name);
}

/** @param {number} steps of 1024 tokens */
function millionTokens(steps) {
  return `${((steps * 1024) / 1e6).toFixed(2)} M tokens`;
}

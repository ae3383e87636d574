// From the runs of train.mjs: by how much the difference of two routers scatters over seeds, for each way of judging a run, and
// what effect a budget of time could then decide.
//
//   node bench/noise/table.mjs noise.jsonl [--minutes 20 --cores 2 --step-ms 20 --start-seconds 2 --json]
import { parseArgs } from "node:util";
import { smallestEffect } from "../../dist/analysis/power.js";
import { ESTIMATORS } from "./estimators.mjs";
import { correlation, mean, sd } from "./numbers.mjs";
import { readRuns } from "./read-runs.mjs";

/**
 * @import { NoiseRun } from "./run.mjs"
 * @typedef {ReturnType<typeof rowOf>} NoiseRow
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "20" },
    cores: { type: "string", default: "2" },
    "step-ms": { type: "string", default: "20" },
    "start-seconds": { type: "string", default: "2" },
    json: { type: "boolean", default: false },
  },
});
const BUDGET_SECONDS = Number(values.minutes) * 60 * Number(values.cores);

/** A dense trunk's step costs this share of a step of 8 experts, 2 active (forward FLOPs). */
const DENSE_STEP = 229_376 / 329_728;

const rows = rowsOf(positionals.flatMap(readRuns));
if (values.json) console.log(JSON.stringify(rows, null, 2));
else print(rows);

/**
 * One row for each setting, pair of routers and way of judging that three pairs or more have numbers of.
 * @param {readonly NoiseRun[]} runs
 */
function rowsOf(runs) {
  return [...new Set(runs.map(({ setting }) => setting))].flatMap((setting) =>
    ["linear again", "attention", "frozen"].flatMap((arm) => {
      const pairs = pairsOf(runs, setting, arm);
      return Object.entries(ESTIMATORS).flatMap(([name, judge]) => {
        const both = pairs.flatMap(([run, base]) => {
          const [a, b] = [judge(run), judge(base)];
          return a === undefined || b === undefined ? [] : [/** @type {const} */ ([a, b])];
        });
        return both.length < 3 ? [] : [rowOf(setting, arm, name, both)];
      });
    }),
  );
}

/**
 * Runs of an arm, each beside the linear router's of the same seed.
 * @param {readonly NoiseRun[]} runs
 * @param {string} setting
 * @param {string} arm
 */
function pairsOf(runs, setting, arm) {
  const ours = runs.filter((run) => run.setting === setting);
  return ours.flatMap((run) => {
    const base = ours.find((other) => other.arm === "linear" && other.seed === run.seed);
    return run.arm !== arm || base === undefined ? [] : [/** @type {const} */ ([run, base])];
  });
}

/**
 * @param {string} setting
 * @param {string} arm
 * @param {string} name how the runs were judged
 * @param {readonly (readonly [number, number])[]} both nats a token: the arm's, the linear router's
 */
function rowOf(setting, arm, name, both) {
  const level = mean(both.map(([, base]) => base));
  const differences = both.map(([a, b]) => (100 * (a - b)) / level);
  const spread = sd(differences);
  const seconds =
    (stepsOfPair(setting) * Number(values["step-ms"])) / 1000 + 2 * Number(values["start-seconds"]);
  const pairsInBudget = Math.floor(BUDGET_SECONDS / seconds);
  return {
    setting,
    pair: arm === "linear again" ? "A/A" : `${arm} - linear`,
    judged_by: name,
    seeds: both.length,
    level_nats: level,
    mean_percent: mean(differences),
    mean_error_percent: spread / Math.sqrt(both.length),
    spread_percent: spread,
    spread_error_percent: spread / Math.sqrt(2 * (both.length - 1)),
    correlation: correlation(both),
    pairs_in_budget: pairsInBudget,
    smallest_effect_percent: smallestEffect(spread, pairsInBudget, 0.05),
  };
}

/**
 * Training steps that a pair of runs of a setting takes, its share of a trunk of the same seed included.
 * @param {string} setting
 */
function stepsOfPair(setting) {
  const steps = Number(/(\d+)( steps)?(,|$)/.exec(setting.replace(/^.*then /, ""))?.[1]);
  const batch = setting.includes("twice the batch") ? 2 : 1;
  const trunk = /^(dense|MoE) trunk of (\d+)/.exec(setting);
  const shared =
    setting.includes("(seed 1)") || trunk === null
      ? 0
      : Number(trunk[2]) * (trunk[1] === "dense" ? DENSE_STEP : 1);
  return 2 * steps * batch + shared;
}

/** @param {readonly NoiseRow[]} all */
function print(all) {
  let heading = "";
  for (const row of all) {
    const title = `${row.setting}: ${row.pair}, ${row.seeds} seeds at most; ${row.pairs_in_budget} pairs in ${values.minutes} minutes on ${values.cores} cores`;
    if (title.replace(/\d+ seeds/, "") !== heading) {
      heading = title.replace(/\d+ seeds/, "");
      console.log(
        `\n${title}\n${"judged by".padEnd(46)}seeds  mean %          spread %      r      smallest effect %`,
      );
    }
    console.log(
      `${row.judged_by.padEnd(46)}${String(row.seeds).padStart(5)} ${number(row.mean_percent)} ±${number(row.mean_error_percent)}` +
        ` ${number(row.spread_percent, 3)} ±${number(row.spread_error_percent, 3)} ${number(row.correlation)} ${number(row.smallest_effect_percent, 3)}`,
    );
  }
}

/**
 * @param {number | null} x
 * @param {number} digits after the point
 */
function number(x, digits = 2) {
  return (x === null ? "" : x.toFixed(digits)).padStart(6);
}

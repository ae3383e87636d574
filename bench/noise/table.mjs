// From the runs of train.mjs: by how much the difference of two routers scatters over seeds, for each way of judging a run, and
// what effect a budget of time could then decide.
//
//   node bench/noise/table.mjs noise.jsonl [--minutes 20 --cores 2 --step-ms 20 --start-seconds 2 --json]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { smallestEffect } from "../../dist/analysis/power.js";

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
const runs = positionals.flatMap((file) =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line)),
);

/** A dense trunk's step costs this share of a step of 8 experts, 2 active (forward FLOPs). */
const DENSE_STEP = 229_376 / 329_728;

/** Training steps that a pair of runs of a setting takes, its share of a trunk of the same seed included. */
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

const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const sd = (numbers) => {
  const m = mean(numbers);
  return Math.sqrt(numbers.reduce((sum, x) => sum + (x - m) ** 2, 0) / (numbers.length - 1));
};
const correlation = (a, b) => {
  const [ma, mb] = [mean(a), mean(b)];
  return mean(a.map((x, i) => (x - ma) * (b[i] - mb))) / (sd(a) * sd(b)) / (1 - 1 / a.length);
};
const over = (domains) => mean(Object.values(domains));
const without = (name) => (domains) =>
  mean(Object.entries(domains).flatMap(([key, loss]) => (key === name ? [] : [loss])));
const tail =
  (share) =>
  ({ losses }) =>
    mean(losses.slice(losses.length - Math.round(share * losses.length)));

/** Ways of judging a run: nats a token, or undefined where the run has no such number. */
const ESTIMATORS = {
  "last weights, 16k tokens": ({ last }) => over(last[16_384]),
  "last weights, 64k tokens (as shipped)": ({ last }) => over(last[65_536]),
  "last weights, 256k tokens": ({ last }) => last[262_144] && over(last[262_144]),
  "last weights, 64k tokens, without code": ({ last }) => without("code")(last[65_536]),
  "last weights, 64k tokens of training text": ({ last }) => over(last["training text"]),
  "mean of 5 evaluations in the last 8 %": ({ checks }) => mean(checks.map(over)),
  ...Object.fromEntries(
    [0.05, 0.1, 0.2, 0.4].map((share) => [
      `mean weights of the last ${100 * share} %`,
      ({ averaged }) => over(averaged[share]),
    ]),
  ),
  "mean weights of the last 20 %, without code": ({ averaged }) => without("code")(averaged[0.2]),
  "mean weights of the last 20 %, training text": ({ averaged }) => over(averaged["0.2, training text"]),
  ...Object.fromEntries(
    [0.05, 0.1, 0.2, 0.4].map((share) => [`training loss of the last ${100 * share} %`, tail(share)]),
  ),
};

const budgetSeconds = Number(values.minutes) * 60 * Number(values.cores);
const rows = [];
for (const setting of new Set(runs.map((run) => run.setting))) {
  for (const arm of ["linear again", "attention", "frozen"]) {
    const pairs = runs
      .filter((run) => run.setting === setting && run.arm === arm)
      .flatMap((run) => {
        const base = runs.find(
          (other) => other.setting === setting && other.arm === "linear" && other.seed === run.seed,
        );
        return base === undefined ? [] : [[run, base]];
      });
    for (const [name, judge] of Object.entries(ESTIMATORS)) {
      const both = pairs.map((pair) => pair.map(judge)).filter((pair) => pair.every((x) => x !== undefined));
      if (both.length < 3) continue;
      const level = mean(both.map(([, base]) => base));
      const differences = both.map(([a, b]) => (100 * (a - b)) / level);
      const spread = sd(differences);
      const seconds =
        (stepsOfPair(setting) * Number(values["step-ms"])) / 1000 + 2 * Number(values["start-seconds"]);
      const pairsInBudget = Math.floor(budgetSeconds / seconds);
      rows.push({
        setting,
        pair: arm === "linear again" ? "A/A" : `${arm} - linear`,
        judged_by: name,
        seeds: both.length,
        level_nats: level,
        mean_percent: mean(differences),
        mean_error_percent: spread / Math.sqrt(both.length),
        spread_percent: spread,
        spread_error_percent: spread / Math.sqrt(2 * (both.length - 1)),
        correlation: correlation(
          both.map(([a]) => a),
          both.map(([, b]) => b),
        ),
        pairs_in_budget: pairsInBudget,
        smallest_effect_percent: smallestEffect(spread, pairsInBudget, 0.05),
      });
    }
  }
}
if (values.json) console.log(JSON.stringify(rows, null, 2));
else {
  let heading = "";
  for (const row of rows) {
    const title = `${row.setting}: ${row.pair}, ${row.seeds} seeds at most; ${row.pairs_in_budget} pairs in ${values.minutes} minutes on ${values.cores} cores`;
    if (title.replace(/\d+ seeds/, "") !== heading) {
      heading = title.replace(/\d+ seeds/, "");
      console.log(
        `\n${title}\n${"judged by".padEnd(46)}seeds  mean %          spread %      r      smallest effect %`,
      );
    }
    const number = (x, digits = 2) => x.toFixed(digits).padStart(6);
    console.log(
      `${row.judged_by.padEnd(46)}${String(row.seeds).padStart(5)} ${number(row.mean_percent)} ±${number(row.mean_error_percent)}` +
        ` ${number(row.spread_percent, 3)} ±${number(row.spread_error_percent, 3)} ${number(row.correlation)} ${number(row.smallest_effect_percent, 3)}`,
    );
  }
}

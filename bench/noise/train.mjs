// Trains pairs of equal and of different routers and writes, for each run, what several ways of judging it would have said:
// one line of JSON a run, appended, so that an interrupted call goes on where it stopped.
//
//   npm run build
//   node bench/noise/train.mjs --setting "800 steps" --seeds 16 --out noise.jsonl
//   node bench/noise/table.mjs noise.jsonl
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { loadExperiment } from "../../dist/config/load.js";
import { parentRunSettings } from "../../dist/config/parent.js";
import { evaluationBatches, trainingBatch } from "../../dist/data/batches.js";
import { loadCorpus } from "../../dist/data/corpus.js";
import { createEngine } from "../../dist/engine/create.js";
import { evaluationProgram, gradientProgram, NAMES } from "../../dist/model/programs.js";
import { modelSpec } from "../../dist/model/spec.js";
import { shippedRouters } from "../../dist/routers/index.js";
import { evaluate } from "../../dist/train/evaluate.js";
import { stepFeeds } from "../../dist/train/feeds.js";
import { adamwOptions, createModelMemory } from "../../dist/train/model-memory.js";
import { learningRateAt } from "../../dist/train/schedule.js";
import { ARMS, SETTINGS } from "./settings.mjs";

const AVERAGED_SHARES = [0.05, 0.1, 0.2, 0.4];
const TOKENS = [16_384, 65_536, 262_144];
/** Evaluations whose losses are averaged: at the ends of the last five fiftieths of the steps. */
const CHECK = { share: 0.02, count: 5, tokens: 16_384 };
/** Seeds whose runs are judged on many tokens too; that costs a fifth of the training. */
const SEEDS_MANY_TOKENS = 8;

const { values } = parseArgs({
  options: {
    setting: { type: "string", multiple: true },
    seeds: { type: "string", default: "16" },
    arms: { type: "string", default: "linear,linear again,attention" },
    out: { type: "string", default: "noise.jsonl" },
  },
});

/** One training run and everything that is estimated from it. */
async function trainOne(engine, settings, seed, parent) {
  const router = shippedRouters.get(settings.router.name);
  const corpus = loadCorpus(settings.data, { cacheFolder: null });
  const spec = modelSpec(settings, router, corpus.vocabulary);
  const { training, data } = settings;
  const executable = await engine.compile(gradientProgram(spec));
  const evaluation = await engine.compile(evaluationProgram(spec, "eval"));
  const memory = createModelMemory(engine, spec, seed, null, parent);
  const { parameters } = memory.training;
  const options = adamwOptions(spec);
  const before = settings.parent?.training.steps ?? 0;
  // Nats a token, by domain.
  const judge = async (tokens, split = "validation") => {
    const batches = evaluationBatches(corpus, data, split, tokens);
    return (await evaluate(evaluation, { model: spec, corpus, seed }, batches, memory.inputs)).domainLossNats;
  };
  const averages = AVERAGED_SHARES.map((share) => ({
    share,
    start: training.steps - Math.max(1, Math.round(share * training.steps)) + 1,
    means: Object.fromEntries(
      Object.entries(parameters).map(([name, array]) => [name, new Float32Array(array.length)]),
    ),
  }));
  const checkEvery = Math.max(1, Math.round(CHECK.share * training.steps));
  const checks = [];
  const losses = [];
  let into = memory.outputs;
  const started = performance.now();
  for (let step = 1; step <= training.steps; step++) {
    const batch = trainingBatch(corpus, data, seed, before + step - 1);
    const inputs = {
      ...memory.inputs,
      ...stepFeeds(spec, batch, seed, before + step - 1),
    };
    into = await executable.run(inputs, into);
    memory.training.adamw(step, learningRateAt(step, training), options);
    memory.advanceState();
    losses.push(into[NAMES.loss][0]);
    for (const { start, means } of averages) {
      if (step < start) continue;
      const share = 1 / (step - start + 1);
      for (const [name, mean] of Object.entries(means)) {
        const now = parameters[name];
        for (let i = 0; i < mean.length; i++) mean[i] += (now[i] - mean[i]) * share;
      }
    }
    const left = training.steps - step;
    if (left % checkEvery === 0 && left / checkEvery < CHECK.count) checks.push(await judge(CHECK.tokens));
  }
  const seconds = (performance.now() - started) / 1000;
  const last = {};
  for (const tokens of TOKENS) {
    if (tokens < 100_000 || seed <= SEEDS_MANY_TOKENS) last[tokens] = await judge(tokens);
  }
  // Text of many more documents than validation has; a short training has seen a few percent of it.
  last["training text"] = await judge(65_536, "train");
  const final = memory.save(training.steps);
  const averaged = {};
  for (const { share, means } of averages) {
    for (const [name, mean] of Object.entries(means)) parameters[name].set(mean);
    averaged[share] = await judge(65_536);
    if (share === 0.2) averaged["0.2, training text"] = await judge(65_536, "train");
  }
  await Promise.all([executable.dispose(), evaluation.dispose()]);
  return {
    final,
    result: { seconds, last, averaged, checks, losses: losses.map((x) => Number(x.toFixed(6))) },
  };
}

const engine = await createEngine("compiled", { threads: 1 });
const done = new Set(
  existsSync(values.out)
    ? readFileSync(values.out, "utf8")
        .trim()
        .split("\n")
        .map((line) => keyOf(JSON.parse(line)))
    : [],
);
const trunks = new Map();
for (const setting of values.setting ?? Object.keys(SETTINGS)) {
  if (SETTINGS[setting] === undefined)
    throw new Error(`--setting is one of: ${Object.keys(SETTINGS).join("; ")}`);
  const { experiment } = await loadExperiment("experiments/attention-router.json", {
    ...{ routers: shippedRouters, tier: "standard", set: SETTINGS[setting] },
  });
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    for (const arm of values.arms.split(",")) {
      if (done.has(keyOf({ setting, arm, seed }))) continue;
      const { variant, redraw } = ARMS[arm];
      const found = experiment.variants.find(({ name }) => name === variant).settings;
      const settings = { ...found, streams: { ...found.streams, router: redraw } };
      const { result } = await trainOne(engine, settings, seed, await trunkOf(settings.parent, seed));
      appendFileSync(values.out, `${JSON.stringify({ setting, arm, seed, ...result })}\n`);
      process.stderr.write(
        `${setting}, ${arm}, seed ${seed}: ${mean(result.last[65_536]).toFixed(4)}, ${result.seconds.toFixed(0)} s\n`,
      );
    }
  }
}

async function trunkOf(parent, seed) {
  if (parent === null) return null;
  const trunkSeed = parent.seed ?? seed;
  const key = JSON.stringify([parent, trunkSeed]);
  if (!trunks.has(key)) {
    const { final } = await trainOne(engine, parentRunSettings(parent), trunkSeed, null);
    trunks.clear();
    trunks.set(key, final);
  }
  return trunks.get(key);
}

/** Domains weigh alike in this recipe. */
function mean(domains) {
  const losses = Object.values(domains);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

function keyOf({ setting, arm, seed }) {
  return JSON.stringify([setting, arm, seed]);
}

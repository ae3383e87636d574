// A run with three checkpoints, on the real store, with made-up numbers instead of training: every number depends on its step alone.
// As a program: run-of-three.mjs RUNS_FOLDER OPERATION before|after [SIGNAL] sends itself a signal (SIGKILL) at an operation;
// run-of-three.mjs RUNS_FOLDER all FIRST does forty runs, from the FIRST on, whichever are free, and prints the seeds that it did itself.
import { pathToFileURL } from "node:url";
import process from "node:process";
import { DEFAULTS } from "../../dist/config/defaults.js";
import { identityOf } from "../../dist/store/identity.js";
import { openRun } from "../../dist/store/write-run.js";
import { signalAt } from "./faults.mjs";

const STEPS = 6;
/** How many runs a crowd does. */
export const CROWD_RUNS = 40;
const PROVENANCE = {
  engine: "torture",
  threads: 1,
  versions: {},
  passes: [],
  platform: "torture",
  cpu: "torture",
  moeLab: "0",
};
const settings = { ...DEFAULTS, training: { ...DEFAULTS.training, steps: STEPS, warmupSteps: 1 } };
const sources = { routerName: "linear", dataHash: "data", routerHash: null, parent: null };
/** @param {number} seed */
const planOf = (seed) => ({
  identity: identityOf(settings, seed, sources),
  solved: {},
  causal: true,
  cost: { totalParameters: 4, activeParameters: 4, forwardFlopsPerToken: 8 },
});

/** @param {number} step */
function checkpointAt(step) {
  const values = Float32Array.of(step, 0.1 * step, -1e-30, 3e38);
  const tensor = { shape: [2, 2], values };
  return {
    step,
    tensors: { "parameters/head": tensor, "first_moments/head": tensor, "second_moments/head": tensor },
  };
}

/**
 * Takes the run and does what is left of it.
 * @param {string} runsFolder
 * @param {{ seed?: number, onStart?: (resumedFrom: number) => void, onCheckpoint?: (step: number) => void }} [options]
 * @returns how it was found.
 */
export function doRun(runsFolder, { seed = 1, onStart, onCheckpoint } = {}) {
  const opened = openRun(runsFolder, planOf(seed), PROVENANCE);
  if (opened.kind !== "open") return opened.kind;
  const { run } = opened;
  onStart?.(run.resume?.step ?? 0);
  for (let step = (run.resume?.step ?? 0) + 1; step <= STEPS; step++) {
    run.appendMetrics({
      ...{ step, tokens: 1024 * step, learningRate: 0.001, trainLossNats: 5 - step / 10, balanceLoss: 1.25 },
      ...{ zLoss: null, gradientNorm: 0.5, validationLossNats: step % 2 === 0 ? 4 : null },
    });
    if (step % 2 === 0) {
      run.appendRouting(step, [[0.25, 0.75]]);
      run.checkpoint(checkpointAt(step));
      onCheckpoint?.(step);
    }
  }
  const results = {
    ...{ tokensTrained: 1024 * STEPS, trainLossNats: 4.4, validationLossNats: 4, validationBitsPerByte: 5.8 },
    ...{ causalValidationLossNats: null, domainLossNats: { fiction: 4 }, balanceLoss: 1, zLoss: null },
    ...{ maxLoadShare: 0.75, deadExperts: 0, unroutedShare: 0 },
  };
  run.end({ status: "finished", stepsDone: STEPS, results, load: [[0.25, 0.75]], matrices: [] });
  return "open";
}

/**
 * Goes round the runs of many seeds until none is left to do, as one of a crowd.
 * @param {string} runsFolder
 * @param {number} first where this one begins
 * @returns the seeds of those that it did itself.
 */
function doAll(runsFolder, first) {
  const left = Array.from({ length: CROWD_RUNS }, (_, at) => ((first + at) % CROWD_RUNS) + 1);
  /** @type {number[]} */
  const own = [];
  for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
    const kind = doRun(runsFolder, { seed });
    if (kind === "open") own.push(seed);
    if (kind === "busy") left.push(seed);
  }
  return own;
}

const [, program, runsFolder, at, how, signal = "SIGKILL"] = process.argv;
if (program !== undefined && import.meta.url === pathToFileURL(program).href) {
  if (runsFolder === undefined || how === undefined) throw new Error("RUNS_FOLDER OPERATION before|after");
  if (at === "all") console.log(doAll(runsFolder, Number(how)).join(" "));
  else {
    signalAt(Number(at), how, /** @type {NodeJS.Signals} */ (signal));
    doRun(runsFolder);
  }
}

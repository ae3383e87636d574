// A run with three checkpoints, on the real store, with made-up numbers instead of training: every number depends on its step alone.
// As a program: run-of-three.mjs RUNS_FOLDER OPERATION before|after
import { pathToFileURL } from "node:url";
import process from "node:process";
import { DEFAULTS } from "../../dist/config/defaults.js";
import { identityOf } from "../../dist/store/identity.js";
import { openRun } from "../../dist/store/write-run.js";
import { killAt } from "./faults.mjs";

const STEPS = 6;
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
const PLAN = {
  identity: identityOf(settings, 1, sources),
  solved: {},
  causal: true,
  cost: { totalParameters: 4, activeParameters: 4, forwardFlopsPerToken: 8 },
};

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
 * @returns how it was found.
 */
export function doRun(runsFolder) {
  const opened = openRun(runsFolder, PLAN, PROVENANCE);
  if (opened.kind !== "open") return opened.kind;
  const { run } = opened;
  for (let step = (run.resume?.step ?? 0) + 1; step <= STEPS; step++) {
    run.appendMetrics({
      ...{ step, tokens: 1024 * step, learningRate: 0.001, trainLossNats: 5 - step / 10, balanceLoss: 1.25 },
      ...{ zLoss: null, gradientNorm: 0.5, validationLossNats: step % 2 === 0 ? 4 : null },
    });
    if (step % 2 === 0) {
      run.appendRouting(step, [[0.25, 0.75]]);
      run.checkpoint(checkpointAt(step));
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

const [, program, runsFolder, at, when] = process.argv;
if (program !== undefined && import.meta.url === pathToFileURL(program).href) {
  if (runsFolder === undefined || when === undefined) throw new Error("RUNS_FOLDER OPERATION before|after");
  killAt(Number(at), when);
  doRun(runsFolder);
}

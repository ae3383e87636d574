// A sweep from a program: does a hash of the token beat the linear router, in a model so small that a run takes a second? For each learning rate
// one experiment, one after the other, in a row that Ctrl-C (or a time limit) ends with checkpoints: the same command goes on from there.
//
//     node examples/sweep.mjs [seconds]
import process from "node:process";
import { InputError, runExperiment } from "moe-lab";

/** @type {(learningRate: number) => import("moe-lab").WrittenExperiment} */
const experimentAt = (learningRate) => ({
  name: `rate-${learningRate}`,
  title: `Hash against linear at a learning rate of ${learningRate}`,
  base: {
    model: { width: 8, layers: 1, heads: 1, experts: 4, topK: 2, expertWidth: 8 },
    data: { domains: [{ name: "arithmetic" }], sequenceLength: 8, batchSequences: 2, validationTokens: 64 },
    training: { steps: 20, warmupSteps: 2, evaluateEvery: 10, evaluationTokens: 32, learningRate },
  },
  seeds: 2,
  baseline: "linear",
  variants: [
    { name: "linear", router: { name: "linear" } },
    { name: "hash", varies: ["router"], router: { name: "hash" } },
  ],
});

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const seconds = Number(process.argv[2] ?? Infinity);
const timer = Number.isFinite(seconds) ? setTimeout(() => stop.abort(), 1000 * seconds) : undefined;

try {
  for (const learningRate of [0.001, 0.01]) {
    const outcome = await runExperiment(experimentAt(learningRate), {
      out: "sweep",
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "ended")
          console.error(`${event.run.variant} seed ${event.run.seed}: ${event.end.status}`);
        if (event.type === "output") console.error(`${event.run.name} says: ${event.line}`);
      },
    });
    if (outcome.status === "interrupted") {
      console.log(`stopped after ${outcome.finished} of ${outcome.runs} runs; the same command goes on`);
      process.exitCode = 130;
      break;
    }
    for (const { run, reason } of outcome.failures) console.error(`${run.name} failed: ${reason}`);
    for (const { variant, comparison } of outcome.summary.rows) {
      if (comparison === null) continue;
      const percent = (100 * comparison.relative.mean).toFixed(2);
      console.log(
        `${learningRate}: ${variant} ${percent} % (${comparison.verdict ?? "no verdict"}), see ${outcome.folder}/report.html`,
      );
    }
  }
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  for (const { where, path, message } of error.problems)
    console.error([where, path, message].filter(Boolean).join(": "));
  process.exitCode = 2;
} finally {
  clearTimeout(timer);
}

/**
 * A child process: one run as a worker of moe-lab does it, with a clock at its seams. Argument: JSON of Task. Prints the
 * milliseconds of each phase as JSON.
 */
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { doRun } from "../dist/exec/run-job.js";
import { workerServices } from "../dist/exec/services.js";

/**
 * @import { Settings } from "../dist/config/settings.js"
 * @import { Engine } from "../dist/engine/types.js"
 */
/**
 * @typedef {{ settings: Settings, runName: string, engine: "native" | "compiled", threads: number, scratch: string,
 *   startedAt: number }} Task
 * `scratch` holds `cache/` with the text prepared; `startedAt`: Unix time in ms at which the parent started this process.
 */

const now = () => performance.timeOrigin + performance.now();
/** @type {Record<string, number>} */
const phases = {};
/** @param {string} phase @param {number} since */
const add = (phase, since) => void (phases[phase] = (phases[phase] ?? 0) + now() - since);

/**
 * @template T
 * @param {string} phase
 * @param {() => T} act
 * @returns {T}
 */
function timed(phase, act) {
  const since = now();
  const result = act();
  if (result instanceof Promise) {
    return /** @type {T} */ (result.finally(() => add(phase, since)));
  }
  add(phase, since);
  return result;
}

const task = /** @type {Task} */ (JSON.parse(process.argv[2] ?? ""));
const outside = "start of the process, modules";
add(outside, task.startedAt);
const from = now();
const end = await doRun(
  {
    variant: { settings: task.settings, routerFiles: {}, parent: null },
    seed: 1,
    runsFolder: join(task.scratch, `runs-${task.engine}`),
    runName: task.runName,
    engine: task.engine,
    threads: task.threads,
    cacheFolder: join(task.scratch, "cache"),
  },
  watched(workerServices),
  { send: () => undefined, stopRequested: () => false },
);
if (end.status !== "finished" || end.reused)
  throw new Error(`the run did not finish: ${JSON.stringify(end)}`);
const inside = Object.entries(phases).filter(([name]) => name !== outside);
phases["files, the rest"] = now() - from - inside.reduce((sum, [, ms]) => sum + ms, 0);
process.stdout.write(JSON.stringify(phases));

/**
 * The services of a worker with a clock around each.
 * @param {typeof workerServices} services
 * @returns {typeof workerServices}
 */
function watched(services) {
  return {
    ...services,
    loadCorpus: (data, options) => timed("text", () => services.loadCorpus(data, options)),
    createEngine: async (name, options) =>
      watchedEngine(await timed("engine", () => services.createEngine(name, options))),
    train: async (job, resume, hooks) => {
      const since = now();
      const before = { ...phases };
      const outcome = await services.train(job, resume, {
        ...hooks,
        onMetrics: (row) => timed("rows", () => hooks.onMetrics(row)),
        onRouting: (step, load) => timed("rows", () => hooks.onRouting(step, load)),
        onCheckpoint: (checkpoint) => timed("checkpoints", () => hooks.onCheckpoint(checkpoint)),
      });
      const apart = ["trace and plan", "evaluation", "rows", "checkpoints"];
      const others = apart.reduce((sum, name) => sum + (phases[name] ?? 0) - (before[name] ?? 0), 0);
      phases["steps"] = now() - since - others;
      return outcome;
    },
  };
}

/**
 * Compiling is timed, and what is evaluated: the first program is the step's, all others evaluate. From one batch of an evaluation to
 * the next nothing else happens.
 * @param {Engine} engine
 * @returns {Engine}
 */
function watchedEngine(engine) {
  let count = 0;
  let evaluatedUntil = 0;
  return {
    ...engine,
    allocate: (parameters) => engine.allocate(parameters),
    findNonFinite: (program, inputs) => engine.findNonFinite(program, inputs),
    compile: async (program) => {
      const executable = await timed("trace and plan", () => engine.compile(program));
      const isStep = count++ === 0;
      return {
        compileSeconds: executable.compileSeconds,
        dispose: () => executable.dispose(),
        run: async (inputs, into) => {
          const since = evaluatedUntil === 0 ? now() : evaluatedUntil;
          const outputs = await executable.run(inputs, into);
          if (!isStep) add("evaluation", since);
          evaluatedUntil = isStep ? 0 : now();
          return outputs;
        },
      };
    },
  };
}

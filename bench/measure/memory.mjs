/** `--memory`: resident memory of one process over a long run. */
import { writeCase } from "../case.mjs";
import { machineNow } from "../machine.mjs";
import { enter, leave } from "../sitting.mjs";
import { SIZES } from "../sizes.mjs";
import { fitLine, round } from "../stats.mjs";

/**
 * @import { Options } from "../options.mjs"
 * @import { MemoryRow } from "../rows.mjs"
 * @import { Context, Entry } from "../sitting.mjs"
 * @import { SizeName } from "../sizes.mjs"
 */

/** Long where steps are short. */
const STEPS = { nano: 10_000, micro: 1_000, small: 100 };
const SAMPLES = 100;
/** Share of the samples that are the process settling down: pools and caches fill, code is compiled. */
const SETTLING = 0.1;

/** @type {readonly SizeName[]} */
const SIZES_OF_DEFAULT = ["nano", "micro"];

/**
 * Emits one row for each size, router, thread count and peer.
 * @param {Options} options
 * @param {Context} context
 */
export async function measureMemory(options, context) {
  for (const size of options.sizes ?? SIZES_OF_DEFAULT) {
    for (const router of options.routers ?? ["linear"]) {
      const name = `memory-${size}-${router}`;
      const model = writeCase(context.scratch, name, { size: SIZES[size], router });
      for (const threads of options.threads ?? [1]) {
        for (const peer of options.peers ?? /** @type {const} */ (["native", "compiled"])) {
          const steps = options.steps ?? STEPS[size];
          context.log(`memory: ${peer}, ${size}, ${router} router, ${steps} steps`);
          const entry = await enter(peer, model, threads, context);
          if (entry === null) continue;
          const row = { size, router, threads, steps, tokens: model.tokens, parameters: model.parameters };
          context.emit([await watch(entry, row, context).finally(() => leave([entry]))]);
        }
      }
    }
  }
}

/**
 * @param {Entry} entry
 * @param {Pick<MemoryRow, "size" | "router" | "threads" | "steps" | "tokens" | "parameters">} row
 * @param {Context} context
 * @returns {Promise<MemoryRow>}
 */
async function watch({ peer, child, about }, row, { sitting, log }) {
  /** @type {[number, number][]} */
  const samples = [];
  const stride = Math.max(1, Math.floor(row.steps / SAMPLES));
  for (let done = stride; done <= row.steps; done += stride) {
    const { rss_mb } = await child.steps(stride);
    if (rss_mb === null) throw new Error(`${peer}: this system does not tell a process's resident memory`);
    samples.push([done, rss_mb]);
    if (done % (10 * stride) === 0) log(`  ${done} of ${row.steps} steps: ${Math.round(rss_mb)} MB`);
  }
  return {
    measure: "memory",
    sitting,
    peer,
    ...row,
    ...memoryOf(samples),
    machine: machineNow(about.versions),
  };
}

/**
 * First, last and largest resident memory, and its growth by the line of least squares after settling down.
 * @param {readonly (readonly [number, number])[]} samples steps done, megabytes
 */
function memoryOf(samples) {
  const settled = samples.slice(Math.floor(SETTLING * samples.length));
  const [first, calm, last] = [samples[0], settled[0], samples.at(-1)];
  if (first === undefined || calm === undefined || last === undefined) {
    throw new Error("memory was not sampled once");
  }
  const { slope } = fitLine(settled);
  return {
    first_mb: round(first[1], 1),
    settled_mb: round(calm[1], 1),
    last_mb: round(last[1], 1),
    max_mb: round(Math.max(...samples.map(([, mb]) => mb)), 1),
    settled_after: calm[0],
    mb_per_1000_steps: round(slope * 1000, 3),
  };
}

/** `--step`: the training step of every peer, beside the multiply floor. */
import { availableParallelism } from "node:os";
import { writeCase } from "../case.mjs";
import { machineNow } from "../machine.mjs";
import { checkAgreement, enter, leave, takeTurns } from "../sitting.mjs";
import { PEERS } from "../options.mjs";
import { ROUTERS, SIZE_NAMES, SIZES } from "../sizes.mjs";
import { median, round, timesOf } from "../stats.mjs";

/**
 * @import { WrittenCase } from "../case.mjs"
 * @import { Options, PeerName } from "../options.mjs"
 * @import { StepRow } from "../rows.mjs"
 * @import { Context, Entry } from "../sitting.mjs"
 */
/** @typedef {{ size: string, router: string, threads: number, model: WrittenCase }} Timed */

/** The largest size that tfjs's own backend gets unless it is asked for by name: a step of the next takes half a minute. */
const TFJS_CPU_SIZE = "nano";
/**
 * Whose multiplications a floor is.
 * @type {Readonly<Record<string, string>>}
 */
const FLOORS = { floor: "onnxruntime", "torch-floor": "torch" };

/**
 * Emits one row for each size, router, thread count and peer.
 * @param {Options} options
 * @param {Context} context
 */
export async function measureSteps(options, context) {
  const cores = availableParallelism();
  for (const size of options.sizes ?? SIZE_NAMES) {
    for (const router of options.routers ?? ROUTERS) {
      const model = writeCase(context.scratch, `step-${size}-${router}`, { size: SIZES[size], router });
      for (const threads of options.threads ?? [...new Set([1, Math.min(2, cores)])]) {
        const peers = options.peers ?? PEERS.filter((peer) => peer !== "tfjs-cpu" || size === TFJS_CPU_SIZE);
        context.log(`step: ${size}, ${router} router, ${threads} thread${threads === 1 ? "" : "s"}`);
        const { rounds } = options;
        context.emit(await sitting({ size, router, threads, model }, { peers, rounds }, context));
      }
    }
  }
}

/**
 * @param {Timed} what
 * @param {{ peers: readonly PeerName[], rounds: number }} how
 * @param {Context} context
 */
async function sitting(what, { peers, rounds }, context) {
  const { threads, model } = what;
  const wanted = peers.filter((peer) => peer !== "tfjs-cpu" || threads === 1);
  if (wanted.length < peers.length) context.log("  tfjs-cpu: LEFT OUT, it has one thread only");
  /** @type {Entry[]} */
  const present = [];
  /** @type {Entry[]} */
  const floors = [];
  try {
    for (const peer of wanted) {
      const entry = await enter(peer, model, threads, context);
      if (entry !== null) present.push(entry);
    }
    // Without the compiled engine among the peers, it still says which numbers are right.
    const referee = present.some(({ peer }) => peer === "compiled")
      ? null
      : await enter("compiled", model, threads, context);
    await checkAgreement(referee === null ? present : [...present, referee], context);
    if (referee !== null) await leave([referee]);
    const withTorch = present.some(({ peer }) => peer.startsWith("torch"));
    for (const peer of /** @type {const} */ (["floor", "torch-floor"])) {
      if (peer === "torch-floor" && !withTorch) continue;
      const entry = await enter(peer, model, threads, context);
      if (entry !== null) floors.push(entry);
    }
    await takeTurns([...present, ...floors], rounds, context);
    return rowsOf(what, { present, floors }, context);
  } finally {
    await leave([...present, ...floors]);
  }
}

/**
 * @param {Timed} what
 * @param {{ present: readonly Entry[], floors: readonly Entry[] }} timed
 * @param {Context} context
 * @returns {StepRow[]}
 */
function rowsOf({ size, router, threads, model }, { present, floors }, { sitting: started }) {
  const floors_ms = Object.fromEntries(
    floors.map(({ peer, ms }) => [FLOORS[peer] ?? peer, round(median(ms), 3)]),
  );
  // The faster library's multiplications are the floor.
  const [floor_by, floor_ms] = Object.entries(floors_ms).sort(([, a], [, b]) => a - b)[0] ?? [null, null];
  const versions = Object.fromEntries(present.flatMap(({ about }) => Object.entries(about.versions)));
  const machine = machineNow(versions);
  return present.map(({ peer, about, ms, cpu, rss, agreement }) => ({
    measure: "step",
    sitting: started,
    peer,
    size,
    router,
    threads,
    ...timesOf(ms),
    cpu_ms: round(median(cpu), 3),
    floor_ms,
    floor_by,
    floors_ms,
    rss_mb: rss.length === 0 ? null : Math.round(Math.max(...rss)),
    compile_ms: about.compile_ms === null ? null : Math.round(about.compile_ms),
    parameters: model.parameters,
    tokens: model.tokens,
    flops: model.flops,
    agreement,
    versions: about.versions,
    passes: about.passes ?? null,
    machine,
  }));
}

/** `--sweep`: many runs on two processes of one thread each, as steps a second in all. */
import { performance } from "node:perf_hooks";
import { writeCase } from "../case.mjs";
import { machineNow } from "../machine.mjs";
import { checkAgreement, enter, leave } from "../sitting.mjs";
import { SIZES } from "../sizes.mjs";
import { round } from "../stats.mjs";

/**
 * @import { WrittenCase } from "../case.mjs"
 * @import { Options, PeerName } from "../options.mjs"
 * @import { SweepRow } from "../rows.mjs"
 * @import { Context, Entry } from "../sitting.mjs"
 */
/**
 * @typedef {{ size: string, router: string, model: WrittenCase, steps: number }} Swept
 * The processes of a peer, the first of them once more, and how long each pair of runs took.
 * @typedef {{ peer: string, first: Entry, members: readonly Entry[], seconds: number[] }} Team
 */

const RUNS = 8;
const PROCESSES = 2;
const STEPS = 100;
const WARM_UP = 10;

/** @type {readonly PeerName[]} */
const PEERS_OF_DEFAULT = ["native", "compiled", "torch"];

/**
 * Emits one row for each size, router and peer.
 * @param {Options} options
 * @param {Context} context
 */
export async function measureSweep(options, context) {
  for (const size of options.sizes ?? /** @type {const} */ (["nano"])) {
    for (const router of options.routers ?? ["linear"]) {
      context.log(`sweep: ${size}, ${router} router, ${RUNS} runs on ${PROCESSES} processes`);
      const model = writeCase(context.scratch, `sweep-${size}-${router}`, { size: SIZES[size], router });
      const swept = { size, router, model, steps: options.steps ?? STEPS };
      context.emit(await sitting(swept, options.peers ?? PEERS_OF_DEFAULT, context));
    }
  }
}

/**
 * @param {Swept} swept
 * @param {readonly PeerName[]} peers
 * @param {Context} context
 */
async function sitting(swept, peers, context) {
  /** @type {Entry[]} */
  const entries = [];
  try {
    const teams = await gather(swept, { peers, entries }, context);
    await checkAgreement(
      teams.map(({ first }) => first),
      context,
    );
    // Warm-up, together.
    for (const { members } of teams) await together(members, WARM_UP);
    for (let run = 0; run < RUNS; run += PROCESSES) {
      context.log(`  runs ${run + 1} to ${run + PROCESSES} of ${RUNS}`);
      for (const { members, seconds } of teams) {
        await Promise.all(members.map(({ child }, index) => child.reset(run + index + 1)));
        const before = performance.now();
        await together(members, swept.steps);
        seconds.push((performance.now() - before) / 1000);
      }
    }
    return teams.map((team) => rowOf(team, swept, context));
  } finally {
    await leave(entries);
  }
}

/**
 * Starts the processes of each peer.
 * @param {Swept} swept
 * @param {{ peers: readonly PeerName[], entries: Entry[] }} who `entries` takes all that started, those of a peer without
 * all its processes too
 * @param {Context} context
 * @returns {Promise<Team[]>} of the peers that have all their processes
 */
async function gather({ model }, { peers, entries }, context) {
  /** @type {Team[]} */
  const teams = [];
  for (const peer of peers) {
    /** @type {Entry[]} */
    const members = [];
    for (let index = 0; index < PROCESSES; index++) {
      const entry = await enter(peer, model, 1, context);
      if (entry === null) break;
      entries.push(entry);
      members.push(entry);
    }
    const [first] = members;
    if (first !== undefined && members.length === PROCESSES)
      teams.push({ peer, first, members, seconds: [] });
  }
  return teams;
}

/**
 * @param {Team} team
 * @param {Swept} swept
 * @param {Context} context
 * @returns {SweepRow}
 */
function rowOf({ peer, first, seconds }, { size, router, steps, model }, { sitting: started }) {
  const total = seconds.reduce((sum, one) => sum + one, 0);
  return {
    measure: "sweep",
    sitting: started,
    peer,
    size,
    router,
    processes: PROCESSES,
    threads: 1,
    runs: RUNS,
    steps_a_run: steps,
    steps_per_second: round((RUNS * steps) / total, 2),
    // The fastest and the slowest pair of runs.
    max_steps_per_second: round((PROCESSES * steps) / Math.min(...seconds), 2),
    min_steps_per_second: round((PROCESSES * steps) / Math.max(...seconds), 2),
    tokens: model.tokens,
    agreement: first.agreement,
    machine: machineNow(first.about.versions),
  };
}

/**
 * @param {readonly Entry[]} members
 * @param {number} count steps of each
 */
function together(members, count) {
  return Promise.all(members.map(({ child }) => child.steps(count)));
}

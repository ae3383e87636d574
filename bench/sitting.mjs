/** A sitting: peers side by side, each a living process, taking a few steps in turn so that a slow moment meets all. */
import { setTimeout as wait } from "node:timers/promises";
import { CHECKED_STEPS, compareSteps, TOLERANCE } from "./agreement.mjs";
import { startPeer, stop } from "./child.mjs";

/**
 * @import { Agreement } from "./agreement.mjs"
 * @import { WrittenCase } from "./case.mjs"
 * @import { Child } from "./child.mjs"
 * @import { About, Contender, StepReport } from "./protocol.mjs"
 * @import { Row } from "./rows.mjs"
 */
/**
 * What all measurements of one call share: a folder for what they write, the time at which they began, the Python of the
 * PyTorch peers, where to say what is being done, and where rows go.
 * @typedef {{ scratch: string, sitting: string, python: string, log: (text: string) => void,
 *   emit: (rows: readonly Row[]) => void }} Context
 */
/**
 * A peer in a sitting, with the case that it works on, and what was found: `ms` of each step, `cpu` (milliseconds a step)
 * and `rss` (megabytes) of each turn.
 * @template {WrittenCase} [M=WrittenCase]
 * @typedef {{ peer: Contender, model: M, child: Child, about: About, ms: number[], cpu: number[], rss: number[],
 *   agreement: Agreement | null }} Entry
 */

/** A turn is as many steps as last this long, */
const TURN_MS = 300;
/** but not more than these. */
const MOST_STEPS = 20;
/** The first steps of a turn of several find the caches full of other peers' numbers; they don't count. */
const UNCOUNTED = 1;
/** A peer that has used this much time takes no more turns after its third. */
const PEER_SECONDS = 60;
/** Idle threads of the peer before spin for a while; let them fall asleep. */
const PAUSE_MS = 30;

/**
 * Starts a peer, or says aloud why it is left out.
 * @template {WrittenCase} M
 * @param {Contender} peer
 * @param {M} model
 * @param {number} threads
 * @param {Context} context
 * @returns {Promise<Entry<M> | null>} its entry in a sitting
 */
export async function enter(peer, model, threads, context) {
  try {
    context.log(`  ${peer}: preparing`);
    const { child, about } = await startPeer(peer, { threads, folder: model.folder }, context);
    return { peer, model, child, about, ms: [], cpu: [], rss: [], agreement: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = peer.startsWith("torch") ? "; MOE_LAB_PYTHON may name a Python that has torch" : "";
    context.log(`  ${peer}: LEFT OUT, it does not run here (${reason})${hint}`);
    return null;
  }
}

/**
 * Lets every peer take the same first steps, and compares them with the compiled engine's. PyTorch's numbers are the
 * proof that both do the same work.
 * @param {readonly Entry[]} entries
 * @param {Context} context
 */
export async function checkAgreement(entries, context) {
  /** @type {{ entry: Entry, reports: readonly StepReport[] }[]} */
  const reported = [];
  for (const entry of entries) {
    const { reports } = await entry.child.steps(CHECKED_STEPS, true);
    reported.push({ entry, reports });
  }
  for (const { entry, reports } of reported) {
    const reference = reported.find(
      (one) => one.entry.peer === "compiled" && one.entry.model === entry.model,
    );
    if (reference === undefined || reference.entry === entry) continue;
    entry.agreement = compareSteps(reference.reports, reports);
    const { agrees, ...differences } = entry.agreement;
    if (agrees) continue;
    const text = Object.entries(differences).map(([name, value]) => `${name} ${value?.toExponential(1)}`);
    context.log(`  ${entry.peer} DISAGREES with compiled beyond ${TOLERANCE}: ${text.join(", ")}`);
  }
}

/**
 * Times steps in turn; fills `ms`, `cpu` and `rss` of the entries.
 * @param {readonly Entry[]} entries
 * @param {number} rounds
 * @param {Context} context
 */
export async function takeTurns(entries, rounds, context) {
  /** @type {{ entry: Entry, counted: number }[]} */
  const turns = [];
  for (const entry of entries) {
    const { ms } = await entry.child.steps(1);
    const counted = Math.min(MOST_STEPS, Math.max(1, Math.ceil(TURN_MS / Math.max(...ms))));
    turns.push({ entry, counted });
  }
  for (let round = 0; round < rounds; round++) {
    if (round % 5 === 0) context.log(`  round ${round + 1} of ${rounds}`);
    // Each round begins with another peer: none always follows the same one.
    const first = round % Math.max(1, turns.length);
    for (const { entry, counted } of [...turns.slice(first), ...turns.slice(0, first)]) {
      const used = entry.ms.reduce((sum, ms) => sum + ms, 0) / 1000;
      if (round >= 3 && used > PEER_SECONDS) continue;
      await takeTurn(entry, counted);
    }
  }
}

/**
 * @param {Entry} entry
 * @param {number} counted steps that count
 */
async function takeTurn(entry, counted) {
  await wait(PAUSE_MS);
  const first = counted > 1 ? UNCOUNTED : 0;
  const { ms, cpu_ms, rss_mb } = await entry.child.steps(first + counted);
  entry.ms.push(...ms.slice(first));
  entry.cpu.push(cpu_ms / ms.length);
  if (rss_mb !== null) entry.rss.push(rss_mb);
}

/**
 * Ends the processes of a sitting.
 * @param {readonly Entry[]} entries
 */
export async function leave(entries) {
  await Promise.all(entries.map(({ child }) => stop(child)));
}

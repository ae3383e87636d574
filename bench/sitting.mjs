/** A sitting: peers side by side, each a living process, taking a few steps in turn so that a slow moment meets all. */
import { setTimeout as wait } from "node:timers/promises";
import { CHECKED_STEPS, compareSteps, TOLERANCE } from "./agreement.mjs";
import { startPeer, stop } from "./child.mjs";

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
 * @returns {Promise<object | null>} its entry in a sitting
 */
export async function enter(peer, model, threads, context) {
  try {
    const { python, scratch } = context;
    context.log(`  ${peer}: preparing`);
    const { child, about } = await startPeer(peer, { threads, folder: model.folder, python, scratch });
    return { peer, model, child, about, ms: [], cpu: [], rss: [], agreement: null };
  } catch (error) {
    const hint = peer.startsWith("torch") ? "; MOE_LAB_PYTHON may name a Python that has torch" : "";
    context.log(`  ${peer}: LEFT OUT, it does not run here (${error.message})${hint}`);
    return null;
  }
}

/**
 * Lets every peer take the same first steps, and compares them with the compiled engine's. PyTorch's numbers are the
 * proof that both do the same work.
 */
export async function checkAgreement(entries, context) {
  const reports = new Map();
  for (const entry of entries) {
    const { reports: found } = await entry.child.ask({ do: "steps", count: CHECKED_STEPS, report: true });
    reports.set(entry, found);
  }
  for (const entry of entries) {
    const reference = entries.find(({ peer, model }) => peer === "compiled" && model === entry.model);
    if (reference === undefined || reference === entry) continue;
    entry.agreement = compareSteps(reports.get(reference), reports.get(entry));
    const { agrees, ...differences } = entry.agreement;
    if (agrees) continue;
    const text = Object.entries(differences).map(([name, value]) => `${name} ${value?.toExponential(1)}`);
    context.log(`  ${entry.peer} DISAGREES with compiled beyond ${TOLERANCE}: ${text.join(", ")}`);
  }
}

/** Times steps in turn; fills `ms`, `cpu` (milliseconds a step, one number a turn) and `rss` (MB) of the entries. */
export async function takeTurns(entries, rounds, context) {
  const turns = new Map();
  for (const entry of entries) {
    const {
      ms: [expected],
    } = await entry.child.ask({ do: "steps", count: 1 });
    turns.set(entry, Math.min(MOST_STEPS, Math.max(1, Math.ceil(TURN_MS / expected))));
  }
  for (let round = 0; round < rounds; round++) {
    if (round % 5 === 0) context.log(`  round ${round + 1} of ${rounds}`);
    // Each round begins with another peer: none always follows the same one.
    for (const index of entries.keys()) {
      const entry = entries[(index + round) % entries.length];
      const used = entry.ms.reduce((sum, ms) => sum + ms, 0) / 1000;
      if (round >= 3 && used > PEER_SECONDS) continue;
      await wait(PAUSE_MS);
      const counted = turns.get(entry);
      const first = counted > 1 ? UNCOUNTED : 0;
      const { ms, cpu_ms, rss_mb } = await entry.child.ask({ do: "steps", count: first + counted });
      entry.ms.push(...ms.slice(first));
      entry.cpu.push(cpu_ms / ms.length);
      if (rss_mb !== null) entry.rss.push(rss_mb);
    }
  }
}

/** Ends the processes of a sitting. */
export async function leave(entries) {
  await Promise.all(entries.map(({ child }) => stop(child)));
}

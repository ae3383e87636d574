/** A peer that runs on Node, as a process that obeys JSON lines on stdin and answers each with one on stdout: protocol.mjs. */
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { prepareFloor } from "./floor.mjs";
import { MESSAGE } from "./protocol.mjs";
import { prepareTraining } from "./training.mjs";

/**
 * @import { z } from "zod"
 * @import { Served, StepReport, Taken } from "./protocol.mjs"
 */

/** @type {Served | undefined} */
let served;

/**
 * @param {z.infer<typeof MESSAGE>} message
 * @returns {Promise<object>}
 */
async function obey(message) {
  if (message.do === "prepare") {
    const { peer } = message;
    served = await (peer === "floor" ? prepareFloor(message) : prepareTraining({ ...message, peer }));
    return served.about;
  }
  if (served === undefined) throw new Error(`"${message.do}" before "prepare"`);
  if (message.do === "steps") return await takeSteps(served, message.count, message.report);
  if (message.do === "reset") served.reset(message.seed);
  else await served.dispose();
  return {};
}

/**
 * @param {Served} peer
 * @param {number} count
 * @param {boolean} report
 * @returns {Promise<Taken>}
 */
async function takeSteps(peer, count, report) {
  /** @type {number[]} */
  const ms = [];
  /** @type {StepReport[]} */
  const reports = [];
  const cpuBefore = process.cpuUsage();
  for (let index = 0; index < count; index++) {
    const before = performance.now();
    const found = await peer.step();
    ms.push(performance.now() - before);
    if (report && found !== null) reports.push(found);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ms, cpu_ms: (user + system) / 1000, reports, rss_mb: process.memoryUsage.rss() / 1e6 };
}

// Whatever a library prints must not end up among the answers.
const answer = process.stdout.write.bind(process.stdout);
console.log = console.error;

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = await obey(MESSAGE.parse(JSON.parse(line)));
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  answer(`${JSON.stringify(reply)}\n`);
}

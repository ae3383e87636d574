/**
 * A peer that runs on Node, as a process that obeys JSON lines on stdin and answers each with one on stdout:
 * {"do":"prepare", peer, threads, folder}, {"do":"steps", count, report}, {"do":"reset", seed}, {"do":"dispose"}.
 */
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { prepareFloor } from "./floor.mjs";
import { prepareTraining } from "./training.mjs";

let training;

const commands = {
  prepare: async (message) => {
    training = await (message.peer === "floor" ? prepareFloor(message) : prepareTraining(message));
    return training.about;
  },
  steps: async ({ count, report = false }) => {
    const ms = [];
    const reports = [];
    const cpuBefore = process.cpuUsage();
    for (let index = 0; index < count; index++) {
      const before = performance.now();
      const found = await training.step();
      ms.push(performance.now() - before);
      if (report) reports.push(found);
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    return { ms, cpu_ms: (user + system) / 1000, reports, rss_mb: process.memoryUsage.rss() / 1e6 };
  },
  reset: ({ seed }) => {
    training.reset(seed);
    return {};
  },
  dispose: async () => {
    await training.dispose();
    return {};
  },
};

// Whatever a library prints must not end up among the answers.
const answer = process.stdout.write.bind(process.stdout);
console.log = console.error;

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  let reply;
  try {
    reply = await commands[message.do](message);
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  answer(`${JSON.stringify(reply)}\n`);
}

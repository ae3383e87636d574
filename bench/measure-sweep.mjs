/** `--sweep`: many runs on two processes of one thread each, as steps a second in all. */
import { performance } from "node:perf_hooks";
import { writeCase } from "./case.mjs";
import { machineNow } from "./machine.mjs";
import { checkAgreement, enter, leave } from "./sitting.mjs";
import { SIZES } from "./sizes.mjs";
import { round } from "./stats.mjs";

const RUNS = 8;
const PROCESSES = 2;
const STEPS = 100;

/** Emits one row for each size, router and peer. */
export async function measureSweep(options, context) {
  for (const size of options.sizes ?? ["nano"]) {
    for (const router of options.routers ?? ["linear"]) {
      context.log(`sweep: ${size}, ${router} router, ${RUNS} runs on ${PROCESSES} processes`);
      const model = writeCase(context.scratch, `sweep-${size}-${router}`, SIZES[size], router);
      const peers = options.peers ?? ["native", "compiled", "torch"];
      context.emit(await sitting({ size, router, model, peers, steps: options.steps ?? STEPS }, context));
    }
  }
}

async function sitting({ size, router, model, peers, steps }, context) {
  const teams = [];
  try {
    for (const peer of peers) {
      const members = [];
      teams.push({ peer, members, seconds: [] });
      for (let index = 0; index < PROCESSES; index++) {
        const entry = await enter(peer, model, 1, context);
        if (entry === null) break;
        members.push(entry);
      }
    }
    const full = teams.filter(({ members }) => members.length === PROCESSES);
    await checkAgreement(
      full.map(({ members }) => members[0]),
      context,
    );
    // Warm-up, together.
    for (const { members } of full) await together(members, { do: "steps", count: 10 });
    for (let run = 0; run < RUNS; run += PROCESSES) {
      context.log(`  runs ${run + 1} to ${run + PROCESSES} of ${RUNS}`);
      for (const { members, seconds } of full) {
        await Promise.all(
          members.map(({ child }, index) => child.ask({ do: "reset", seed: run + index + 1 })),
        );
        const before = performance.now();
        await together(members, { do: "steps", count: steps });
        seconds.push((performance.now() - before) / 1000);
      }
    }
    return full.map((team) => rowOf(team, { size, router, steps, model }, context));
  } finally {
    await leave(teams.flatMap(({ members }) => members));
  }
}

function rowOf({ peer, members: [first], seconds }, { size, router, steps, model }, { sitting: started }) {
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

function together(members, message) {
  return Promise.all(members.map(({ child }) => child.ask(message)));
}

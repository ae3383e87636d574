/** `--scaling`: how the step's time grows with tokens, with active experts, and with the number of experts. */
import { writeCase } from "./case.mjs";
import { machineNow } from "./machine.mjs";
import { checkAgreement, enter, leave, takeTurns } from "./sitting.mjs";
import { SIZES } from "./sizes.mjs";
import { median, round, timesOf } from "./stats.mjs";

/** What is changed, to which values, and how a size looks then. */
const AXES = {
  tokens: {
    values: [1, 2, 4],
    change: (size, factor) => ({ ...size, sequences: size.sequences * factor }),
    shown: (size) => size.sequences * size.positions,
  },
  "active experts": {
    values: [1, 2, 4],
    change: (size, topK) => ({ ...size, topK }),
    shown: (size) => size.topK,
    // Gates renormalised over a single expert are 1, whatever the router learns.
    routerOptions: { linear: { renormalise: false } },
    refuses: (router, topK) => router === "attention" && topK === 1,
  },
  experts: {
    values: [8, 16, 32, 64],
    change: (size, experts) => ({ ...size, experts }),
    shown: (size) => size.experts,
  },
};

/** Emits one row for each size, router, thread count, axis, value and peer. */
export async function measureScaling(options, context) {
  for (const size of options.sizes ?? ["nano", "micro"]) {
    for (const router of options.routers ?? ["linear"]) {
      for (const threads of options.threads ?? [1]) {
        for (const axis of Object.keys(AXES)) {
          context.log(`scaling: ${size}, ${router} router, ${axis}`);
          const peers = options.peers ?? ["native", "compiled", "torch"];
          context.emit(
            await sitting({ size, router, threads, axis, peers, rounds: options.rounds }, context),
          );
        }
      }
    }
  }
}

async function sitting({ size, router, threads, axis, peers, rounds }, context) {
  const { values, change, shown, routerOptions, refuses } = AXES[axis];
  const entries = [];
  try {
    for (const value of values.filter((one) => refuses?.(router, one) !== true)) {
      const changed = change(SIZES[size], value);
      const name = `scaling-${size}-${router}-${threads}-${axis.replace(" ", "-")}-${value}`;
      const written = writeCase(context.scratch, name, changed, router, routerOptions?.[router]);
      const model = { ...written, value: shown(changed) };
      for (const peer of peers) {
        const entry = await enter(peer, model, threads, context);
        if (entry !== null) entries.push(entry);
      }
    }
    await checkAgreement(entries, context);
    await takeTurns(entries, rounds, context);
    return entries.map(({ peer, model, about, ms, cpu, agreement }) => ({
      measure: "scaling",
      sitting: context.sitting,
      peer,
      size,
      router,
      threads,
      axis,
      value: model.value,
      ...timesOf(ms),
      cpu_ms: round(median(cpu), 3),
      parameters: model.parameters,
      tokens: model.tokens,
      flops: model.flops,
      agreement,
      machine: machineNow(about.versions),
    }));
  } finally {
    await leave(entries);
  }
}

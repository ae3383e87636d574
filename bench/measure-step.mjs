/** `--step`: the training step of every peer, beside the multiply floor. */
import { availableParallelism } from "node:os";
import { writeCase } from "./case.mjs";
import { machineNow } from "./machine.mjs";
import { checkAgreement, enter, leave, takeTurns } from "./sitting.mjs";
import { PEERS } from "./options.mjs";
import { ROUTERS, SIZES } from "./sizes.mjs";
import { median, round, timesOf } from "./stats.mjs";

/** The largest size that tfjs's own backend gets unless it is asked for by name: a step of the next takes half a minute. */
const TFJS_CPU_SIZE = "nano";
const FLOORS = { floor: "onnxruntime", "torch-floor": "torch" };

/** Emits one row for each size, router, thread count and peer. */
export async function measureSteps(options, context) {
  const cores = availableParallelism();
  for (const size of options.sizes ?? Object.keys(SIZES)) {
    for (const router of options.routers ?? ROUTERS) {
      const model = writeCase(context.scratch, `step-${size}-${router}`, SIZES[size], router);
      for (const threads of options.threads ?? [...new Set([1, Math.min(2, cores)])]) {
        const peers = options.peers ?? PEERS.filter((peer) => peer !== "tfjs-cpu" || size === TFJS_CPU_SIZE);
        context.log(`step: ${size}, ${router} router, ${threads} thread${threads === 1 ? "" : "s"}`);
        const { rounds } = options;
        context.emit(await sitting({ size, router, threads, model, peers, rounds }, context));
      }
    }
  }
}

async function sitting({ size, router, threads, model, peers, rounds }, context) {
  const wanted = peers.filter((peer) => peer !== "tfjs-cpu" || threads === 1);
  if (wanted.length < peers.length) context.log("  tfjs-cpu: LEFT OUT, it has one thread only");
  const entries = [];
  const floors = [];
  try {
    for (const peer of wanted) entries.push(await enter(peer, model, threads, context));
    const present = entries.filter((entry) => entry !== null);
    // Without the compiled engine among the peers, it still says which numbers are right.
    const referee = present.some(({ peer }) => peer === "compiled")
      ? null
      : await enter("compiled", model, threads, context);
    await checkAgreement(referee === null ? present : [...present, referee], context);
    if (referee !== null) await leave([referee]);
    floors.push(await enter("floor", model, threads, context));
    if (present.some(({ peer }) => peer.startsWith("torch"))) {
      floors.push(await enter("torch-floor", model, threads, context));
    }
    const loaded = floors.filter((entry) => entry !== null);
    await takeTurns([...present, ...loaded], rounds, context);
    return rowsOf({ size, router, threads, model, present, loaded }, context);
  } finally {
    await leave([...entries, ...floors].filter((entry) => entry !== null));
  }
}

function rowsOf({ size, router, threads, model, present, loaded }, { sitting: started }) {
  const floors = Object.fromEntries(loaded.map(({ peer, ms }) => [FLOORS[peer], round(median(ms), 3)]));
  // The faster library's multiplications are the floor.
  const [floor_by, floor_ms] = Object.entries(floors).sort(([, a], [, b]) => a - b)[0] ?? [null, null];
  const versions = Object.assign({}, ...present.map(({ about }) => about.versions));
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
    floors_ms: floors,
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

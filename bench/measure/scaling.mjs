/** `--scaling`: how the step's time grows with tokens, with active experts, and with the number of experts. */
import { writeCase } from "../case.mjs";
import { machineNow } from "../machine.mjs";
import { checkAgreement, enter, leave, takeTurns } from "../sitting.mjs";
import { SIZES } from "../sizes.mjs";
import { median, round, timesOf } from "../stats.mjs";

/**
 * @import { WrittenCase } from "../case.mjs"
 * @import { Options, PeerName } from "../options.mjs"
 * @import { ScalingRow } from "../rows.mjs"
 * @import { Context, Entry } from "../sitting.mjs"
 * @import { Size, SizeName } from "../sizes.mjs"
 */
/**
 * What is changed, to which values, how a size looks then, and what a row says of it.
 * @typedef {{ values: readonly number[], change: (size: Size, value: number) => Size, shown: (size: Size) => number,
 *   routerOptions?: Readonly<Record<string, object>>, refuses?: (router: string, value: number) => boolean }} Axis
 */

/** @type {Readonly<Record<string, Axis>>} */
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

/** @type {readonly SizeName[]} */
const SIZES_OF_DEFAULT = ["nano", "micro"];
/** @type {readonly PeerName[]} */
const PEERS_OF_DEFAULT = ["native", "compiled", "torch"];

/**
 * Emits one row for each size, router, thread count, axis, value and peer.
 * @param {Options} options
 * @param {Context} context
 */
export async function measureScaling(options, context) {
  for (const size of options.sizes ?? SIZES_OF_DEFAULT) {
    for (const router of options.routers ?? ["linear"]) {
      for (const threads of options.threads ?? [1]) {
        for (const [name, axis] of Object.entries(AXES)) {
          context.log(`scaling: ${size}, ${router} router, ${name}`);
          const { peers, rounds } = options;
          context.emit(
            await sitting(
              { size, router, threads, name, axis, peers: peers ?? PEERS_OF_DEFAULT, rounds },
              context,
            ),
          );
        }
      }
    }
  }
}

/**
 * @param {{ size: SizeName, router: string, threads: number, name: string, axis: Axis, peers: readonly PeerName[],
 *   rounds: number }} what
 * @param {Context} context
 * @returns {Promise<ScalingRow[]>}
 */
async function sitting({ size, router, threads, name, axis, peers, rounds }, context) {
  const { values, change, shown, routerOptions, refuses } = axis;
  /** @type {Entry<WrittenCase & { value: number }>[]} */
  const entries = [];
  try {
    for (const value of values.filter((one) => refuses?.(router, one) !== true)) {
      const changed = change(SIZES[size], value);
      const folder = `scaling-${size}-${router}-${threads}-${name.replace(" ", "-")}-${value}`;
      const described = { size: changed, router, routerOptions: routerOptions?.[router] };
      const model = { ...writeCase(context.scratch, folder, described), value: shown(changed) };
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
      axis: name,
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

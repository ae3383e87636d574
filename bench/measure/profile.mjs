/** `--profile`: where the compiled step spends its time, by ONNX Runtime's own profiler. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeCase } from "../case.mjs";
import { startPeer, stop } from "../child.mjs";
import { machineNow } from "../machine.mjs";
import { summariseProfile } from "../profile.mjs";
import { SIZE_NAMES, SIZES } from "../sizes.mjs";
import { round } from "../stats.mjs";

/**
 * @import { WrittenCase } from "../case.mjs"
 * @import { Options } from "../options.mjs"
 * @import { ProfileEvent } from "../profile.mjs"
 * @import { ProfileRow } from "../rows.mjs"
 * @import { Context } from "../sitting.mjs"
 */

const STEPS = { nano: 60, micro: 30, small: 8 };
/** Steps left out at the start. */
const WARM_UP = 3;
const TOP_GROUPS = 15;

/**
 * Emits one row for each size, router and thread count.
 * @param {Options} options
 * @param {Context} context
 */
export async function measureProfile(options, context) {
  for (const size of options.sizes ?? SIZE_NAMES) {
    for (const router of options.routers ?? ["linear"]) {
      const name = `profile-${size}-${router}`;
      const model = writeCase(context.scratch, name, { size: SIZES[size], router });
      for (const threads of options.threads ?? [1]) {
        context.log(`profile: ${size}, ${router} router, ${threads} thread${threads === 1 ? "" : "s"}`);
        const steps = WARM_UP + (options.steps ?? STEPS[size]);
        context.emit([await profile({ size, router, threads, steps, model }, context)]);
      }
    }
  }
}

/**
 * @param {{ size: string, router: string, threads: number, steps: number, model: WrittenCase }} what
 * @param {Context} context
 * @returns {Promise<ProfileRow>}
 */
async function profile({ size, router, threads, steps, model }, context) {
  const { scratch, sitting } = context;
  const prefix = `profile-${size}-${router}-${threads}`;
  const preparation = { threads, folder: model.folder, profilePrefix: join(scratch, prefix) };
  const { child, about } = await startPeer("compiled", preparation, context);
  try {
    const { ms } = await child.steps(steps);
    await child.dispose();
    const file = readdirSync(scratch).find((name) => name.startsWith(`${prefix}_`) && name.endsWith(".json"));
    if (file === undefined) throw new Error("ONNX Runtime wrote no profile");
    const events = /** @type {ProfileEvent[]} */ (JSON.parse(readFileSync(join(scratch, file), "utf8")));
    return {
      measure: "profile",
      sitting,
      peer: "compiled",
      size,
      router,
      threads,
      // With the profiler on: somewhat slower than without.
      step_ms: round(ms.slice(WARM_UP).reduce((sum, one) => sum + one, 0) / (ms.length - WARM_UP), 3),
      ...summariseProfile(events, { skip: WARM_UP, top: TOP_GROUPS }),
      passes: about.passes ?? null,
      machine: machineNow(about.versions),
    };
  } finally {
    await stop(child);
  }
}

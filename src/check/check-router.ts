import type { ModelSettings } from "../config/settings.ts";
import { messageOf } from "../core/errors.ts";
import type { Router, RouterOptions } from "../model/router.ts";
import { canRenumber, checkParametersUsed, checkRenumbered, checkReturned } from "./routing-checks.ts";
import { checkEngines, checkRepeats, checkTies, checkTrained } from "./step-checks.ts";
import { type CheckSubject, checkSubject } from "./subject.ts";

/** One thing that any router must pass. */
export interface RouterCheck {
  readonly name: string;
  /** Whether there is anything of the router to try. */
  readonly applies: (subject: CheckSubject) => boolean;
  /** @returns what is wrong, one sentence each; it throws what the router throws. */
  readonly run: (subject: CheckSubject) => Promise<readonly string[]>;
}

const always = (): boolean => true;

/** Everything that any router must pass, the cheap before the dear. */
export const ROUTER_CHECKS: readonly RouterCheck[] = [
  { name: "returns what it declares, in the right shapes", applies: always, run: checkReturned },
  { name: "uses the parameters that it declares", applies: always, run: checkParametersUsed },
  { name: "follows a renumbering of the experts", applies: canRenumber, run: checkRenumbered },
  { name: "trains every parameter that it says it trains", applies: always, run: checkTrained },
  { name: "gives equal numbers on both engines", applies: always, run: checkEngines },
  { name: "gives equal numbers on both engines where all scores are tied", applies: always, run: checkTies },
  { name: "gives the same bits again", applies: always, run: checkRepeats },
];

/** Something that a router does otherwise than it must. */
export interface RouterFinding {
  /** Name of the check. */
  readonly check: string;
  readonly message: string;
}

/**
 * Runs a router on tiny random inputs and models, and says everything that is wrong with it; takes seconds.
 * @param written its options as an experiment would have them; the router's schema fills in the rest.
 * @param model what every model must be for it, e.g. `{ experts: 1, topK: 1 }`.
 * @returns nothing for a router that is well.
 */
export async function checkRouter(
  router: Router,
  written: RouterOptions = {},
  model: Partial<ModelSettings> = {},
): Promise<readonly RouterFinding[]> {
  const options = router.options.safeParse(written);
  if (!options.success) return [{ check: "accepts its options", message: options.error.message }];
  // Only here, so that whoever imports the package to write a router loads no ONNX Runtime.
  const { createEngine } = await import("../engine/create.ts");
  const engines = {
    eager: await createEngine("tfjs-cpu", { threads: 1 }),
    compiled: await createEngine("compiled", { threads: 1 }),
  };
  const subject = checkSubject(router, options.data, engines, model);
  if ("message" in subject) {
    return [{ check: "accepts a small model", message: `${subject.path} ${subject.message}` }];
  }
  const findings: RouterFinding[] = [];
  for (const { name, applies, run } of ROUTER_CHECKS) {
    if (!applies(subject)) continue;
    const messages = await run(subject).catch((error: unknown) => [messageOf(error)]);
    findings.push(...messages.map((message) => ({ check: name, message })));
    if (findings.length > 0) break; // what comes after stands on what came before
  }
  await subject.dispose().catch(() => undefined);
  return findings;
}

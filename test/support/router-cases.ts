/** Every shipped router with several of its option sets, for the tests that any router must pass. */
import type { Settings } from "../../src/config/settings.ts";
import type { Router } from "../../src/model/router.ts";
import { shippedRouters } from "../../src/routers/index.ts";

/** A router with options; written options are completed by the router's own schema. */
export interface RouterCase {
  readonly name: string;
  readonly router: Router;
  readonly options: Readonly<Record<string, unknown>>;
  /** What the model must be for it. */
  readonly model: Partial<Settings["model"]>;
}

/** Untrained state as after some training, so that a causal evaluation takes some tokens and leaves some. */
export const TRAINED_STATE: Readonly<Record<string, number>> = { cutoff: 0.25, cutoff_weight: 1 };

const OPTIONS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  linear: [{}, { renormalise: false }, { frozen: true }],
  "shared-expert": [{}, { experts: 1, renormalise: false }],
  attention: [{}, { initScale: 3, temperature: 0.5 }],
  "expert-choice": [{}, { scope: "batch" }],
  hash: [{}, { draw: 7 }, { of: "previous" }, { of: "both", sets: "disjoint" }, { of: "position" }],
  dense: [{}],
  "linear-wide": [{}, { hidden: 5, activation: "silu" }],
  "attention-no-key": [{}, { initScale: 3 }],
  "attention-random-key": [{}, { initScale: 3, temperature: 0.5 }],
  "attention-static": [{}, { initScale: 3 }],
  redraw: [{}],
  oracle: [{}],
};

/** Fails for a shipped router without option sets here: a new router must come into the contract test. */
export const routerCases: readonly RouterCase[] = [...shippedRouters].flatMap(([name, router]) => {
  const sets = OPTIONS[name];
  if (sets === undefined)
    throw new Error(`test/support/router-cases.ts has no option sets for the router ${name}`);
  return sets.map((written) => ({
    name: `${name} ${JSON.stringify(written)}`,
    router,
    options: router.options.parse(written),
    model: name === "dense" ? { experts: 1, topK: 1 } : {},
  }));
});

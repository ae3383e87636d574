/** Every shipped router with several of its option sets, for the tests that any router must pass. */
import type { Settings } from "../../src/config/settings.ts";
import type { HostTensors } from "../../src/engine/types.ts";
import { NAMES } from "../../src/model/programs.ts";
import type { Router } from "../../src/model/router.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { describe, it } from "vitest";
import { needsTime, slowTests } from "./slow.ts";

/** A router with options; written options are completed by the router's own schema. */
export interface RouterCase {
  readonly name: string;
  readonly router: Router;
  readonly options: Readonly<Record<string, unknown>>;
  /** What the model must be for it. */
  readonly model: Partial<Settings["model"]>;
  /** Whether it is the router's first option set. */
  readonly isFirst: boolean;
}

/** Untrained state as after some training, so that a causal evaluation takes some tokens and leaves some. */
const TRAINED_STATE: Readonly<Record<string, (at: number) => number>> = {
  cutoff: () => 0.25,
  cutoff_weight: () => 1,
  default_output: (at) => Math.sin(at),
};

/** Gives state the values that it has after some training, where it has any that matter; changes `feeds`. */
export function trainState(feeds: HostTensors): void {
  for (const [name, values] of Object.entries(feeds)) {
    const trained = TRAINED_STATE[name.split(".").at(-1)!];
    if (name.startsWith(NAMES.state("")) && trained !== undefined)
      values.forEach((_, at) => (values[at] = trained(at)));
  }
}

/** What the model must be for a router that can't have any. */
export const MODELS: Readonly<Record<string, Partial<Settings["model"]>>> = {
  dense: { experts: 1, topK: 1 },
  switch: { topK: 1 },
  gshard: { topK: 2 },
  "base-layer": { topK: 1 },
};

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
  "noisy-top-k": [{}],
  cosine: [{ dimension: 6 }, { dimension: 5, renormalise: false }],
  sigmoid: [{}],
  "sigmoid-bias": [{}, { update: "proportional", renormalise: false }],
  "sqrt-softplus": [{}],
  "group-limited": [{}],
  "llama-4": [{}],
  "quantile-balancing": [{}],
  switch: [{}],
  gshard: [{}, { queue: "choices-first", evaluationCapacityFactor: 0.5 }],
  "top-p": [{}],
  "dynamic-top-p": [{}],
  relu: [{}],
  "expert-threshold": [{}],
  "seq-top-k": [{}],
  sinkhorn: [{}],
  "base-layer": [{}],
  "online-k-means": [{}],
  "stable-moe": [{}],
  "self-routing": [{}],
  "round-robin": [{}],
  "zero-experts": [{ copy: 0 }, { copy: 2, constant: 0 }],
  recurrent: [{ hidden: 5 }],
  "default-moe": [{}, { decay: 0.5 }],
  "attention-heads": [{}, { heads: 1, dimension: 3, symmetric: true }],
};

/** Fails for a shipped router without option sets here: a new router must come into the contract test. */
export const routerCases: readonly RouterCase[] = [...shippedRouters].flatMap(([name, router]) => {
  const sets = OPTIONS[name];
  if (sets === undefined)
    throw new Error(`test/support/router-cases.ts has no option sets for the router ${name}`);
  return sets.map((written, index) => ({
    isFirst: index === 0,
    name: `${name} ${JSON.stringify(written)}`,
    router,
    options: router.options.parse(written),
    model: MODELS[name] ?? {},
  }));
});

/** A block for each case: of every router its first option set, of the others what time allows. */
export function describeRouters(cases: readonly RouterCase[], body: (one: RouterCase) => void): void {
  for (const one of cases) {
    if (one.isFirst || slowTests) describe(one.name, () => body(one));
    else it.skip(`${one.name}${needsTime}`, () => undefined);
  }
}

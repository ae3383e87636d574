import { DEFAULTS } from "../config/defaults.ts";
import type { ModelSettings, Settings } from "../config/settings.ts";
import { streamOf } from "../core/streams.ts";
import type { Engine, HostTensors, Executable } from "../engine/types.ts";
import { gradientProgram } from "../model/programs.ts";
import type { Router, RouterOptions, RouterProblem } from "../model/router.ts";
import { type ModelSpec, modelSpec } from "../model/spec.ts";
import { programFeeds } from "./numbers.ts";

/** V, no power of two, so that mixed-up axes show. */
const VOCABULARY = 11;
const MODELS = 3;
const MOST_DRAWS = 1000;

/** A step of a small model with the router, run once by each engine. */
export interface CheckedStep {
  readonly spec: ModelSpec;
  readonly feeds: HostTensors;
  /** Operation by operation, and compiled. */
  readonly slow: Executable;
  readonly fast: Executable;
  readonly expected: HostTensors;
  readonly found: HostTensors;
}

/** A router under test, with small random models that it accepts. */
export interface CheckSubject {
  readonly router: Router;
  readonly options: RouterOptions;
  readonly models: readonly ModelSpec[];
  readonly eager: Engine;
  /** Steps of the first two models, run when first asked for. */
  readonly steps: () => Promise<readonly CheckedStep[]>;
  readonly dispose: () => Promise<void>;
}

/** Both engines: what everything means, and what runs. */
export interface CheckEngines {
  readonly eager: Engine;
  readonly compiled: Engine;
}

/**
 * Draws models for a router.
 * @param options as its schema gave them out.
 * @param model what every model must be for it, e.g. a single expert.
 * @returns the router's first problem where it refuses all.
 */
export function checkSubject(
  router: Router,
  options: RouterOptions,
  engines: CheckEngines,
  model: Partial<ModelSettings> = {},
): CheckSubject | RouterProblem {
  const drawn = drawModels(router, options, model);
  if ("message" in drawn) return drawn;
  let steps: Promise<readonly CheckedStep[]> | undefined;
  return {
    router,
    options,
    models: drawn,
    eager: engines.eager,
    steps: () => (steps ??= runSteps(drawn.slice(0, 2), engines)),
    dispose: async () => {
      for (const { slow, fast } of (await steps) ?? []) await Promise.all([slow.dispose(), fast.dispose()]);
    },
  };
}

async function runSteps(models: readonly ModelSpec[], engines: CheckEngines): Promise<CheckedStep[]> {
  const steps: CheckedStep[] = [];
  for (const spec of models) {
    const program = gradientProgram(spec);
    const feeds = programFeeds(program, spec, 5);
    const [slow, fast] = [await engines.eager.compile(program), await engines.compiled.compile(program)];
    steps.push({ spec, feeds, slow, fast, expected: await slow.run(feeds), found: await fast.run(feeds) });
  }
  return steps;
}

/** Random models that the router accepts: E 3..9, K 1..3, and neither D nor S as large as E, so that mixed-up axes show. */
function drawModels(
  router: Router,
  options: RouterOptions,
  model: Partial<ModelSettings>,
): ModelSpec[] | RouterProblem {
  const stream = streamOf(0, "contract", router.name, JSON.stringify(options));
  const found: ModelSpec[] = [];
  let refusal: RouterProblem | undefined;
  for (let draw = 0; draw < MOST_DRAWS && found.length < MODELS; draw++) {
    const heads = 1 + stream.integer(2);
    const settings: Settings = {
      ...DEFAULTS,
      router: { name: router.name, options },
      model: {
        ...DEFAULTS.model,
        init: { distribution: "truncated-normal", std: 0.3, cut: 3 },
        width: heads === 1 ? 10 : 12,
        heads,
        layers: 1 + stream.integer(2),
        experts: 3 + stream.integer(7),
        topK: 1 + stream.integer(3),
        expertWidth: 3 + stream.integer(4),
        ...model,
      },
      data: {
        ...DEFAULTS.data,
        batchSequences: 1 + stream.integer(3),
        sequenceLength: 2 + stream.integer(8),
      },
    };
    const S = settings.data.batchSequences * settings.data.sequenceLength;
    // Of two tokens in all, one query has a choice: its gradient is 2 % of the value's, and the last bit of the parameters
    // alone moves it by 1e-5, on any engine.
    if (S < 3 || S === settings.model.experts) continue;
    const [problem] = router.problems(options, settings.model, settings.data);
    refusal ??= problem;
    if (problem === undefined) found.push(modelSpec(settings, router, VOCABULARY));
  }
  if (found.length === MODELS) return found;
  return refusal ?? { path: "router", message: "no small model was found for it" };
}

import { DEFAULTS } from "../config/defaults.ts";
import type { ModelSettings, Settings } from "../config/settings.ts";
import { streamOf } from "../core/streams.ts";
import type { Router, RouterOptions } from "../model/router.ts";
import { shown } from "./declared.ts";
import { threw, wrong, type Wrong } from "./finding.ts";

/** V, no power of two, so that mixed-up axes show. */
export const VOCABULARY = 53;
const MODELS = 3;
const MOST_DRAWS = 300;

/** What every model must be for a router, where it can't be any. */
export interface ModelNeeds {
  readonly model?: Partial<ModelSettings>;
  readonly data?: Partial<Settings["data"]>;
}

/** Tried where a router refuses random models: a single expert, and powers of two. */
export const COMMON_NEEDS: readonly ModelNeeds[] = [
  {},
  { model: { experts: 1, topK: 1 } },
  ...[1, 2, 4].flatMap((topK) =>
    [8, 16].map((experts) => ({ model: { experts, topK }, data: { sequenceLength: 16, batchSequences: 2 } })),
  ),
];

/**
 * Settings of small models that the router accepts: E 3..9, K 1..3, and neither D nor S as large as E, so that mixed-up axes show; the
 * first has sequences to compare and positions to hide. Where it refuses all, those with the next of `needs`.
 */
export function drawSettings(
  router: Router,
  options: RouterOptions,
  needs: readonly ModelNeeds[],
): { readonly settings: readonly Settings[] } | { readonly problems: readonly Wrong[] } {
  let refusal: Wrong | undefined;
  for (const need of needs) {
    const stream = streamOf(0, "contract", router.name, JSON.stringify(options));
    const found: Settings[] = [];
    for (let draw = 0; draw < MOST_DRAWS && found.length < MODELS; draw++) {
      const settings = randomSettings(router.name, options, need, (below) => stream.integer(below));
      // The first is to show much; half of the draws for a router that refuses all that would.
      if (!isTelling(settings, need, found.length === 0 && draw < MOST_DRAWS / 2)) continue;
      const refused = refusalOf(router, options, settings);
      if (refused === null) found.push(settings);
      else if (refused.isBroken) return { problems: [refused.wrong] };
      else refusal ??= refused.wrong;
    }
    if (found.length === MODELS) return { settings: found };
  }
  return { problems: [refusal ?? wrong("problems", "refuses every small model that was tried")] };
}

function randomSettings(
  name: string,
  options: RouterOptions,
  need: ModelNeeds,
  integer: (below: number) => number,
): Settings {
  const heads = 1 + integer(2);
  return {
    ...DEFAULTS,
    router: { name, options },
    model: {
      ...DEFAULTS.model,
      init: { distribution: "truncated-normal", std: 0.3, cut: 3 },
      width: heads === 1 ? 10 : 12,
      heads,
      layers: 1 + integer(2),
      experts: 3 + integer(7),
      topK: 1 + integer(3),
      expertWidth: 3 + integer(4),
      ...need.model,
    },
    data: {
      ...DEFAULTS.data,
      batchSequences: 1 + integer(3),
      sequenceLength: 2 + integer(8),
      ...need.data,
    },
  };
}

/** Whether a model can show something. @param isFirst it is asked about the future, other sequences and distinct experts. */
function isTelling({ data, model }: Settings, need: ModelNeeds, isFirst: boolean): boolean {
  const { batchSequences: B, sequenceLength: T } = data;
  if (need.data !== undefined) return true;
  // Of two tokens in all, one query has a choice: its gradient is 2 % of the value's, and the last bit of the parameters
  // alone moves it by 1e-5, on any engine.
  if (B * T < 3 || B * T === model.experts) return false;
  return !isFirst || (B > 1 && T > 3 && (model.topK > 1 || model.experts === 1));
}

/** Why a router can't have some settings; null where it can. */
function refusalOf(
  router: Router,
  options: RouterOptions,
  { model, data }: Settings,
): { readonly isBroken: boolean; readonly wrong: Wrong } | null {
  const isProblem = (item: unknown): item is { path: string; message: string } =>
    typeof item === "object" && item !== null && "path" in item && "message" in item;
  try {
    const found: unknown = router.problems(options, model, data);
    if (Array.isArray(found) && found.every(isProblem)) {
      const [first] = found;
      if (first === undefined) return null;
      const message = `${first.message} (no small model was found that the router accepts)`;
      return { isBroken: false, wrong: wrong(first.path, message) };
    }
    const message = `gives ${shown(found)}; it must give a list of { path, message }, empty where all is well`;
    return { isBroken: true, wrong: wrong("problems", message) };
  } catch (error) {
    return { isBroken: true, wrong: threw("problems", error) };
  }
}

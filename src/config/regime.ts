import type { Problem } from "../core/errors.ts";
import type { Draft } from "./experiment-rules.ts";
import { tierNames } from "./experiment-rules.ts";
import type { Layer } from "./layers.ts";
import { readParts, type Parts } from "./parts.ts";
import type { TierName } from "./schema.ts";
import type { Source } from "./source.ts";
import { didYouMean, quoted, show } from "./suggest.ts";

/**
 * A regime: the model, the text and the training that an experiment asks its question in, without its routers and losses. `--base FILE` asks the
 * question of one file in the regime of another.
 */
const REGIME = ["model", "data", "training"];

/** The tier that the request or the file names. */
export function chosenTier(
  draft: Draft,
  asked: string | undefined,
): { readonly name: TierName | undefined; readonly problems: readonly Problem[] } {
  const names = tierNames(draft);
  const name = names.find((candidate) => candidate === (asked ?? draft.tier));
  if (asked === undefined || name !== undefined) return { name, problems: [] };
  const message =
    names.length === 0
      ? 'the experiment has no "tiers"; leave the flag out'
      : `there is no tier ${show(asked)}${didYouMean(asked, names) || ";"} Tiers: ${quoted(names)}`;
  return { name, problems: [{ where: `--tier ${show(asked).slice(1, -1)}`, path: "", message }] };
}

/** Layers of the file that all variants share. */
export function sharedLayers({ base, tiers }: Parts, tier: TierName | undefined): readonly Layer[] {
  const layer = tier === undefined ? undefined : tiers.get(tier);
  return layer === undefined ? [base] : [base, layer];
}

/**
 * The shared layers of a question asked in another file's regime: what its own base writes of routers and losses, and what the other file
 * writes of the rest. Tiers are the other file's.
 */
export function inRegime(question: Parts, regime: Parts, tier: TierName | undefined): readonly Layer[] {
  const isRegime = (section: string): boolean => REGIME.includes(section);
  return [
    only(question.base, (section) => !isRegime(section)),
    ...sharedLayers(regime, tier).map((layer) => only(layer, isRegime)),
  ];
}

/** The file of a regime, with all that is wrong with it. */
export function readRegime(source: Source): Parts {
  const parts = readParts(source);
  return { ...parts, problems: [...source.problems, ...parts.problems] };
}

/** A layer with some of its sections. */
function only(layer: Layer, isKept: (section: string) => boolean): Layer {
  return {
    ...layer,
    values: Object.fromEntries(Object.entries(layer.values).filter(([section]) => isKept(section))),
    place: (path, at) => (path.length === 0 || isKept(String(path[0])) ? layer.place(path, at) : undefined),
    unknown: layer.unknown.filter(([section]) => section === undefined || isKept(String(section))),
  };
}

/** A base that starts from a parent can't be a regime: variants of other sizes could not start from it. */
export function regimeProblems(regime: Parts, tier: TierName | undefined): readonly Problem[] {
  const [stage] = regime.stages;
  const stages = stage?.layer.place([]);
  if (stages !== undefined) {
    const message = "a file with stages is no regime of its own; name one whose runs start at random";
    return [{ where: stages, path: "stages", message }];
  }
  return sharedLayers(regime, tier).flatMap((layer): Problem[] => {
    const where = layer.values.parent == null ? undefined : layer.place(["parent"], "key");
    const message =
      "a base that starts from a parent is no regime of its own: variants of other sizes can't start from it; leave the parent out";
    return where === undefined ? [] : [{ where, path: layer.label(["parent"]), message }];
  });
}

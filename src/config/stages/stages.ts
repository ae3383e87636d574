import type { SettingProblem } from "../layers.ts";
import type { Layer } from "../layers.ts";
import { isPlainObject, type Segments, valueAt } from "../paths.ts";
import { didYouMean, quoted, show } from "../suggest.ts";

/** A stage of an experiment's runs, in the order in which they follow one another. */
export interface Stage {
  readonly name: string;
  /** What the file and the tier write of it, for all variants. */
  readonly layers: readonly Layer[];
}

/** The stages of an experiment that names none: a run is one. */
export const ONE_STAGE: readonly Stage[] = [{ name: "", layers: [] }];

/** Names of the stages as written, refused ones included. */
function rawStageNames(raw: unknown): readonly string[] {
  const stages = valueAt(raw, ["stages"]);
  if (!Array.isArray(stages)) return [];
  return stages.map((stage) => valueAt(stage, ["name"])).filter((name) => typeof name === "string");
}

/** What is wrong with the names of stages, wherever the file writes them. */
export function stageProblems(raw: unknown): readonly SettingProblem[] {
  const names = rawStageNames(raw);
  const repeated = names.flatMap((name, index): SettingProblem[] => {
    if (names.indexOf(name) === index) return [];
    return [
      { paths: [["stages", index, "name"]], message: `the stage ${show(name)} is named twice; rename one` },
    ];
  });
  return [...repeated, ...referencesOf(raw).flatMap((reference) => referenceProblems(reference, names))];
}

/** A stage that something beside the list names. */
interface Reference {
  readonly name: string;
  readonly path: Segments;
  readonly at: "key" | "value";
  /** The last stage of the variant that writes settings for this one. */
  readonly last?: string | undefined;
}

function referencesOf(raw: unknown): readonly Reference[] {
  const variants = valueAt(raw, ["variants"]);
  const tiers = valueAt(raw, ["tiers"]);
  const ofVariants = (Array.isArray(variants) ? variants : []).flatMap(
    (variant: unknown, index): Reference[] => {
      const stage = valueAt(variant, ["stage"]);
      const last = typeof stage === "string" ? stage : undefined;
      return [
        ...(last === undefined
          ? []
          : [{ name: last, path: ["variants", index, "stage"], at: "value" } as const]),
        ...keysOf(raw, ["variants", index, "stages"]).map((key) => ({ ...key, last })),
      ];
    },
  );
  const ofTiers = Object.keys(isPlainObject(tiers) ? tiers : {}).flatMap((tier) =>
    keysOf(raw, ["tiers", tier, "stages"]),
  );
  return [...ofVariants, ...ofTiers];
}

function keysOf(raw: unknown, path: Segments): readonly Reference[] {
  const written = valueAt(raw, path);
  return Object.keys(isPlainObject(written) ? written : {}).map((name) => ({
    name,
    path: [...path, name],
    at: "key",
  }));
}

function referenceProblems(
  { name, path, at, last }: Reference,
  names: readonly string[],
): readonly SettingProblem[] {
  const refuse = (message: string): readonly SettingProblem[] => [{ paths: [path], at, message }];
  if (names.length === 0) return refuse('the experiment has no "stages"; leave it out, or list them');
  if (!names.includes(name)) {
    return refuse(
      `there is no stage ${show(name)}${didYouMean(name, names) || ";"} Stages: ${quoted(names)}`,
    );
  }
  if (last !== undefined && names.includes(last) && names.indexOf(name) > names.indexOf(last)) {
    return refuse(
      `the stage ${show(name)} is behind ${show(last)}, with which this variant ends; remove one`,
    );
  }
  return [];
}

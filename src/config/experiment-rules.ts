import type { SettingProblem } from "./layers.ts";
import { isPlainObject, valueAt } from "./paths.ts";
import {
  TIERS,
  type TierName,
  type WrittenExperiment,
  type WrittenStage,
  type WrittenVariant,
} from "./schema.ts";
import { didYouMean, quoted, show } from "./suggest.ts";

/** A written experiment without what the schema refused: any part may be missing. */
export type Draft = Omit<Partial<WrittenExperiment>, "variants" | "stages"> & {
  readonly variants?: readonly Partial<WrittenVariant>[];
  readonly stages?: readonly Partial<WrittenStage>[];
};

/** What the rules look at: the accepted parts, and the raw value for what was written at all. */
export interface DraftFile {
  readonly draft: Draft;
  readonly raw: unknown;
}

/** A check of the experiment as a whole; the paths of its problems start at the file's root. */
type Rule = (file: DraftFile) => readonly SettingProblem[];

/** Names of the variants as written, refused ones included. */
export function rawVariantNames(raw: unknown): readonly string[] {
  const variants = valueAt(raw, ["variants"]);
  if (!Array.isArray(variants)) return [];
  return variants.map((variant) => valueAt(variant, ["name"])).filter((name) => typeof name === "string");
}

/** The sentence for a variant name that does not exist; undefined when it does. */
export function unknownVariant(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0 || names.includes(name)) return undefined;
  return `there is no variant ${show(name)}${didYouMean(name, names) || ";"} Variants: ${quoted(names)}`;
}

/** The tiers that a file defines. */
export function tierNames(draft: Draft): readonly TierName[] {
  return TIERS.filter((name) => draft.tiers?.[name] !== undefined);
}

function variantNamesAreUnique({ draft }: DraftFile): readonly SettingProblem[] {
  const names = (draft.variants ?? []).map((variant) => variant.name);
  return names.flatMap((name, index) => {
    if (name === undefined || names.indexOf(name) === index) return [];
    return [
      { paths: [["variants", index, "name"]], message: `the name ${show(name)} is used twice; rename one` },
    ];
  });
}

function baselineExists({ draft, raw }: DraftFile): readonly SettingProblem[] {
  const message =
    draft.baseline === undefined ? undefined : unknownVariant(draft.baseline, rawVariantNames(raw));
  return message === undefined ? [] : [{ paths: [["baseline"]], message }];
}

function controlsExist({ draft, raw }: DraftFile): readonly SettingProblem[] {
  return Object.entries(draft.controls ?? {}).flatMap(([control, name]) => {
    const message = name === undefined ? undefined : unknownVariant(name, rawVariantNames(raw));
    const isBaseline =
      name !== undefined && name === draft.baseline ? "the baseline can't be its own control" : undefined;
    const sentence = message ?? isBaseline;
    return sentence === undefined ? [] : [{ paths: [["controls", control]], message: sentence }];
  });
}

function tierIsDefined({ draft, raw }: DraftFile): readonly SettingProblem[] {
  const names = tierNames(draft);
  const { tier } = draft;
  if (tier !== undefined && !names.includes(tier) && valueAt(raw, ["tiers", tier]) === undefined) {
    const known = names.length === 0 ? 'the file has no "tiers"' : `tiers: ${quoted(names)}`;
    return [{ paths: [["tier"]], message: `the tier ${show(tier)} is not defined; ${known}` }];
  }
  if (names.length > 0 && valueAt(raw, ["tier"]) === undefined) {
    const message = `"tier" is missing: name the tier that runs by default (${quoted(names)})`;
    return [{ paths: [["tiers"]], message }];
  }
  return [];
}

function seedsAreGiven({ draft, raw }: DraftFile): readonly SettingProblem[] {
  const isWritten = (holder: unknown): boolean => isPlainObject(holder) && "seeds" in holder;
  if (!isPlainObject(raw) || isWritten(raw)) return [];
  const names = tierNames(draft);
  const without = names.filter((name) => !isWritten(valueAt(raw, ["tiers", name])));
  if (names.length === 0) {
    return [{ paths: [["seeds"]], message: 'is missing; give the number of seeds, e.g. "seeds": 3' }];
  }
  return without.map((name) => {
    const message = "is missing: neither the file nor this tier gives a number of seeds";
    return { paths: [["tiers", name, "seeds"]], message };
  });
}

function seedsAreUnique({ draft }: DraftFile): readonly SettingProblem[] {
  const lists = [
    { path: ["seeds"], seeds: draft.seeds },
    ...tierNames(draft).map((name) => ({
      path: ["tiers", name, "seeds"],
      seeds: draft.tiers?.[name]?.seeds,
    })),
  ];
  return lists.flatMap(({ path, seeds }) => {
    if (!Array.isArray(seeds)) return [];
    return seeds.flatMap((seed, index) => {
      if (seeds.indexOf(seed) === index) return [];
      return [{ paths: [[...path, index]], message: `the seed ${seed} is repeated; remove it` }];
    });
  });
}

function tierVariantsExist({ draft, raw }: DraftFile): readonly SettingProblem[] {
  return tierNames(draft).flatMap((tier) => {
    return (draft.tiers?.[tier]?.only ?? []).flatMap((name, index) => {
      const message = unknownVariant(name, rawVariantNames(raw));
      return message === undefined ? [] : [{ paths: [["tiers", tier, "only", index]], message }];
    });
  });
}

const RULES: readonly Rule[] = [
  variantNamesAreUnique,
  baselineExists,
  controlsExist,
  tierIsDefined,
  seedsAreGiven,
  seedsAreUnique,
  tierVariantsExist,
];

/** All contradictions between the parts of an experiment file. */
export function experimentProblems(file: DraftFile): readonly SettingProblem[] {
  return RULES.flatMap((rule) => rule(file));
}

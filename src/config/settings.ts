import type { ZodObject, output } from "zod";
import type { resolvedSettings, settings, transfer } from "./declared/all.ts";
import { ownSections } from "./declared/all.ts";
import type { data, domain } from "./declared/data.ts";
import type { model } from "./declared/model.ts";

/**
 * The resolved settings of one run: every field present, nothing defaulted later. Each is declared in declared/, with type,
 * range, default and description; `resolve.ts` makes them from what a file writes.
 */

type Resolved<T> = T extends readonly (infer Item)[]
  ? readonly Resolved<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Resolved<T[Key]> }
    : T;
type Written = output<typeof settings>;
type Own = output<typeof resolvedSettings>;

/** The decoder LM. Sizes in the axis letters of core/axes.ts. */
export type ModelSettings = Resolved<output<typeof model>>;

/** Initialisation of every weight matrix. */
export type InitSettings = ModelSettings["init"];

/**
 * Which router, with all its options present (its own schema fills them in). `byLayer` are the layers with experts that have another one, in
 * rising order, neighbours of one router being one span; absent where none has.
 */
export type RouterSettings = Resolved<Own["router"]>;

/** One router with its options. */
export type OneRouter = Omit<RouterSettings, "byLayer">;

/** Where text comes from: one of the shipped corpora, or files of the user's own (absolute paths). */
export type DomainSettings = Resolved<output<typeof domain>>;

/** Text, its split, and the size of a batch. */
export type DataSettings = Resolved<Omit<output<typeof data>, "domains">> & {
  readonly domains: readonly DomainSettings[];
};

/** Length, schedule and optimiser. */
export type TrainingSettings = Resolved<Own["training"]>;

/** Everything that decides the numbers of a run that starts at random, but the seed. */
export type OwnSettings = Resolved<Omit<Own, "data">> & {
  readonly data: DataSettings;
};

/** What training minimises, with all its options present. */
export type ObjectiveSettings = OwnSettings["objective"];

/** How a parent's weights are taken over. */
export type ParentTransfer = Resolved<Pick<NonNullable<Written["parent"]>, keyof typeof transfer>>;

/** The run to train first, from whose final weights a run starts: its settings, and how they are taken over. */
export type ParentSettings = OwnSettings &
  ParentTransfer & {
    /** The run that it started from itself; null: at random. */
    readonly parent: ParentSettings | null;
  };

/** Everything that decides the numbers of a run, but the seed. */
export type Settings = OwnSettings & {
  /** Null: starts at random. */
  readonly parent: ParentSettings | null;
};

type Sections = { readonly [Section in keyof OwnSettings]?: unknown };

/** Settings, resolved or as written, without what they say of a parent, or without how a parent's weights are taken over. */
export function ownSettings<T extends Sections>(settings: T): Pick<T, keyof OwnSettings & keyof T> {
  return sectionsOf(settings, Object.keys(ownSections)) as Pick<T, keyof OwnSettings & keyof T>;
}

/** Some sections, by name. */
function sectionsOf(settings: object, names: readonly string[]): object {
  const entries = new Map(Object.entries(settings));
  return Object.fromEntries(names.map((name) => [name, entries.get(name)]));
}

/** Steps of the anneal at the end: the nearest whole number, and at least one where there is an anneal. */
export function annealSteps({ annealShare, steps }: Pick<TrainingSettings, "annealShare" | "steps">): number {
  return annealShare === 0 ? 0 : Math.max(1, Math.round(annealShare * steps));
}

/** The steps (1-based) in which the router learns: the first of them and the last one. */
export function routerSteps({
  routerStart,
  routerEnd,
  steps,
}: Pick<TrainingSettings, "routerStart" | "routerEnd" | "steps">): {
  readonly first: number;
  readonly last: number;
} {
  return { first: Math.round(routerStart * steps) + 1, last: Math.round(routerEnd * steps) };
}

/** One named arm of an experiment. */
export interface Variant {
  readonly name: string;
  /** Shown in tables and legends; the name when the file gives none. */
  readonly label: string;
  /** Dotted paths of `Settings` in which this variant may differ from the base; others differing is an error. */
  readonly varies: readonly string[];
  readonly settings: Settings;
}

/** Names of the control variants; null when the experiment has none. */
export interface Controls {
  /** Learned routing against frozen random routing. */
  readonly floor: string | null;
  /** A dense model of equal active compute. */
  readonly dense: string | null;
}

/** A whole experiment, validated and frozen. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** Paper and place in it, or "". */
  readonly paper: string;
  readonly tier: string;
  readonly seeds: readonly number[];
  /** Name of the variant that others are compared with. */
  readonly baseline: string;
  readonly controls: Controls;
  /** Column of results that is compared, e.g. "validation_loss_nats". */
  readonly metric: string;
  /** Equivalence margin as a share of the baseline's mean, e.g. 0.003 for 0.3 %. */
  readonly margin: number;
  readonly variants: readonly Variant[];
  /** The recipe (recipes.ts) that the variants' settings are under; absent: as written. No run's id depends on it. */
  readonly recipe?: string | undefined;
  /** Its file, from the folder it was run in, for commands that are printed; absent when it is not below that folder. */
  readonly file?: string | undefined;
}

/** What `config` must know of a router to check an experiment; routers/ conform to it by structure. */
export interface RouterSchema {
  readonly name: string;
  /** Fills in defaults and checks the router's own options (a zod object schema, strict). */
  readonly options: ZodObject;
  /**
   * Combinations that the router can't have, with the dotted path below the settings, e.g. `model.topK`.
   * Empty when all is well.
   */
  readonly problems: (
    options: Readonly<Record<string, unknown>>,
    model: ModelSettings,
    data: DataSettings,
  ) => readonly { readonly path: string; readonly message: string }[];
}

import { InputError, type Problem } from "../core/errors.ts";
import { MAX_STEPS } from "./declared/training.ts";
import { DEFAULTS } from "./defaults.ts";
import { unknownVariant } from "./experiment-rules.ts";
import { countProblems, idleFlags, readSets, stepsLayer } from "./flags.ts";
import { mergeLayers, nearestPlace, type Layer } from "./layers.ts";
import { readParts, type Parts, stagesAt } from "./parts.ts";
import { deepFreeze, isPlainObject, parsePath, type Segments } from "./paths.ts";
import { chosenTier, inRegime, readRegime, regimeProblems, sharedLayers } from "./regime.ts";
import { resolvePlan, type Arm, type ResolvedVariant } from "./resolve.ts";
import { loadModules, type LoadRouter } from "./routers.ts";
import { judgementSchema, MAX_SEEDS, type TierName, type WrittenExperiment } from "./schema.ts";
import type { Experiment, RouterSchema } from "./settings.ts";
import { parseSource, readSource, type Source } from "./source.ts";
import { ONE_STAGE, type Stage } from "./stages/stages.ts";
import { show } from "./suggest.ts";

/** How an experiment is asked for. */
export interface LoadOptions {
  /** Shipped routers by name. */
  readonly routers: ReadonlyMap<string, RouterSchema>;
  /** Loads a user's router module; without it module paths are refused. */
  readonly loadRouter?: LoadRouter;
  /** Instead of the file's default tier. */
  readonly tier?: string;
  /** `path=value` over the base; a value is JSON or a bare word. */
  readonly set?: readonly string[];
  /** Seeds 1 to this many, instead of the file's. */
  readonly seeds?: number;
  /** Optimiser steps of the base; a warm-up that no longer fits is shortened in proportion. */
  readonly steps?: number;
  /** Variants to keep; the baseline always stays. */
  readonly only?: readonly string[];
  /** An experiment file whose regime (regime.ts) replaces this one's; the tier is then that file's, and variants that it can't have are left out. */
  readonly base?: string;
}

export interface LoadedExperiment {
  /** Deeply frozen. */
  readonly experiment: Experiment;
  /**
   * `file:line:column` (or the flag) where a setting of a variant is written, or what encloses it; without a variant,
   * of the shared settings or of the experiment itself, e.g. `seeds`.
   */
  readonly locate: (variant: string | null, path: string) => string;
  /** What a person should know about how flags were understood. */
  readonly notices: readonly string[];
  /** How long the tier trains at most, in minutes; null where it says nothing. */
  readonly maxMinutes: number | null;
}

/** What an experiment that is no file is called in messages. */
const OBJECT = "experiment";

/**
 * Reads, checks and resolves an experiment file.
 * @param from the file, or what it would hold: relative paths then start from the current folder, and places are lines of its JSON with an
 * indent of 2.
 * @throws InputError with everything that is wrong with the file and the flags, each with its place.
 */
export async function loadExperiment(
  from: string | WrittenExperiment,
  options: LoadOptions,
): Promise<LoadedExperiment> {
  const source = readExperiment(from);
  const parts = readParts(source);
  const regime = options.base === undefined ? null : readRegime(readExperiment(options.base));
  const sets = readSets(options.set ?? []);
  const tier = chosenTier((regime ?? parts).draft, options.tier);
  const requestProblems = [
    ...sets.problems,
    ...tier.problems,
    ...flagProblems(options, parts),
    ...(regime === null ? [] : [...regime.problems, ...regimeProblems(regime, tier.name)]),
  ];

  const library = await loadModules(
    [...layersOf(parts), ...sets.layers],
    options.routers,
    options.loadRouter,
  );
  const tiers = parts.tiers.size === 0 ? [undefined] : [...parts.tiers.keys()];
  const fileProblems = tiers.flatMap((name) => {
    const file = { shared: sharedLayers(parts, name), stages: stagesAt(parts, name), flags: [] };
    return resolvePlan({ ...parts, ...file, library, isFileAlone: true }).problems;
  });

  const inFile = regime === null ? sharedLayers(parts, tier.name) : inRegime(parts, regime, tier.name);
  const stages = stagesAt(parts, regime === null ? tier.name : undefined);
  const steps = stepsOf(inFile, stages, sets.layers, options.steps);
  const flags = [...sets.layers, ...steps.layers];
  const own = regime === null && tier.name !== undefined ? parts.draft.tiers?.[tier.name] : undefined;
  const kept = keepOnly(parts, options.only ?? own?.only);
  const askedOf = (some: readonly Arm[]): ReturnType<typeof resolvePlan> =>
    resolvePlan({ ...parts, shared: inFile, stages, flags, library, arms: some, isFileAlone: false });
  const fitting = regime === null ? { arms: kept.arms, notices: [] } : fittingArms(kept.arms, parts, askedOf);
  const asked = askedOf(fitting.arms);
  const problems = [...requestProblems, ...source.problems, ...parts.problems, ...fileProblems];
  // What the file alone gets wrong has been said.
  problems.push(...asked.problems.filter(({ where }) => !problems.some((known) => known.where === where)));
  if (problems.length > 0) throw new InputError(inOrder(problems));

  const variants = asked.variants.filter(kept.hasVariant);
  const parentSteps = options.steps === undefined ? [] : parentStepsNotice(options.steps, variants);
  return {
    // Without problems the draft is all that was written.
    experiment: deepFreeze(
      assemble(parts.draft as WrittenExperiment, { tier: tier.name, regime, seeds: options.seeds }, variants),
    ),
    locate: locator(source, [...inFile, ...flags], variants),
    maxMinutes: own?.maxMinutes ?? null,
    notices: [
      ...fitting.notices,
      ...steps.notices,
      ...parentSteps,
      ...idleFlags(
        flags,
        variants.map(({ own }) => own),
      ),
    ],
  };
}

/** All layers of a file. */
function layersOf({ base, tiers, stages, tierStages, arms, cells }: Parts): readonly Layer[] {
  const byStage = [...tierStages.values(), ...arms.map((arm) => arm.stages)];
  return [
    base,
    ...tiers.values(),
    ...stages.map(({ layer }) => layer),
    ...byStage.flatMap((some) => [...some.values()]),
    ...arms.map(({ layer }) => layer),
    ...cells.flatMap((cell) => cell.layers),
  ];
}

/** @throws InputError for what is no JSON object. */
function readExperiment(from: string | WrittenExperiment): Source {
  const source =
    typeof from === "string" ? readSource(from) : parseSource(OBJECT, JSON.stringify(from, null, 2));
  if (isPlainObject(source.value)) return source;
  throw new InputError([
    { where: `${source.file}:1:1`, path: "", message: "an experiment is an object { }" },
  ]);
}

/** What is wrong with flags that need no settings. */
function flagProblems(options: LoadOptions, { names, cells }: Parts): readonly Problem[] {
  const inCells = names.flatMap((name) => cells.map((cell) => `${name}, ${cell.name}`));
  const wrongVariants = (options.only ?? []).flatMap((name) => {
    const message = inCells.includes(name) ? undefined : unknownVariant(name, names);
    return message === undefined ? [] : [{ where: `--only ${show(name).slice(1, -1)}`, path: "", message }];
  });
  return [
    ...countProblems("--seeds", options.seeds, MAX_SEEDS),
    ...countProblems("--steps", options.steps, MAX_STEPS),
    ...wrongVariants,
  ];
}

/** The layer of `--steps`, of all stages: the longest warm-up of them decides whether it is shortened. */
function stepsOf(
  file: readonly Layer[],
  stages: readonly Stage[],
  sets: readonly Layer[],
  steps: number | undefined,
): { readonly layers: readonly Layer[]; readonly notices: readonly string[] } {
  if (steps === undefined || countProblems("--steps", steps, MAX_STEPS).length > 0) {
    return { layers: [], notices: [] };
  }
  const [longest = DEFAULTS.training] = (stages.length === 0 ? ONE_STAGE : stages)
    .map(({ layers }) => mergeLayers(DEFAULTS, [...file, ...layers, ...sets]).training)
    .sort((a, b) => b.warmupSteps - a.warmupSteps);
  const { layer, notices } = stepsLayer(longest, steps);
  return { layers: [layer], notices };
}

/** `--steps` shortens the runs that the tables show; a parent that states its own steps keeps them. */
function parentStepsNotice(steps: number, variants: readonly ResolvedVariant[]): readonly string[] {
  const kept = variants
    .map(({ variant }) => variant.settings.parent?.training.steps ?? steps)
    .filter((own) => own !== steps);
  if (kept.length === 0) return [];
  return [
    `--steps ${steps}: parent runs keep their ${[...new Set(kept)].join(" or ")} steps; --set parent.training.steps=N changes that`,
  ];
}

/** The variants to keep: those named (by themselves or at one grid combination), and the baseline beside each. */
function keepOnly(
  { arms, cells, draft }: Parts,
  only: readonly string[] | undefined,
): { readonly arms: readonly Arm[]; readonly hasVariant: (resolved: ResolvedVariant) => boolean } {
  if (only === undefined) return { arms, hasVariant: () => true };
  const isNamed = (arm: string, cell: string): boolean => {
    return only.includes(arm) || only.includes(`${arm}, ${cell}`);
  };
  const keptCells = cells.filter((cell) => arms.some((arm) => isNamed(arm.name, cell.name)));
  const isBaseline = (arm: string): boolean => arm === draft.baseline;
  return {
    arms: arms.filter((arm) => isBaseline(arm.name) || cells.some((cell) => isNamed(arm.name, cell.name))),
    hasVariant: ({ arm, cell }) => {
      return isNamed(arm, cell) || (isBaseline(arm) && keptCells.some((kept) => kept.name === cell));
    },
  };
}

/** What is asked of a file. */
interface Asked {
  readonly tier: TierName | undefined;
  /** The file whose regime it is asked in, when not its own. */
  readonly regime: Parts | null;
  readonly seeds: number | undefined;
}

/** The variants that a regime can have. One that it can't, by its number of experts, say, is left out; the baseline never is. */
function fittingArms(
  arms: readonly Arm[],
  { draft }: Parts,
  askedOf: (some: readonly Arm[]) => ReturnType<typeof resolvePlan>,
): { readonly arms: readonly Arm[]; readonly notices: readonly string[] } {
  const whole = arms.find(({ name }) => name === draft.baseline);
  if (whole === undefined || askedOf([whole]).problems.length > 0)
    return { arms: [...(whole ? [whole] : [])], notices: [] };
  const wrong = new Map(arms.map((arm) => [arm, askedOf([arm]).problems[0]?.message]));
  return {
    arms: arms.filter((arm) => wrong.get(arm) === undefined),
    notices: [...wrong].flatMap(([{ name }, message]) =>
      message === undefined ? [] : [`left out, since this base can't have it: ${name} (${message})`],
    ),
  };
}

/** With a grid, baseline and controls are named at its first combination; baselineOf (grid.ts) finds the others. */
function assemble(
  written: WrittenExperiment,
  { tier, regime, seeds: seedCount }: Asked,
  variants: readonly ResolvedVariant[],
): Experiment {
  const own = regime === null ? tier : written.tier;
  const seeds = seedCount ?? (own === undefined ? undefined : written.tiers?.[own]?.seeds) ?? written.seeds;
  const named = (arm: string | undefined): string | null => {
    return variants.find((resolved) => resolved.arm === arm)?.variant.name ?? null;
  };
  const { metric, margin } = judgementSchema.parse(written);
  return {
    name: regime === null ? written.name : `${written.name}-of-${regime.draft.name ?? ""}`,
    title: written.title ?? written.name,
    paper: written.paper ?? "",
    tier: tier ?? "",
    seeds: typeof seeds === "number" ? Array.from({ length: seeds }, (_, index) => index + 1) : (seeds ?? []),
    baseline: named(written.baseline) ?? written.baseline,
    controls: { floor: named(written.controls?.floor), dense: named(written.controls?.dense) },
    metric,
    margin: shareOf(margin),
    variants: variants.map(({ variant }) => variant),
  };
}

/** 0.003 for `"0.3%"`. */
function shareOf(margin: number | string): number {
  if (typeof margin === "number") return margin;
  // toPrecision hides the rounding of the division: 0.3 / 100 is 0.003, not 0.0030000000000000001.
  return Number((Number.parseFloat(margin) / 100).toPrecision(12));
}

function locator(
  source: Source,
  shared: readonly Layer[],
  variants: readonly ResolvedVariant[],
): LoadedExperiment["locate"] {
  const file: Layer = { values: {}, place: source.place, label: () => "", unknown: [] };
  return (name, path) => {
    const variant = variants.find((resolved) => resolved.variant.name === name);
    const { rest, layers } = inStage(parsePath(path), variant?.layers ?? shared, variant?.before ?? []);
    return nearestPlace([file, ...layers], rest)?.where ?? source.file;
  };
}

/** Where a path below `parent` is written, when that is the stage before: without `parent`, in that stage's layers. */
function inStage(
  path: Segments,
  layers: readonly Layer[],
  [before, ...others]: readonly (readonly Layer[])[],
): { readonly rest: Segments; readonly layers: readonly Layer[] } {
  const [first, ...rest] = path;
  if (first !== "parent" || before === undefined) return { rest: path, layers };
  return inStage(rest, before, others);
}

/** Flags first, then from the top of the file down; each problem once. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const once = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  const place = ({ where }: Problem): readonly number[] => {
    const [, line, column] = /:(\d+):(\d+)$/.exec(where) ?? [];
    return [Number(line ?? 0), Number(column ?? 0)];
  };
  return [...once.values()].sort((a, b) => {
    const [lineA = 0, columnA = 0] = place(a);
    const [lineB = 0, columnB = 0] = place(b);
    return lineA - lineB || columnA - columnB;
  });
}

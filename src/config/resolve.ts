import type { Problem } from "../core/errors.ts";
import { canonicalJson } from "../core/json.ts";
import { DEFAULTS } from "./defaults.ts";
import { undeclaredDifferences, uselessVaries } from "./differences.ts";
import type { GridCell } from "./grid.ts";
import {
  isUnknown,
  mergeLayers,
  placeProblem,
  type Layer,
  type LayerSettings,
  type SettingProblem,
} from "./layers.ts";
import { deriveSettings } from "./derived.ts";
import { contains, dotted, nest, parsePath, valueAt, type Segments } from "./paths.ts";
import type { RouterLibrary } from "./routers.ts";
import type { Variant } from "./settings.ts";
import { ancestry, type ResolvedRun, resolveStages, type RunLayers, touches } from "./stages/resolve-run.ts";
import { ONE_STAGE, type Stage } from "./stages/stages.ts";
import { show } from "./suggest.ts";

/** A variant of the file: its own layer, and what it says about itself. */
export interface Arm {
  readonly name: string;
  readonly label: string;
  readonly varies: readonly string[];
  /** Formulas of settings by dotted path (derived.ts). */
  readonly derived: Readonly<Record<string, string>>;
  /** Holds in all stages. */
  readonly layer: Layer;
  /** What it writes of single stages, by their names. */
  readonly stages: ReadonlyMap<string, Layer>;
  /** The stage that it ends with; undefined for the last. */
  readonly stage: string | undefined;
}

/** What is resolved together: layers shared by all, then the arms times the grid's combinations. */
export interface Plan {
  /** Of the file: base and tier. */
  readonly shared: readonly Layer[];
  /** In order; none where a run is one. */
  readonly stages: readonly Stage[];
  /** From the command line, above the stages. */
  readonly flags: readonly Layer[];
  readonly arms: readonly Arm[];
  readonly cells: readonly GridCell[];
  readonly gridPaths: readonly string[];
  readonly library: RouterLibrary;
  /** Whether entries of `varies` and equal variants are checked too; not under flags, which may make them idle. */
  readonly isFileAlone: boolean;
}

/** A resolved variant with the layers that made it. */
export interface ResolvedVariant {
  readonly variant: Variant;
  readonly arm: string;
  readonly cell: string;
  readonly layers: readonly Layer[];
  /** Of those, what stands above the flags. */
  readonly own: readonly Layer[];
  /** The layers of the stages before, the last of them first. */
  readonly before: readonly (readonly Layer[])[];
}

/** Makes the settings of every variant and finds everything that is wrong with them. */
export function resolvePlan(plan: Plan): {
  readonly variants: readonly ResolvedVariant[];
  readonly problems: readonly Problem[];
} {
  const found = new ProblemList(plan.arms.length * plan.cells.length);
  const bases = basesOf(plan);
  for (const { layers, ownProblems } of bases.values()) found.add("", layers, ownProblems);
  const variants = plan.cells.flatMap((cell) =>
    plan.arms.map((arm) => resolveArm(plan, arm, cell, { bases, found })),
  );
  if (plan.isFileAlone) addEqualVariants(found, variants, plan.arms);
  return { variants, problems: found.list() };
}

/** What all variants share, by the stage with which it ends. */
function basesOf(plan: Plan): ReadonlyMap<string, ResolvedRun> {
  const all = stagesOf(plan);
  return new Map(
    all.map(({ name }, index) => {
      const runs = all.slice(0, index + 1).map((stage): RunLayers => {
        const shared = sharedIn(plan, stage);
        return { layers: shared, shared };
      });
      return [name, resolveStages(runs, plan.library)];
    }),
  );
}

function stagesOf({ stages }: Plan): readonly Stage[] {
  return stages.length === 0 ? ONE_STAGE : stages;
}

function sharedIn({ shared, flags }: Plan, { layers }: Stage): readonly Layer[] {
  return [...shared, ...layers, ...flags];
}

function resolveArm(
  plan: Plan,
  arm: Arm,
  cell: GridCell,
  { bases, found }: { readonly bases: ReadonlyMap<string, ResolvedRun>; readonly found: ProblemList },
): ResolvedVariant {
  const name = joined(arm.name, cell);
  const all = stagesOf(plan);
  const named = all.findIndex((stage) => stage.name === arm.stage);
  const last = named === -1 ? all.length - 1 : named;
  const runs = all.slice(0, last + 1).map((stage) => {
    const shared = sharedIn(plan, stage);
    const below = [...shared, ...cell.layers];
    const derived = derivedOf(arm, below);
    found.add(name, [arm.layer], derived.problems);
    const ofStage = arm.stages.get(stage.name);
    const own = [
      arm.layer,
      ...derivedLayers(arm, derived.values),
      ...(ofStage ? [ofStage] : []),
      ...cell.layers,
    ];
    return { layers: [...shared, ...own], shared: below, own };
  });
  const resolved = resolveStages(runs, plan.library);
  for (const run of ancestry(resolved))
    found.add(name, run.layers, [...run.ownProblems, ...run.crossProblems]);
  // A formula says by itself that its setting differs.
  const varies = [...arm.varies, ...Object.keys(arm.derived), ...plan.gridPaths];
  const base = bases.get(all[last]?.name ?? "");
  if (base !== undefined) addDifferences(plan, arm, { base, resolved, varies, name }, found);
  const own = runs.at(-1)?.own ?? [];
  const before = plan.stages.length === 0 ? [] : runs.slice(0, -1).map(({ layers }) => layers);
  const variant = { name, label: joined(arm.label, cell), varies, settings: resolved.settings };
  return {
    variant,
    arm: arm.name,
    cell: cell.name,
    layers: resolved.layers,
    own,
    before: before.toReversed(),
  };
}

/** Where a variant differs from the base, and does not say so, or says so in vain. */
function addDifferences(
  plan: Plan,
  arm: Arm,
  {
    base,
    resolved,
    varies,
    name,
  }: {
    readonly base: ResolvedRun;
    readonly resolved: ResolvedRun;
    readonly varies: readonly string[];
    readonly name: string;
  },
  found: ProblemList,
): void {
  const comparable = (path: Segments): boolean => {
    const isRouter = contains(["router"], path);
    return !isUnknown(base.layers, path) && !(isRouter && !(base.hasRouter && resolved.hasRouter));
  };
  // A parent stands on what the grid sets; with stages an entry is of a setting in whatever stage.
  const depths = plan.stages.length === 0 ? 2 : plan.stages.length;
  const inParents = (paths: readonly string[]): string[] =>
    Array.from({ length: depths - 1 }, (_, depth) =>
      paths.map((path) => `${"parent.".repeat(depth + 1)}${path}`),
    ).flat();
  const allowed = [...varies, ...inParents(plan.stages.length === 0 ? plan.gridPaths : varies)];
  const undeclared = undeclaredDifferences(base.settings, resolved.settings, allowed);
  found.add(
    name,
    resolved.layers,
    undeclared.filter(({ paths: [path = []] }) => comparable(path)),
  );
  if (!plan.isFileAlone) return;
  const idle = idleUnderGrid(arm, plan.gridPaths);
  const pairs =
    plan.stages.length === 0 ? [[base, resolved] as const] : inStep(ancestry(base), ancestry(resolved));
  found.add(name, [arm.layer], idle.length > 0 ? idle : ownChecks(arm, pairs, comparable));
}

function inStep<T>(some: readonly T[], others: readonly T[]): (readonly [T, T])[] {
  return some.flatMap((one, index) => {
    const other = others[index];
    return other === undefined ? [] : [[one, other] as const];
  });
}

function joined(name: string, cell: GridCell): string {
  return cell.name === "" ? name : `${name}, ${cell.name}`;
}

function derivedOf({ derived, layer }: Arm, below: readonly Layer[]): ReturnType<typeof deriveSettings> {
  if (Object.keys(derived).length === 0) return { values: new Map(), problems: [] };
  return deriveSettings(derived, mergeLayers(DEFAULTS, below), layer.values);
}

/** A layer a formula, at the place where it is written; what a wrong one would make is unknown. */
function derivedLayers(arm: Arm, values: ReadonlyMap<string, number>): readonly Layer[] {
  return Object.keys(arm.derived).map((path) => {
    const value = values.get(path);
    return {
      // Checked by deriveSettings.
      values: value === undefined ? {} : (nest(parsePath(path), value) as LayerSettings),
      place: (asked) => (dotted(asked) === path ? arm.layer.place(["derived", path]) : undefined),
      label: () => arm.layer.label(["derived", path]),
      unknown: value === undefined ? [parsePath(path)] : [],
    };
  });
}

/** Checks of a variant's own `varies`, which stands beside its settings in the file. @param pairs base and variant, stage by stage */
function ownChecks(
  arm: Arm,
  pairs: readonly (readonly [base: ResolvedRun, resolved: ResolvedRun])[],
  comparable: (path: Segments) => boolean,
): readonly SettingProblem[] {
  const [first = [], ...others] = pairs.map(([base, resolved]) =>
    uselessVaries(base.settings, resolved.settings, arm.varies),
  );
  return first
    .filter(({ index }) => others.every((useless) => useless.some((other) => other.index === index)))
    .filter(({ index }) => {
      const path = parsePath(arm.varies[index] ?? "");
      return comparable(path) && !touches(arm.layer.unknown, path);
    })
    .map(({ index, message }) => ({ paths: [["varies", index]], message }));
}

/** What a variant writes in vain, since the grid sets it. */
function idleUnderGrid(arm: Arm, gridPaths: readonly string[]): readonly SettingProblem[] {
  const paths = gridPaths.map(parsePath).filter((path) => valueAt(arm.layer.values, path) !== undefined);
  return paths.map((path) => ({
    paths: [path],
    message: "the grid sets it already; remove it here or there",
  }));
}

/** Two variants with equal settings are one run compared with itself. */
function addEqualVariants(
  found: ProblemList,
  variants: readonly ResolvedVariant[],
  arms: readonly Arm[],
): void {
  if (variants.some(({ layers }) => layers.some((layer) => layer.unknown.length > 0))) return;
  const seen = new Map<string, string>();
  for (const { variant, arm: name } of variants) {
    const key = canonicalJson(variant.settings);
    const twin = seen.get(key);
    const arm = arms.find((candidate) => candidate.name === name);
    if (twin === undefined || twin === variant.name || arm === undefined) seen.set(key, variant.name);
    else {
      const message = `has the same settings as ${show(twin)}; change something, or remove it`;
      found.add(variant.name, [arm.layer], [{ paths: [[]], message }]);
    }
  }
}

/** Problems by place; one that stands in a shared place but concerns only some variants names them. */
class ProblemList {
  private readonly problems = new Map<
    string,
    { readonly problem: Problem; readonly variants: Set<string> }
  >();
  private readonly variantCount: number;

  constructor(variantCount: number) {
    this.variantCount = variantCount;
  }

  add(variant: string, layers: readonly Layer[], found: readonly SettingProblem[]): void {
    for (const each of found) {
      const problem = placeProblem(layers, each);
      if (problem === undefined) continue;
      const key = JSON.stringify([problem.where, problem.path, problem.message]);
      const entry = this.problems.get(key) ?? { problem, variants: new Set() };
      entry.variants.add(variant);
      this.problems.set(key, entry);
    }
  }

  list(): readonly Problem[] {
    return [...this.problems.values()].map(({ problem, variants }) => {
      const concernsAll = variants.has("") || variants.size === this.variantCount;
      if (concernsAll || problem.path.startsWith("variants[")) return problem;
      return { ...problem, message: `${problem.message} (variant ${[...variants].map(show).join(", ")})` };
    });
  }
}

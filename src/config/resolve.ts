import type { Problem } from "../core/errors.ts";
import { canonicalJson } from "../core/json.ts";
import { DEFAULTS } from "./defaults.ts";
import { undeclaredDifferences, uselessVaries } from "./differences.ts";
import { resolveDomains } from "./domains.ts";
import type { GridCell } from "./grid.ts";
import {
  isUnknown,
  mergeLayers,
  placeProblem,
  type Layer,
  type LayerSettings,
  type SettingProblem,
} from "./layers.ts";
import { parentLayers, transferOf, transferProblems } from "./parent.ts";
import { deriveSettings } from "./derived.ts";
import { contains, dotted, nest, parsePath, valueAt, type Segments } from "./paths.ts";
import { resolveRouters, type RouterLibrary } from "./routers.ts";
import { settingProblems } from "./rules.ts";
import { declaredObjective, objectiveProblems, resolveObjective } from "./stages/objective.ts";
import type { OwnSettings, Settings, Variant } from "./settings.ts";
import { show } from "./suggest.ts";

/** A variant of the file: its own layer, and what it says about itself. */
export interface Arm {
  readonly name: string;
  readonly label: string;
  readonly varies: readonly string[];
  /** Formulas of settings by dotted path (derived.ts). */
  readonly derived: Readonly<Record<string, string>>;
  readonly layer: Layer;
}

/** What is resolved together: layers shared by all, then the arms times the grid's combinations. */
export interface Plan {
  readonly shared: readonly Layer[];
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
}

interface Resolved<T extends OwnSettings> {
  readonly settings: T;
  readonly hasRouter: boolean;
  /** Of router and domains. */
  readonly ownProblems: readonly SettingProblem[];
  /** Of combinations of settings. */
  readonly crossProblems: readonly SettingProblem[];
}

interface ResolvedSettings extends Resolved<Settings> {
  /** With the layers that made it, where its problems have their places. */
  readonly parent: (Resolved<OwnSettings> & { readonly layers: readonly Layer[] }) | null;
}

/** Makes the settings of every variant and finds everything that is wrong with them. */
export function resolvePlan(plan: Plan): {
  readonly variants: readonly ResolvedVariant[];
  readonly problems: readonly Problem[];
} {
  const base = resolveSettings(plan.shared, plan.shared, plan.library);
  const found = new ProblemList(plan.arms.length * plan.cells.length);
  found.add("", plan.shared, base.ownProblems);
  const variants = plan.cells.flatMap((cell) => {
    return plan.arms.map((arm) => {
      const below = [...plan.shared, ...cell.layers];
      const derived = derivedOf(arm, below);
      const layers = [...plan.shared, arm.layer, ...derivedLayers(arm, derived.values), ...cell.layers];
      const resolved = resolveSettings(layers, below, plan.library);
      // A formula says by itself that its setting differs.
      const varies = [...arm.varies, ...Object.keys(arm.derived), ...plan.gridPaths];
      const name = joined(arm.name, cell);
      found.add(name, [arm.layer], derived.problems);
      found.add(name, layers, [...resolved.ownProblems, ...resolved.crossProblems]);
      if (resolved.parent !== null) {
        const { layers: under, ownProblems, crossProblems } = resolved.parent;
        found.add(name, under, [...ownProblems, ...crossProblems]);
      }
      const comparable = (path: Segments): boolean => {
        const isRouter = contains(["router"], path);
        return !isUnknown(plan.shared, path) && !(isRouter && !(base.hasRouter && resolved.hasRouter));
      };
      // A parent stands on what the grid sets.
      const allowed = [...varies, ...plan.gridPaths.map((path) => `parent.${path}`)];
      const undeclared = undeclaredDifferences(base.settings, resolved.settings, allowed);
      found.add(
        name,
        layers,
        undeclared.filter(({ paths: [path = []] }) => comparable(path)),
      );
      if (plan.isFileAlone) {
        const idle = idleUnderGrid(arm, plan.gridPaths);
        found.add(name, [arm.layer], idle.length > 0 ? idle : ownChecks(arm, base, resolved, comparable));
      }
      const variant = { name, label: joined(arm.label, cell), varies, settings: resolved.settings };
      return { variant, arm: arm.name, cell: cell.name, layers };
    });
  });
  if (plan.isFileAlone) addEqualVariants(found, variants, plan.arms);
  return { variants, problems: found.list() };
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

/**
 * The settings that layers make, with those of the parent that they write.
 * @param shared the layers that all variants of the grid's combination share, on which a parent stands.
 */
function resolveSettings(
  layers: readonly Layer[],
  shared: readonly Layer[],
  library: RouterLibrary,
): ResolvedSettings {
  const own = resolveOwn(layers, library);
  const under = parentLayers(layers, shared);
  if (under === null) {
    const crossProblems = [...own.crossProblems, ...objectiveProblems(own.settings, null)];
    return { ...own, settings: { ...own.settings, parent: null }, crossProblems, parent: null };
  }
  const parent = resolveOwn(under, library);
  const transfer = transferOf(layers, declaredObjective(own.settings.objective).continues);
  const settings = { ...own.settings, parent: { ...parent.settings, ...transfer, parent: null } };
  const isKnown = own.hasRouter && parent.hasRouter;
  const crossProblems = [
    ...own.crossProblems,
    ...(isKnown ? transferProblems(settings) : []),
    ...objectiveProblems(settings, settings.parent),
  ];
  const parentProblems = [...parent.crossProblems, ...objectiveProblems(parent.settings, null)];
  return {
    ...own,
    settings,
    crossProblems,
    parent: { ...parent, crossProblems: parentProblems, layers: under },
  };
}

/** The settings that layers make, complete, even where something is wrong with them; without the parent. */
function resolveOwn(layers: readonly Layer[], library: RouterLibrary): Resolved<OwnSettings> {
  const merged = mergeLayers(DEFAULTS, layers);
  const { domains, problems: domainProblems } = resolveDomains(merged.data.domains);
  const router = resolveRouters(merged.router, merged.model, library);
  const objective = resolveObjective(merged.objective);
  const settings = {
    ...merged,
    router: router.settings,
    objective: objective.settings,
    data: { ...merged.data, domains },
  };
  const unclear = ["model", "data"].some((section) =>
    layers.some((layer) => touches(layer.unknown, [section])),
  );
  const impossible = unclear ? [] : router.impossible(settings.model, settings.data);
  return {
    settings,
    hasRouter: router.isKnown,
    ownProblems: [...domainProblems, ...router.problems, ...objective.problems],
    crossProblems: [...settingProblems(merged), ...router.spanProblems, ...impossible],
  };
}

function touches(unknown: readonly Segments[], path: Segments): boolean {
  return unknown.some((refused) => contains(refused, path) || contains(path, refused));
}

/** Checks of a variant's own `varies`, which stands beside its settings in the file. */
function ownChecks(
  arm: Arm,
  base: ResolvedSettings,
  resolved: ResolvedSettings,
  comparable: (path: Segments) => boolean,
): readonly SettingProblem[] {
  return uselessVaries(base.settings, resolved.settings, arm.varies)
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

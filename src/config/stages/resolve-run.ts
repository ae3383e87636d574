import { DEFAULTS } from "../defaults.ts";
import { resolveDomains } from "../domains.ts";
import { mergeLayers, type Layer, type SettingProblem } from "../layers.ts";
import { parentLayers, transferOf, transferProblems } from "../parent.ts";
import { contains, type Segments } from "../paths.ts";
import { resolveRouters, type RouterLibrary } from "../routers.ts";
import { settingProblems } from "../rules.ts";
import type { OwnSettings, ParentTransfer, Settings } from "../settings.ts";
import { declaredObjective, objectiveProblems, resolveObjective } from "./objective.ts";

interface Resolved<T extends OwnSettings> {
  readonly settings: T;
  readonly hasRouter: boolean;
  /** Of router, objective and domains. */
  readonly ownProblems: readonly SettingProblem[];
  /** Of combinations of settings. */
  readonly crossProblems: readonly SettingProblem[];
}

/** The settings of a run, complete even where something is wrong with them, with the run that it starts from. */
export interface ResolvedRun extends Resolved<Settings> {
  /** That made it: where its problems have their places. */
  readonly layers: readonly Layer[];
  readonly parent: ResolvedRun | null;
}

/** The layers of one run. */
export interface RunLayers {
  readonly layers: readonly Layer[];
  /** Those that all variants of the grid's combination share, on which a parent that they write stands. */
  readonly shared: readonly Layer[];
}

/** How a stage takes over the run of the stage before: as it is, seed by seed. */
const STAGE_TRANSFER: ParentTransfer = { seed: null, keepRouter: true, noise: null };

/** The runs of stages, each trained on from the one before; the first may have a parent that its layers write. @param stages at least one */
export function resolveStages(stages: readonly RunLayers[], library: RouterLibrary): ResolvedRun {
  const [first = { layers: [], shared: [] }, ...later] = stages;
  return later.reduce(
    (parent, { layers }): ResolvedRun => {
      return startedFrom(resolveOwn(layers, library), layers, { run: parent, transfer: STAGE_TRANSFER });
    },
    resolveRun(first, library),
  );
}

/** A run, and those that it starts from, from the last to the first. */
export function ancestry(run: ResolvedRun): readonly ResolvedRun[] {
  return [run, ...(run.parent === null ? [] : ancestry(run.parent))];
}

/** The settings that layers make, with those of the parent that they write. */
function resolveRun({ layers, shared }: RunLayers, library: RouterLibrary): ResolvedRun {
  const own = resolveOwn(layers, library);
  const under = parentLayers(layers, shared);
  if (under === null) return startedAtRandom(own, layers);
  const transfer = transferOf(layers, declaredObjective(own.settings.objective).continues);
  return startedFrom(own, layers, { run: startedAtRandom(resolveOwn(under, library), under), transfer });
}

function startedAtRandom(own: Resolved<OwnSettings>, layers: readonly Layer[]): ResolvedRun {
  const settings = { ...own.settings, parent: null };
  const crossProblems = [...own.crossProblems, ...objectiveProblems(settings)];
  return { ...own, settings, crossProblems, layers, parent: null };
}

function startedFrom(
  own: Resolved<OwnSettings>,
  layers: readonly Layer[],
  { run: parent, transfer }: { readonly run: ResolvedRun; readonly transfer: ParentTransfer },
): ResolvedRun {
  const settings = { ...own.settings, parent: { ...parent.settings, ...transfer } };
  const crossProblems = [
    ...own.crossProblems,
    ...(own.hasRouter && parent.hasRouter ? transferProblems(settings) : []),
    ...objectiveProblems(settings),
  ];
  return { ...own, settings, crossProblems, layers, parent };
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

/** Whether something within or around a path is not known. */
export function touches(unknown: readonly Segments[], path: Segments): boolean {
  return unknown.some((refused) => contains(refused, path) || contains(path, refused));
}

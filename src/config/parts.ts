import type { Problem } from "../core/errors.ts";
import { experimentProblems, rawVariantNames, tierNames, type Draft } from "./experiment-rules.ts";
import { gridCells, gridProblems } from "./grid.ts";
import { fileLayer, placeProblem, type Layer } from "./layers.ts";
import type { Segments } from "./paths.ts";
import type { Arm, Plan } from "./resolve.ts";
import { experimentSchema, type TierName, type WrittenSettings } from "./schema.ts";
import { ownSettings } from "./settings.ts";
import { shapeIssues, withoutRefused } from "./shape.ts";
import { type Stage, stageProblems } from "./stages/stages.ts";
import { filePath, type Source } from "./source.ts";

/** An experiment file taken apart. */
export interface Parts extends Pick<Plan, "arms" | "cells" | "gridPaths"> {
  /** As the file lists them. */
  readonly stages: readonly { readonly name: string; readonly layer: Layer }[];
  /** What tiers write of single stages, by the stages' names. */
  readonly tierStages: ReadonlyMap<TierName, ReadonlyMap<string, Layer>>;
  readonly draft: Draft;
  readonly base: Layer;
  readonly tiers: ReadonlyMap<TierName, Layer>;
  readonly names: readonly string[];
  readonly problems: readonly Problem[];
}

/** Takes the file apart into layers, leaving out (and reporting) what the schema and the experiment's own rules refuse. */
export function readParts(source: Source): Parts {
  const issues = shapeIssues(experimentSchema, source.value);
  const draft = withoutRefused(source.value, issues) as Draft;
  const unknown = issues.map((issue) => issue.unknown);
  const layer = (root: Segments, values: WrittenSettings): Layer => {
    return fileLayer(source, root, values, unknown);
  };
  const base = layer(["base"], draft.base ?? {});
  const root: Layer = { ...layer([], {}), unknown: [] };
  const wrongGrid = gridProblems(draft.grid ?? {});
  const grid = wrongGrid.length === 0 ? (draft.grid ?? {}) : {};
  const contradictions = [
    ...experimentProblems({ draft, raw: source.value }),
    ...stageProblems(source.value),
    ...wrongGrid,
  ];
  const tierLayer = (name: TierName): Layer => {
    const tier = layer(["tiers", name], settingsOf(draft.tiers?.[name] ?? {}));
    // What neither base nor tier writes belongs to the base.
    return { ...tier, place: (path, at) => (path.length === 0 ? undefined : tier.place(path, at)) };
  };
  const byStage = (root: Segments, written: StagesByName = {}): ReadonlyMap<string, Layer> => {
    return new Map(
      Object.entries(written).map(([name, own]) => [name, layer([...root, name], settingsOf(own))]),
    );
  };
  const arms = (draft.variants ?? []).map((variant, index): Arm => {
    const name = variant.name ?? filePath(source.value, ["variants", index]);
    const { label = name, varies = [], derived = {}, stage } = variant;
    const own = layer(["variants", index], settingsOf(variant));
    const ofStages = byStage(["variants", index, "stages"], variant.stages);
    return { name, label, varies, derived, layer: own, stages: ofStages, stage };
  });
  const stages = (draft.stages ?? []).map((stage, index) => {
    return { name: stage.name ?? "", layer: layer(["stages", index], settingsOf(stage)) };
  });
  return {
    draft,
    base: {
      ...base,
      place: (path, at) => base.place(path, at) ?? (path.length === 0 ? root.place([]) : undefined),
    },
    tiers: new Map(tierNames(draft).map((name) => [name, tierLayer(name)])),
    tierStages: new Map(
      tierNames(draft).map((name) => [name, byStage(["tiers", name, "stages"], draft.tiers?.[name]?.stages)]),
    ),
    stages,
    arms,
    cells: gridCells(source, grid),
    gridPaths: Object.keys(grid),
    names: rawVariantNames(source.value),
    problems: [
      ...issues.map((issue) =>
        placeProblem([root], { paths: [issue.path], at: issue.at, message: issue.message }),
      ),
      ...contradictions.map((problem) => placeProblem([root], problem)),
    ].filter((problem) => problem !== undefined),
  };
}

type StagesByName = Readonly<Record<string, WrittenSettings>>;

/** The sections of settings in a variant, tier or stage. */
function settingsOf(written: WrittenSettings): WrittenSettings {
  return { ...ownSettings(written), parent: written.parent };
}

/** The stages, each with what the file and a tier write of it. */
export function stagesAt({ stages, tierStages }: Parts, tier: TierName | undefined): readonly Stage[] {
  const ofTier = tier === undefined ? undefined : tierStages.get(tier);
  return stages.map(({ name, layer }) => {
    const above = ofTier?.get(name);
    return { name, layers: above === undefined ? [layer] : [layer, above] };
  });
}

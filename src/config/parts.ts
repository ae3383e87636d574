import type { Problem } from "../core/errors.ts";
import { experimentProblems, rawVariantNames, tierNames, type Draft } from "./experiment-rules.ts";
import { gridCells, gridProblems } from "./grid.ts";
import { fileLayer, placeProblem, type Layer } from "./layers.ts";
import type { Segments } from "./paths.ts";
import type { Arm, Plan } from "./resolve.ts";
import { experimentSchema, type TierName, type WrittenSettings } from "./schema.ts";
import { ownSettings } from "./settings.ts";
import { shapeIssues, withoutRefused } from "./shape.ts";
import { filePath, type Source } from "./source.ts";

/** An experiment file taken apart. */
export interface Parts extends Pick<Plan, "arms" | "cells" | "gridPaths"> {
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
  const contradictions = [...experimentProblems({ draft, raw: source.value }), ...wrongGrid];
  const tierLayer = (name: TierName): Layer => {
    const tier = layer(["tiers", name], settingsOf(draft.tiers?.[name] ?? {}));
    // What neither base nor tier writes belongs to the base.
    return { ...tier, place: (path, at) => (path.length === 0 ? undefined : tier.place(path, at)) };
  };
  const arms = (draft.variants ?? []).map((variant, index): Arm => {
    const name = variant.name ?? filePath(source.value, ["variants", index]);
    const { label = name, varies = [], derived = {} } = variant;
    return { name, label, varies, derived, layer: layer(["variants", index], settingsOf(variant)) };
  });
  return {
    draft,
    base: {
      ...base,
      place: (path, at) => base.place(path, at) ?? (path.length === 0 ? root.place([]) : undefined),
    },
    tiers: new Map(tierNames(draft).map((name) => [name, tierLayer(name)])),
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

/** The sections of settings in a variant or tier. */
function settingsOf(written: WrittenSettings): WrittenSettings {
  return { ...ownSettings(written), parent: written.parent };
}

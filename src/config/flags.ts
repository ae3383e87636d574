import type { Problem } from "../core/errors.ts";
import { settings } from "./declared/all.ts";
import { layerSettings, pathAsWritten, type Layer } from "./layers.ts";
import { dotted, leavesOf, nest, parsePath, valueAt } from "./paths.ts";
import type { WrittenSettings } from "./schema.ts";
import type { TrainingSettings } from "./settings.ts";
import { shapeIssues } from "./shape.ts";
import { show } from "./suggest.ts";

/** Settings from the command line, as layers over the file's base. */

/** Reads `path=value` flags. A value is JSON, or a bare word; relative paths start at the working folder. */
export function readSets(sets: readonly string[]): {
  readonly layers: readonly Layer[];
  readonly problems: readonly Problem[];
} {
  const read = sets.map(readSet);
  return {
    layers: read.flatMap((result) => ("layer" in result ? [result.layer] : [])),
    problems: read.flatMap((result) => ("problems" in result ? result.problems : [])),
  };
}

function readSet(set: string): { readonly layer: Layer } | { readonly problems: readonly Problem[] } {
  const where = `--set ${show(set).slice(1, -1)}`;
  const equals = set.indexOf("=");
  const path = parsePath(set.slice(0, Math.max(equals, 0)).trim());
  if (path.length === 0) {
    return {
      problems: [{ where, path: "", message: "write it as path=value, e.g. --set training.steps=400" }],
    };
  }
  if (path.includes("__proto__")) {
    return { problems: [{ where, path: "", message: 'the key "__proto__" is not allowed' }] };
  }
  const value = nest(path, wordOrJson(set.slice(equals + 1)));
  const issues = shapeIssues(settings, value);
  if (issues.length > 0) {
    return { problems: issues.map((issue) => ({ where, path: dotted(issue.path), message: issue.message })) };
  }
  // The schema has just accepted it.
  return { layer: flagLayer(where, value as WrittenSettings) };
}

function wordOrJson(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => (key === "__proto__" ? undefined : value));
  } catch {
    return text;
  }
}

function flagLayer(where: string, written: WrittenSettings): Layer {
  const values = layerSettings(written, process.cwd());
  return {
    values,
    place: (path) => (path.length > 0 && valueAt(values, path) !== undefined ? where : undefined),
    label: (asked) => dotted(pathAsWritten(written, asked)),
    unknown: [],
  };
}

/**
 * The layer of `--steps`. When the warm-up no longer fits it is shortened in proportion, and the notice says so.
 * @param training what base, tier and the other flags say.
 */
export function stepsLayer(
  training: TrainingSettings,
  steps: number,
): { readonly layer: Layer; readonly notices: readonly string[] } {
  const where = `--steps ${steps}`;
  const { warmupSteps } = training;
  if (warmupSteps < steps) return { layer: flagLayer(where, { training: { steps } }), notices: [] };
  const shortened = Math.min(Math.floor((warmupSteps * steps) / training.steps), steps - 1);
  const notice = `${where}: the warm-up is shortened from ${warmupSteps} of ${training.steps} steps to ${shortened} of ${steps}`;
  return { layer: flagLayer(where, { training: { steps, warmupSteps: shortened } }), notices: [notice] };
}

/** Flags that change nothing, since every variant (or the grid) sets the same. */
export function idleFlags(flags: readonly Layer[], above: readonly (readonly Layer[])[]): readonly string[] {
  return flags.flatMap((flag) => {
    return [...leavesOf(flag.values).keys()].flatMap((leaf) => {
      const path = parsePath(leaf);
      const isCovered = above.every((layers) =>
        layers.some((layer) => valueAt(layer.values, path) !== undefined),
      );
      return isCovered
        ? [`${flag.place(path) ?? leaf}: has no effect, every variant sets ${leaf} itself`]
        : [];
    });
  });
}

/** What is wrong with a count given as a flag. */
export function countProblems(flag: string, count: number | undefined, most: number): readonly Problem[] {
  if (count === undefined || (Number.isInteger(count) && count >= 1 && count <= most)) return [];
  return [{ where: `${flag} ${count}`, path: "", message: `must be an integer from 1 to ${most}` }];
}

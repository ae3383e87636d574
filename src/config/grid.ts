import { dirname, resolve } from "node:path";
import { settings } from "./declared/all.ts";
import { type Layer, layerSettings, type SettingProblem } from "./layers.ts";
import { dotted, nest, parsePath } from "./paths.ts";
import type { WrittenExperiment, WrittenSettings } from "./schema.ts";
import type { Experiment } from "./settings.ts";
import { shapeIssues } from "./shape.ts";
import type { Source } from "./source.ts";
import { show } from "./suggest.ts";

/**
 * A grid multiplies every variant by every combination of its values. A variant of a grid is named
 * `variant, path=value`, and is compared with the baseline at the same combination: the grid asks whether an answer
 * holds at other sizes or learning rates, so the combinations are never compared with one another.
 */
type Grid = NonNullable<WrittenExperiment["grid"]>;

/** One combination of grid values. */
export interface GridCell {
  /** `path=value, path=value`; empty without a grid. */
  readonly name: string;
  readonly layers: readonly Layer[];
}

const MAX_CELLS = 1000;

/** All combinations, the last path fastest; one empty combination without a grid. */
export function gridCells(source: Source, grid: Grid): readonly GridCell[] {
  return Object.entries(grid).reduce<readonly GridCell[]>(
    (cells, [path, values]) => {
      return cells.flatMap(({ name, layers }) => {
        return values.map((value, index) => {
          const suffix = `${path}=${valueName(value)}`;
          return {
            name: name === "" ? suffix : `${name}, ${suffix}`,
            layers: [...layers, cellLayer(source, path, value, index)],
          };
        });
      });
    },
    [{ name: "", layers: [] }],
  );
}

/** Lists are of domains: their names. */
function valueName(value: Grid[string][number]): string {
  return Array.isArray(value) ? value.map(({ name }) => name).join("+") : String(value);
}

function cellLayer(source: Source, path: string, value: unknown, index: number): Layer {
  const own = dotted(parsePath(path));
  const inFile = ["grid", path, index];
  return {
    // Checked by gridProblems before.
    values: layerSettings(nest(parsePath(path), value) as WrittenSettings, dirname(resolve(source.file))),
    place: (asked) => (dotted(asked) === own ? source.place(inFile) : undefined),
    label: () => dotted(inFile),
    unknown: [],
  };
}

/** Grid paths that are no setting, values that are not allowed or repeated, and grids that are too large. */
export function gridProblems(grid: Grid): readonly SettingProblem[] {
  const cells = Object.values(grid).reduce((count, values) => count * values.length, 1);
  const tooMany = `the grid has ${cells} combinations; at most ${MAX_CELLS}`;
  return [
    ...(cells > MAX_CELLS ? [{ paths: [["grid"]], message: tooMany }] : []),
    ...Object.entries(grid).flatMap(([path, values]) => {
      return values.flatMap((value, index) => valueProblems(path, value, index, values.indexOf(value)));
    }),
  ];
}

function valueProblems(
  path: string,
  value: unknown,
  index: number,
  first: number,
): readonly SettingProblem[] {
  if (first !== index) {
    return [{ paths: [["grid", path, index]], message: `${show(value)} is repeated; remove it` }];
  }
  if (parsePath(path).includes("__proto__")) {
    return [{ paths: [["grid", path]], at: "key", message: 'the key "__proto__" is not allowed' }];
  }
  return shapeIssues(settings, nest(parsePath(path), value)).map(({ at, message }) => {
    if (at === "key") return { paths: [["grid", path]], at, message };
    return { paths: [["grid", path, index]], message };
  });
}

/** The variant that another one of the same experiment is compared with: the baseline at the same grid values. */
export function baselineOf(experiment: Pick<Experiment, "baseline">, variant: string): string {
  const cell = variant.indexOf(", ");
  const [arm = experiment.baseline] = experiment.baseline.split(", ", 1);
  return cell === -1 ? arm : arm + variant.slice(cell);
}

import type { Summary } from "../../analysis/summary.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import type { ChartSpec } from "../draw/chart-spec.ts";

/** One experiment's results with their statistics. */
export interface Answered {
  readonly results: ExperimentResults;
  readonly summary: Summary;
}

/** A figure that is made from several result folders, or that puts a paper's figure beside ours. */
export interface FigureEntry {
  /** As on the command line, and of its file. */
  readonly name: string;
  readonly title: string;
  /** Paper and place in it, or "". */
  readonly paper: string;
  /** What it is made from, for a person: `--list` prints it. */
  readonly needs: string;
  /** Makes it; a sentence without a subject ("needs ...") where these results do not hold what it needs. */
  readonly make: (answered: readonly Answered[]) => ChartSpec | string;
}

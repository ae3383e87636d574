import type { TierName } from "../config/schema.ts";
import type { ExperimentResults } from "../records/experiment.ts";
import type { Table } from "./table.ts";

/** A table of a paper that moe-lab can make from stored results. */
export interface TableEntry {
  readonly name: string;
  readonly title: string;
  /** Paper and place in it. */
  readonly paper: string;
  /** Name of the experiment that it is made from. */
  readonly experiment: string;
  /** Experiments by other names that it can be made from too, a table each; absent: none. */
  readonly isMadeFrom?: (experiment: string) => boolean;
  /** Variants of that experiment that its rows need; `<tier>` in a name stands for the tier's. */
  readonly variants: readonly string[];
  /** Makes it; without stored results the cells of ours stay empty. */
  readonly build: (stored: StoredAnswer) => Table;
  /** Makes one table of everything below a folder of results; absent: `build` makes one of each experiment. */
  readonly buildFrom?: (folder: string) => Table;
}

/** What is stored of a table's experiment. */
export interface StoredAnswer {
  /** Of the tier that is shown; null when there is nothing. */
  readonly results: ExperimentResults | null;
  /** The tier that was asked for; null when the longest finished one is shown. */
  readonly asked: TierName | null;
  /** Tiers that are stored too, with what of the table's runs is finished. */
  readonly others: readonly { readonly tier: string; readonly finished: number; readonly runs: number }[];
}

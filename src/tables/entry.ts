import type { ExperimentResults } from "../store/records.ts";
import type { Table } from "./table.ts";

/** A table of a paper that moe-lab can make from stored results. */
export interface TableEntry {
  readonly name: string;
  readonly title: string;
  /** Paper and place in it. */
  readonly paper: string;
  /** Names of the experiments that it is made from. */
  readonly experiments: readonly string[];
  /** Makes it; of an experiment that is null or absent there are no results, and its cells stay empty. */
  readonly build: (results: Readonly<Record<string, ExperimentResults | null>>) => Table;
}

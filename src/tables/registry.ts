import { QUESTIONS } from "../papers/registry.ts";
import { regimesTable } from "./calibration/regimes.ts";
import { calibrationTable } from "./calibration/table.ts";
import type { TableEntry } from "./entry.ts";
import { paperTable } from "./paper-table.ts";
import { stressCatalogueTable, stressTable } from "./stress.ts";

/** Every table that `moe-lab table` knows. */
export const TABLES: readonly TableEntry[] = [
  ...QUESTIONS.filter(({ isFigureAlone }) => isFigureAlone !== true).map(paperTable),
  stressTable,
  stressCatalogueTable,
  calibrationTable,
  regimesTable,
];

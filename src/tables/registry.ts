import type { TableEntry } from "./entry.ts";
import { yuan1 } from "./yuan-1.ts";

/** Every table that `moe-lab table` knows: one file each. */
export const TABLES: readonly TableEntry[] = [yuan1];

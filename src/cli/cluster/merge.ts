import { mergeFolders } from "../../cluster/merge.ts";
import { EXIT } from "../../core/errors.ts";
import { plural } from "../../core/plural.ts";
import type { CommandIO } from "../io.ts";

/** What a person typed behind `merge`. */
export interface MergeOptions {
  readonly folders: readonly string[];
  readonly out: string;
  readonly json: boolean;
}

/** `merge DIR... --out DIR`. @throws InputError with everything that speaks against it. */
export function runMerge({ folders, out, json }: MergeOptions, io: CommandIO): number {
  const merged = mergeFolders(folders, out);
  if (json) {
    io.stdout(`${JSON.stringify({ out, ...merged }, null, 2)}\n`);
    return EXIT.done;
  }
  const { added, kept, unfinished, looks } = merged;
  io.stdout(`${plural(added, "finished run")} added to ${out}, ${kept} there already with equal numbers\n`);
  if (unfinished > 0) io.stdout(`${plural(unfinished, "run")} not finished anywhere: left where they are\n`);
  for (const path of looks) io.stdout(`${path}: record of looks brought along\n`);
  io.stderr(`tables and pictures: moe-lab run EXPERIMENT --out ${out}\n`);
  return EXIT.done;
}

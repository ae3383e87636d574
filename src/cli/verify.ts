import { existsSync, rmSync, statSync } from "node:fs";
import { EXIT, InputError } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import { litterIn } from "../store/litter.ts";
import { verifyFolder } from "../store/verify.ts";
import { sealFinishedRun } from "../store/write-run.ts";
import { formatCount } from "./format.ts";
import type { CommandIO } from "./io.ts";

/** What a person typed behind `verify`. */
export interface VerifyOptions {
  /** Output folder of `run`, or one result folder. */
  readonly folder: string;
  /** Seals finished runs of older versions as they are. */
  readonly seal: boolean;
  /** Makes again what results hold beside their small files. */
  readonly repair: boolean;
  readonly json: boolean;
}

/**
 * `verify [DIR]`: checks every file of every run and result folder against its seal.
 * @returns exit code 1 where something is damaged.
 * @throws InputError for a folder that is none.
 */
export async function runVerify(
  { folder, seal, repair, json }: VerifyOptions,
  io: CommandIO,
): Promise<number> {
  assertFolder(folder);
  if (seal) {
    const old = (await verifyFolder(folder)).filter(
      ({ kind, state }) => kind === "run" && state === "unsealed",
    );
    const sealed = old.filter((run) => sealFinishedRun(run.folder));
    io.stderr(`sealed ${plural(sealed.length, "run")} as they are\n`);
  }
  if (repair) await repairResults(folder, io);
  const checked = await verifyFolder(folder);
  const damaged = checked.filter(({ state }) => state === "damaged");
  if (json) io.stdout(`${JSON.stringify({ checked }, null, 2)}\n`);
  else {
    for (const { folder: path, problems } of damaged)
      for (const problem of problems) io.stdout(`${path}: ${problem}\n`);
    const count = (state: string): number => checked.filter((one) => one.state === state).length;
    io.stdout(
      `${plural(checked.length, "folder")}: ${count("sealed")} whole, ${count("unsealed")} unsealed (of older versions), ` +
        `${count("open")} not finished, ${damaged.length} damaged\n`,
    );
    if (damaged.length > 0) {
      io.stdout(
        "`moe-lab run` on the experiment trains damaged runs again and writes damaged results from the runs; " +
          "--repair makes pictures, summaries and pages again whose small files are whole\n",
      );
    }
  }
  return damaged.length > 0 ? EXIT.runsFailed : EXIT.done;
}

/** Makes again what can be made without the runs; loaded when there is something to do. */
async function repairResults(folder: string, io: CommandIO): Promise<void> {
  const checked = await verifyFolder(folder);
  const results = checked.filter(({ kind, state }) => kind === "results" && state === "damaged");
  if (results.length === 0) return;
  const { remakeResults } = await import("../report/remake.ts");
  for (const { folder: path } of results) {
    if (await remakeResults(path)) io.stderr(`made again: ${path}\n`);
  }
}

/** What a person typed behind `gc`. */
export interface GcOptions {
  /** Output folder of `run`. */
  readonly folder: string;
  /** Removes; without it only says what would be removed. */
  readonly remove: boolean;
  readonly json: boolean;
}

/**
 * `gc [DIR]`: says which files nothing needs, and removes them with `--remove`.
 * @throws InputError for a folder that is none, and the file system's error.
 */
export function runGc({ folder, remove, json }: GcOptions, io: CommandIO): number {
  assertFolder(folder);
  const litter = litterIn(folder);
  const bytes = litter.reduce((sum, file) => sum + file.bytes, 0);
  if (remove) for (const { path } of litter) rmSync(path, { force: true });
  if (json) io.stdout(`${JSON.stringify({ removed: remove, bytes, files: litter }, null, 2)}\n`);
  else {
    for (const { path, why } of litter) io.stdout(`${path}: ${why}\n`);
    const done = remove ? "removed" : "would go";
    const how = remove || litter.length === 0 ? "" : `; \`moe-lab gc ${folder} --remove\` removes them`;
    io.stdout(`${plural(litter.length, "file")}, ${formatCount(bytes)}B ${done}${how}\n`);
  }
  return EXIT.done;
}

function assertFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  throw new InputError([
    { where: folder, path: "", message: "no such folder; name the --out of `moe-lab run`" },
  ]);
}

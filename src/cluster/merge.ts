import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { InputError } from "../core/errors.ts";
import type { Problem } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { deleteStepCheckpoints } from "../store/checkpoint.ts";
import { acquireLock, lockHolder } from "../store/holding/lock.ts";
import { findRuns, inspectRun, runsFolderOf } from "../store/read-run.ts";
import type { FoundRun } from "../store/read-run.ts";
import { checkSeal, SEAL_FILE } from "../store/seal.ts";

const EVENTS = "events.jsonl";

/** What a merge brought. */
export interface Merged {
  /** Finished runs that are now there and were not before. */
  readonly added: number;
  /** Finished runs that were there already, with equal numbers. */
  readonly kept: number;
  /** Runs that are not finished anywhere; a worker that goes on with them on their machine loses nothing. */
  readonly unfinished: number;
  /** Records of looks that were brought along. */
  readonly looks: readonly string[];
}

/** A finished run that is to be copied, or a record of looks. */
interface Found {
  /** Below an output folder. */
  readonly path: string;
  readonly folder: string;
}

/**
 * Joins the runs of output folders whose machines share no disk. Only finished runs whose seals hold are copied; what they mean stands in
 * their names, so the same run twice must have the same numbers. Records of looks come along, since what was looked at is history; tables
 * and pictures are made again from the runs by `moe-lab run`.
 * @param folders output folders of `run`.
 * @param out the output folder to write; what is there takes part.
 * @throws InputError naming every conflict and every damage at once, before anything is written.
 */
export function mergeFolders(folders: readonly string[], out: string): Merged {
  refuse(folders.flatMap(folderProblems));
  const sources = [...new Set(folders.map((folder) => resolve(folder)))].filter(
    (folder) => folder !== resolve(out),
  );
  const there = existsSync(runsFolderOf(out)) ? findRuns(runsFolderOf(out)) : [];
  const found = sources.map((source) => ({ source, runs: findRuns(runsFolderOf(source)) }));
  const finished = new Map<string, Found>(
    there.filter(isSealed).map(({ name }) => [name, { path: join("runs", name), folder: out }]),
  );
  const before = new Set(finished.keys());
  const unfinished = new Set<string>();
  const problems: Problem[] = [...there.flatMap((run) => busyProblems(out, run))];
  let kept = 0;
  for (const { source, runs } of found) {
    for (const run of runs) {
      problems.push(...runProblems(source, run));
      const first = finished.get(run.name);
      if (!isSealed(run)) {
        if (run.record !== null && run.record.status !== "finished") unfinished.add(run.name);
      } else if (first === undefined) {
        finished.set(run.name, { path: join("runs", run.name), folder: source });
      } else if (numbersOf(first) !== numbersOf({ path: first.path, folder: source })) {
        problems.push(conflict(first, source, "the same run has other numbers"));
      } else kept += 1;
    }
  }
  const looks = looksOf([out, ...sources], out, problems);
  refuse(problems);
  const added = [...finished].filter(([name]) => !before.has(name));
  for (const [name, { folder }] of added)
    copyRun(join(runsFolderOf(folder), name), join(runsFolderOf(out), name));
  for (const { path, folder } of looks) writeFileAtomic(join(out, path), readFileSync(join(folder, path)));
  return {
    ...{ added: added.length, kept, looks: looks.map(({ path }) => path) },
    unfinished: [...unfinished].filter((name) => !finished.has(name)).length,
  };
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InputError(problems);
}

function folderProblems(folder: string): Problem[] {
  const runs = runsFolderOf(folder);
  if (existsSync(runs) && statSync(runs).isDirectory()) return [];
  return [{ where: folder, path: "", message: "holds no runs; name an output folder of `moe-lab run`" }];
}

function isSealed({ record, isSealed: sealed }: FoundRun): boolean {
  return record?.status === "finished" && sealed;
}

/** What speaks against taking a run from a folder. */
function runProblems(source: string, run: FoundRun): Problem[] {
  const where = join(runsFolderOf(source), run.name);
  const problem = (message: string): Problem[] => [{ where, path: "", message }];
  if (run.damage.length > 0)
    return problem(`${run.damage.join("; ")}; \`moe-lab run\` there trains it again, or delete the folder`);
  if (run.record?.status === "finished" && !run.isSealed)
    return problem(
      `is of an older version and unsealed; \`moe-lab verify ${source} --seal\` seals it as it is`,
    );
  return busyProblems(source, run);
}

function busyProblems(source: string, { name, record }: FoundRun): Problem[] {
  if (record?.status !== "running") return [];
  const where = join(runsFolderOf(source), name);
  const owner = lockHolder(where);
  if (owner === null) return [];
  const message = `process ${owner.pid} on ${owner.host} is at work on it; merge when it is done`;
  return [{ where, path: "", message }];
}

function conflict({ path, folder }: Found, other: string, what: string): Problem {
  const message = `${what} in ${join(other, path)}; delete the one that you don't trust, there or here`;
  return { where: join(folder, path), path: "", message };
}

/** Hashes of all that is a number or a weight, as they were sealed; run.json also holds what computed them. */
function numbersOf({ path, folder }: Found): string {
  const { files } = JSON.parse(readFileSync(join(folder, path, SEAL_FILE), "utf8")) as {
    readonly files: Readonly<Record<string, { readonly sha256: string }>>;
  };
  return Object.keys(files)
    .filter((name) => name !== "run.json")
    .sort()
    .map((name) => `${name} ${files[name]?.sha256 ?? ""}`)
    .join("\n");
}

/** Records of looks that only one folder has, or all have alike; others are added to the problems. */
function looksOf(folders: readonly string[], out: string, problems: Problem[]): Found[] {
  const first = new Map<string, Found>();
  for (const folder of folders) {
    for (const path of looksBelow(folder)) {
      const known = first.get(path);
      if (known === undefined) first.set(path, { path, folder });
      else if (!readFileSync(join(known.folder, path)).equals(readFileSync(join(folder, path)))) {
        problems.push(conflict(known, folder, "other looks are recorded"));
      }
    }
  }
  return [...first.values()].filter(({ folder }) => folder !== out);
}

/** Paths of looks.json in result folders and under recipes. */
function looksBelow(out: string): string[] {
  if (!existsSync(out)) return [];
  const foldersIn = (path: string): string[] =>
    existsSync(join(out, path))
      ? readdirSync(join(out, path), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => join(path, name))
      : [];
  const results = foldersIn("").filter((name) => name !== "runs");
  return [...results, ...results.flatMap((name) => foldersIn(join(name, "recipes")))]
    .map((name) => join(name, "looks.json"))
    .filter((path) => existsSync(join(out, path)));
}

/** Copies a sealed run under its lock, the seal last: a copy that was cut off is found damaged, and merging again makes it whole. */
function copyRun(from: string, to: string): void {
  const lock = acquireLock(to);
  if ("host" in lock) {
    const message = `process ${lock.pid} on ${lock.host} is at work on it; merge when it is done`;
    throw new InputError([{ where: to, path: "", message }]);
  }
  try {
    const { record } = inspectRun(from);
    const seal = record === null ? null : checkSeal(from, record.id);
    if (seal?.kind !== "whole") throw new Error(`${from} changed while it was copied`);
    // Its times are no part of the seal; prices are made from them.
    const times = existsSync(join(from, EVENTS)) ? [EVENTS] : [];
    for (const name of [...times, ...seal.files, SEAL_FILE])
      writeFileAtomic(join(to, name), readFileSync(join(from, name)));
    deleteStepCheckpoints(join(to, "checkpoint"));
    if (!inspectRun(to).isSealed) throw new Error(`${to} is not what was copied from ${from}`);
  } finally {
    lock.release({ remove: true });
  }
}

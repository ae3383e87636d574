import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { breathe } from "../core/breathe.ts";
import { messageOf } from "../core/errors.ts";
import { readExperimentFiles } from "./experiment-files.ts";
import { isKeptWeights } from "./weights/kept-weights.ts";
import { findRuns, runsFolderOf } from "./read-run.ts";
import { checkResultSeal } from "./result-set.ts";
import { checkSeal } from "./seal.ts";

/** What became of one folder's check. */
export interface Checked {
  readonly folder: string;
  readonly kind: "run" | "results";
  /** `open` is a run that is not finished; `unsealed` is whole as far as can be told. */
  readonly state: "sealed" | "unsealed" | "open" | "damaged";
  /** One sentence for each thing that is wrong. */
  readonly problems: readonly string[];
}

/** Checks every run and result folder below an output folder, or the one result folder that is given. */
export async function verifyFolder(folder: string): Promise<Checked[]> {
  if (existsSync(join(folder, "experiment.json"))) return checkAll(resultFoldersIn(folder));
  const runsFolder = runsFolderOf(folder);
  const runs = findRuns(runsFolder).flatMap(({ name, record, isSealed, damage }): Checked[] => {
    const at = { folder: join(runsFolder, name), kind: "run" } as const;
    if (damage.length > 0) return [{ ...at, state: "damaged", problems: damage }];
    if (record === null) return [];
    const weights = isSealed ? weightProblems(at.folder, record.id) : [];
    if (weights.length > 0) return [{ ...at, state: "damaged", problems: weights }];
    const finished = isSealed ? "sealed" : "unsealed";
    return [{ ...at, state: record.status === "finished" ? finished : "open", problems: [] }];
  });
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const results = names.sort().flatMap((name) => resultFoldersIn(join(folder, name)));
  return [...runs, ...(await checkAll(results))];
}

async function checkAll(folders: readonly string[]): Promise<Checked[]> {
  const checked: Checked[] = [];
  for (const folder of folders) {
    await breathe();
    checked.push(checkResults(folder));
  }
  return checked;
}

/** Kept weights that are not as they were sealed; those that were deleted are nobody's loss but an analysis's. */
function weightProblems(folder: string, runId: string): readonly string[] {
  const isThere = (name: string): boolean => isKeptWeights(name) && existsSync(join(folder, name));
  const seal = checkSeal(folder, runId, isThere);
  return seal.kind === "broken"
    ? seal.problems.map((problem) => `${problem}: delete it; only \`analyze\` reads it`)
    : [];
}

/** The result folder and those under recipes below it; one that lost its experiment.json still has its other files. */
function resultFoldersIn(folder: string): string[] {
  const recipes = join(folder, "recipes");
  const below = existsSync(recipes) ? readdirSync(recipes).map((name) => join(recipes, name)) : [];
  return [folder, ...below].filter(
    (path) => existsSync(join(path, "experiment.json")) || existsSync(join(path, "runs.csv")),
  );
}

function checkResults(folder: string): Checked {
  const at = { folder, kind: "results" } as const;
  const seal = checkResultSeal(folder);
  if (seal.kind === "broken") return { ...at, state: "damaged", problems: seal.problems };
  try {
    readExperimentFiles(folder);
    return { ...at, state: seal.kind === "whole" ? "sealed" : "unsealed", problems: [] };
  } catch (error) {
    return { ...at, state: "damaged", problems: [messageOf(error)] };
  }
}

import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readSource } from "../config/source.ts";
import { valueAt } from "../config/paths.ts";
import { InputError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";

/**
 * Which experiment file a result folder belongs to. Two files with one name would overwrite each other's results; which one came first
 * stands in `.experiments.json` beside the runs folder, since a path of this machine has no place in results.
 */

/** Folders below `--out` that are no experiment's. */
const TAKEN = ["runs", "tables", "figures", "slurm"];

/** @throws InputError for a name whose result folder would be one of moe-lab's own. */
export function refuseTakenName(name: string, where: string): void {
  const taken = TAKEN.find((folder) => folder === name.toLowerCase());
  if (taken === undefined) return;
  const message = `"${name}" can't be an experiment's name, since ${taken}/ below --out holds other things; choose another one`;
  throw new InputError([{ where, path: "name", message }]);
}

/**
 * @param file the experiment file as typed.
 * @param folder its result folder.
 * @throws InputError when the folder belongs to another file that is still there under the same name.
 */
export function refuseOtherFile(file: string, { runsFolder, folder, name }: ResultPlace): void {
  const mine = realpathSync(file);
  const known = ownersIn(runsFolder)[name] ?? fileOfResults(folder);
  if (known === undefined || !existsSync(known)) return;
  const other = realpathSync(known);
  if (other === mine || !isStillNamed(other, name) || readFileSync(other).equals(readFileSync(mine))) return;
  const message =
    `${folder} holds the results of ${other}, whose experiment has the same name, and this file would overwrite them; ` +
    'give one of the two another "name", or this one another --out';
  throw new InputError([{ where: file, path: "name", message }]);
}

/** Where the results of an experiment go. */
interface ResultPlace {
  readonly runsFolder: string;
  readonly folder: string;
  /** Of the result folder. */
  readonly name: string;
}

/** Writes down that a result folder belongs to a file. @throws the file system's error. */
export function claimName(file: string, runsFolder: string, name: string): void {
  const owners = ownersIn(runsFolder);
  const mine = realpathSync(file);
  if (owners[name] === mine) return;
  writeFileAtomic(ownersFile(runsFolder), `${JSON.stringify({ ...owners, [name]: mine }, null, 2)}\n`);
}

/** An experiment file, and which result folder below `--out` is its. */
interface KnownExperiment {
  readonly file: string;
  /** Of the result folder. */
  readonly name: string;
  /** That the folder is of; null where the file has none. */
  readonly tier: string | null;
}

/** The experiment files, still there under their names, that have results below an output folder. */
export function experimentFiles(out: string): KnownExperiment[] {
  return Object.entries(ownersIn(join(out, "runs"))).flatMap(([name, file]) => {
    if (!existsSync(file) || !isStillNamed(file, name)) return [];
    const { value } = readSource(file);
    const experiment = String(valueAt(value, ["name"]));
    const standard = valueAt(value, ["tiers", "standard"]) === undefined ? null : "standard";
    return [{ file, name, tier: name === experiment ? standard : name.slice(experiment.length + 1) }];
  });
}

function ownersFile(runsFolder: string): string {
  return join(dirname(runsFolder), ".experiments.json");
}

/** Absolute paths by result folder; one that can't be read claims nothing. */
function ownersIn(runsFolder: string): Readonly<Record<string, string>> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(ownersFile(runsFolder), "utf8"));
    if (typeof parsed !== "object" || parsed === null) return {};
    const entries = Object.entries(parsed) as [string, unknown][];
    return Object.fromEntries(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return {};
  }
}

/** The file that stored results name, relative to the working folder: for those that no `.experiments.json` lists. */
function fileOfResults(folder: string): string | undefined {
  try {
    const { experiment } = JSON.parse(readFileSync(join(folder, "experiment.json"), "utf8")) as {
      experiment: { file?: unknown };
    };
    return typeof experiment.file === "string" ? resolve(experiment.file) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a file's experiment is still called so; the folder of a tier has its name behind. */
function isStillNamed(file: string, folderName: string): boolean {
  try {
    const name = valueAt(readSource(file).value, ["name"]);
    return typeof name === "string" && (folderName === name || folderName.startsWith(`${name}-`));
  } catch {
    return false;
  }
}

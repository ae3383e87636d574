import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError, RunError } from "../core/errors.ts";
import type { Problem } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { runsToDo } from "../exec/plan.ts";
import { askedRuns } from "../sweep/recipes.ts";
import { flagsOf } from "../sweep/run-flags.ts";
import type { RunRequest } from "../sweep/run-flags.ts";
import { planRequest } from "../sweep/session.ts";
import { answerScript, arrayScript } from "./slurm-scripts.ts";
import type { SlurmJob } from "./slurm-scripts.ts";

/** What is asked of Slurm; null where it decides. */
export interface SlurmOptions {
  readonly partition: string | null;
  /** Tasks of the array at most; null: as many as runs to do, up to 100. */
  readonly arraySize: number | null;
  /** Walltime of a task, as Slurm writes it: `90`, `1:30:00`, `2-00`. */
  readonly time: string | null;
  /** Further options of sbatch, e.g. `--account=ai`. */
  readonly more: readonly string[];
}

/** The scripts of a submission. */
export interface Submission {
  /** Runs that are to be trained. */
  readonly runs: number;
  readonly tasks: number;
  /** Absolute: where the scripts and the jobs' output are kept. */
  readonly folder: string;
  readonly array: string;
  readonly answer: string;
}

const MOST_TASKS = 100;
const MAIN = fileURLToPath(new URL("../cli/main.js", import.meta.url));

/**
 * Makes the scripts for an experiment; nothing is written.
 * @param request the flags of `run` for the workers, of which `submissionProblems` finds none wrong, as of the options.
 * @param note told what a person should know of the request.
 * @throws InputError with everything that is wrong, and where there is nothing to train.
 */
export async function planSubmission(
  file: string,
  request: RunRequest,
  options: SlurmOptions,
  note: (text: string) => void,
): Promise<Submission> {
  const planned = await planRequest(file, request, {
    isWritten: true,
    tell: (event) => {
      if (event.type === "note") note(event.text);
    },
  });
  const runs = runsToDo(askedRuns(planned)).length;
  if (runs === 0) {
    const message = `every run is finished; \`moe-lab run ${file}\` writes the tables`;
    throw new InputError([{ where: file, path: "", message }]);
  }
  const name = planned.folder.slice(join(request.out, "/").length);
  const folder = resolve(request.out, "slurm", name);
  const tasks = Math.min(runs, options.arraySize ?? MOST_TASKS);
  const jobs = request.jobs ?? 1;
  const job: SlurmJob = {
    ...{ name, tasks, folder, partition: options.partition, time: options.time, more: options.more },
    ...{ workingFolder: process.cwd(), logFolder: folder, processors: jobs * request.threads },
    command: commandWords(file, { ...request, jobs }),
  };
  return { runs, tasks, folder, array: arrayScript(job), answer: answerScript(job) };
}

/** Writes the scripts and submits them. @returns ids of the array and of the job after it. @throws RunError with sbatch's words. */
export function submit({ folder, array, answer }: Submission): {
  readonly array: string;
  readonly answer: string;
} {
  mkdirSync(folder, { recursive: true });
  const [arrayFile, answerFile] = [join(folder, "array.sh"), join(folder, "answer.sh")];
  writeFileAtomic(arrayFile, array);
  writeFileAtomic(answerFile, answer);
  const first = sbatch([arrayFile], "nothing was submitted");
  const kept = `the array ${first} is submitted, the job for tables and pictures is not; \`scancel ${first}\` takes it back`;
  return { array: first, answer: sbatch([`--dependency=afterany:${first}`, answerFile], kept) };
}

/** @returns the job's id. */
function sbatch(words: readonly string[], otherwise: string): string {
  const { status, stdout, stderr, error } = spawnSync("sbatch", ["--parsable", ...words], {
    encoding: "utf8",
  });
  if (error !== undefined) {
    const hint = `${otherwise}; submit where sbatch is (a login node), or see the scripts with --print`;
    throw new InputError([
      { where: "--slurm", path: "", message: `sbatch can't be run (${error.message}): ${hint}` },
    ]);
  }
  if (status !== 0) throw new RunError(`sbatch: ${stderr.trim()}`, `${otherwise}.`);
  return stdout.trim().split(";", 1)[0] ?? "";
}

/** The command of a worker, with the programs that run here, which the nodes must see as well. */
function commandWords(file: string, request: RunRequest): readonly string[] {
  const flags = flagsOf(request, ({ syntax }) => !["--dry-run", "--json", "--verbose"].includes(syntax));
  return [process.execPath, MAIN, "run", file, ...flags.flat()];
}

/** What can't be submitted as it is asked for. */
export function submissionProblems(request: RunRequest, { partition, time, more }: SlurmOptions): Problem[] {
  const problem = (where: string, message: string): Problem => ({ where, path: "", message });
  return [
    ...requestProblems(request),
    ...(partition === null || /^[\w.,-]+$/.test(partition)
      ? []
      : [problem(`--partition ${partition}`, "is no name of a partition, or names separated by commas")]),
    ...(time === null || /^(\d+-)?\d+(:\d\d){0,2}$/.test(time)
      ? []
      : [
          problem(
            `--time ${time}`,
            "must be a time as Slurm writes it: minutes, hours:minutes:seconds or days-hours",
          ),
        ]),
    ...more
      .filter((option) => !/^--[a-z][\w-]*(=[^\n\r]*)?$/.test(option))
      .map((option) =>
        problem(`--sbatch ${option}`, "must be one long option of sbatch, e.g. --sbatch --account=ai"),
      ),
  ];
}

/** What can't be asked of an array. */
function requestProblems({ untilDecided, take, dryRun }: RunRequest): Problem[] {
  const given: readonly (readonly [boolean, string, string])[] = [
    [untilDecided, "--until-decided", "plans runs from the results of those before; submit fixed seeds"],
    [take !== null, "--take", "is what the array's tasks do by themselves; leave it out"],
    [dryRun, "--dry-run", "is of `run`; --print shows the scripts and submits nothing"],
  ];
  return given.flatMap(([isGiven, where, message]) => (isGiven ? [{ where, path: "", message }] : []));
}

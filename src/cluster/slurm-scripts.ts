import { shellWord } from "../sweep/run-flags.ts";

/** What the scripts of a job array are made from. */
export interface SlurmJob {
  /** Of the result folder; jobs are named by it. */
  readonly name: string;
  /** Absolute: where the command is run. */
  readonly workingFolder: string;
  /** Absolute: where the jobs' output goes; it must be there before they start. */
  readonly logFolder: string;
  /** The words of `moe-lab run EXPERIMENT` with its flags, those of the program before them. */
  readonly command: readonly string[];
  /** Tasks of the array. */
  readonly tasks: number;
  readonly processors: number;
  readonly partition: string | null;
  /** Walltime as Slurm writes it; null leaves it to the partition. */
  readonly time: string | null;
  /** Further options of sbatch, each one line; they come last and so win. */
  readonly more: readonly string[];
}

/** Before its end a job gets the signal so early: a step and its checkpoint must fit, and Slurm may be up to a minute early. */
const WARNING_SECONDS = 120;
/** More runs than any plan has: a worker goes on until none is left. */
const ALL_RUNS = 1_000_000;

/**
 * The array: each task is a worker that takes runs until none is left. Near its walltime the running runs are stopped with a checkpoint and the task
 * is queued again; a task that is preempted, or whose node is lost, is queued again by Slurm itself.
 */
export function arrayScript(job: SlurmJob): string {
  const options = [`--array=0-${job.tasks - 1}`, outputOption(job, "array-%A-%a.txt")];
  return script(job, { name: job.name, options, words: [...job.command, "--take", String(ALL_RUNS)] });
}

/** The job after the array: trains what is left over, then writes tables and pictures. */
export function answerScript(job: SlurmJob): string {
  const options = [outputOption(job, "answer-%j.txt")];
  return script(job, { name: `${job.name}-answer`, options, words: job.command });
}

/** sbatch puts numbers of jobs in place of `%A`; other percent signs are doubled. */
function outputOption({ logFolder }: SlurmJob, name: string): string {
  return `--output="${logFolder.replaceAll("%", "%%")}/${name}"`;
}

function script(
  job: SlurmJob,
  {
    name,
    options,
    words,
  }: { readonly name: string; readonly options: readonly string[]; readonly words: readonly string[] },
): string {
  const given = [
    `--job-name=moe-lab-${name}`,
    ...options,
    "--ntasks=1",
    `--cpus-per-task=${job.processors}`,
    "--requeue",
    "--open-mode=append",
    `--signal=B:USR2@${WARNING_SECONDS}`,
    ...(job.partition === null ? [] : [`--partition=${job.partition}`]),
    ...(job.time === null ? [] : [`--time=${job.time}`]),
    ...job.more,
  ];
  return `#!/bin/bash
${given.map((option) => `#SBATCH ${option}\n`).join("")}
cd ${shellWord(job.workingFolder)} || exit 2
${words.map(shellWord).join(" ")} &
worker=$!
again=
# USR2: the walltime is near. TERM: Slurm ends the job, and queues it again itself where that is due.
trap 'caught=yes; again=yes; kill -TERM "$worker" 2>/dev/null' USR2
trap 'caught=yes; kill -TERM "$worker" 2>/dev/null' TERM
# A signal interrupts the wait, not the worker, which then stops with a checkpoint.
while :; do caught=; wait "$worker"; code=$?; [ -n "$caught" ] || break; done
# 143: it was still starting.
if [ "$again" = yes ] && { [ "$code" -eq 130 ] || [ "$code" -eq 143 ]; }; then
  if [ -n "$SLURM_ARRAY_JOB_ID" ]; then id="\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"; else id=$SLURM_JOB_ID; fi
  scontrol requeue "$id" && sleep 60
fi
exit "$code"
`;
}

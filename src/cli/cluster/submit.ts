import { planSubmission, submissionProblems, submit } from "../../cluster/submit.ts";
import type { SlurmOptions } from "../../cluster/submit.ts";
import { EXIT, InputError, RunError } from "../../core/errors.ts";
import type { Problem } from "../../core/errors.ts";
import { plural } from "../../core/plural.ts";
import type { RunRequest } from "../../sweep/run-flags.ts";
import type { CommandIO } from "../io.ts";

/** What a person typed behind `submit`. */
export interface SubmitOptions {
  readonly file: string;
  readonly request: RunRequest;
  readonly slurm: SlurmOptions;
  /** Shows the scripts instead. */
  readonly print: boolean;
  /** What is wrong with the words already. */
  readonly problems: readonly Problem[];
}

/** `submit EXPERIMENT --slurm`. @throws InputError before anything is written. */
export async function runSubmit(
  { file, request, slurm, print, problems }: SubmitOptions,
  io: CommandIO,
): Promise<number> {
  const all = [...problems, ...submissionProblems(request, slurm)];
  if (all.length > 0) throw new InputError(all);
  const planned = await planSubmission(file, request, slurm, (text) => io.stderr(`note: ${text}\n`));
  const { runs, tasks, folder } = planned;
  if (print) {
    io.stdout(`# ${folder}/array.sh\n${planned.array}\n# ${folder}/answer.sh\n${planned.answer}`);
    return EXIT.done;
  }
  try {
    const ids = submit(planned);
    io.stdout(`job ${ids.array}: ${plural(tasks, "task")} for ${plural(runs, "run")}\n`);
    io.stdout(`job ${ids.answer}: tables and pictures, when job ${ids.array} has ended\n`);
    io.stderr(`scripts and output: ${folder}; how it stands: moe-lab status ${file}\n`);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    io.stderr(`error: ${error.message}; ${error.hint}\n`);
    return EXIT.runsFailed;
  }
}

import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../core/errors.ts";
import type { WriteFile } from "../core/files.ts";
import type { Checkpoint } from "../train/types.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

/** Checkpoints kept while a run trains: the newest, and the one before it in case the newest is damaged. */
const KEPT = 2;
const STEP_FILE = /^step-(\d+)\.safetensors$/;
/** Parameters and router state of a finished run. */
export const FINAL_FILE = "final.safetensors";

/** What stands in a checkpoint beside its tensors. */
type Metadata = Readonly<Record<string, string>>;

/**
 * Writes a checkpoint of an unfinished run into its `checkpoint/` folder, then deletes all but the newest ones.
 * @param metadata what must be known to go on from it: the run's id as `run`, what computed it, which rows belong to it.
 */
export function saveCheckpoint(
  folder: string,
  metadata: Metadata,
  checkpoint: Checkpoint,
  write: WriteFile,
): void {
  write(join(folder, stepFile(checkpoint.step)), encode(metadata, checkpoint));
  for (const step of stepsIn(folder).slice(KEPT)) rmSync(join(folder, stepFile(step)), { force: true });
}

/**
 * The newest checkpoint that is whole, of this run and of use; null when there is none. Damaged files are set aside
 * as `<file>.damaged`, those of no use deleted.
 * @param isOfUse asked with a whole checkpoint's metadata.
 * @param onDamage told of each file that was set aside.
 */
export function loadCheckpoint(
  folder: string,
  runId: string,
  isOfUse: (metadata: Metadata, step: number) => boolean,
  onDamage: (message: string) => void,
): Checkpoint | null {
  for (const step of stepsIn(folder)) {
    const path = join(folder, stepFile(step));
    try {
      const { metadata, ...checkpoint } = decode(path, runId);
      if (checkpoint.step !== step) throw new Error(`it holds step ${checkpoint.step}`);
      if (isOfUse(metadata, step)) return checkpoint;
      rmSync(path, { force: true });
    } catch (error) {
      // What the system can't read now may be whole.
      if (error instanceof Error && "code" in error) throw error;
      renameSync(path, `${path}.damaged`);
      onDamage(`${path}: ${messageOf(error)}; set aside as ${stepFile(step)}.damaged`);
    }
  }
  return null;
}

/**
 * Writes `final.safetensors`, parameters and router state without the optimiser's moments, from the newest checkpoint: from no older one, whose
 * weights are not the run's.
 * @throws Error where the newest can't be read back or is damaged.
 */
export function writeFinalCheckpoint(folder: string, runId: string, write: WriteFile): void {
  const [step] = stepsIn(folder);
  if (step === undefined) return;
  const newest = decode(join(folder, stepFile(step)), runId);
  const kept = Object.entries(newest.tensors).filter(
    ([name]) => !/^((first|second)_moments|averages)\//.test(name),
  );
  write(
    join(folder, FINAL_FILE),
    encode({ run: runId }, { step: newest.step, tensors: Object.fromEntries(kept) }),
  );
}

/** Whether there is a checkpoint of a training. */
export function hasStepCheckpoint(folder: string): boolean {
  return stepsIn(folder).length > 0;
}

/** Deletes the checkpoints of a training, keeping `final.safetensors`. */
export function deleteStepCheckpoints(folder: string): void {
  for (const step of stepsIn(folder)) rmSync(join(folder, stepFile(step)), { force: true });
}

/**
 * The final checkpoint of a finished run.
 * @throws Error when the file is missing, damaged, or of another run.
 */
export function loadFinalCheckpoint(folder: string, runId: string): Checkpoint {
  const { step, tensors } = decode(join(folder, FINAL_FILE), runId);
  return { step, tensors };
}

function encode(metadata: Metadata, { step, tensors }: Checkpoint): Uint8Array {
  return encodeSafetensors({ tensors, metadata: { ...metadata, step: String(step) } });
}

function decode(path: string, runId: string): Checkpoint & { readonly metadata: Metadata } {
  const { tensors, metadata } = decodeSafetensors(readFileSync(path), { checksum: "required" });
  if (metadata["run"] !== runId)
    throw new Error(`${path} belongs to run ${metadata["run"] ?? "?"}, not ${runId}`);
  return { step: Number(metadata["step"]), tensors, metadata };
}

function stepFile(step: number): string {
  return `step-${String(step).padStart(8, "0")}.safetensors`;
}

/** Steps with a checkpoint file, newest first. */
function stepsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const match = STEP_FILE.exec(name);
      return match === null ? [] : [Number(match[1])];
    })
    .sort((a, b) => b - a);
}

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { WriteFile } from "../../core/files.ts";
import type { Checkpoint } from "../../train/types.ts";
import { decodeSafetensors, encodeSafetensors } from "../safetensors.ts";

/**
 * Weights that a run keeps on the way (train/kept-steps.ts), for `moe-lab analyze`: `weights/step-<n>.safetensors` in its folder, parameters and
 * router state. No number of the run depends on them: a run without, or with damaged ones, is as finished as before.
 */

const FOLDER = "weights";
const FILE = /^step-(\d+)\.safetensors$/;

/** Whether a file of a run, by its path below the folder, is such weights. */
export function isKeptWeights(name: string): boolean {
  return name.startsWith(`${FOLDER}/`);
}

/** Keeps weights in a run's folder, in the place of those of the same step. */
export function keepWeights(
  folder: string,
  runId: string,
  { step, tensors }: Checkpoint,
  write: WriteFile,
): void {
  const bytes = encodeSafetensors({ tensors, metadata: { run: runId, step: String(step) } });
  write(join(folder, fileOf(step)), bytes);
}

/** Deletes weights of steps after one, which a run that goes on from there makes again. */
export function forgetWeightsAfter(folder: string, step: number): void {
  for (const kept of weightSteps(folder)) {
    if (kept > step) rmSync(join(folder, fileOf(kept)), { force: true });
  }
}

/** Steps of which a run's folder has weights, ascending; the end of training is not among them. */
export function weightSteps(folder: string): readonly number[] {
  const path = join(folder, FOLDER);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .flatMap((name) => {
      const match = FILE.exec(name);
      return match === null ? [] : [Number(match[1])];
    })
    .sort((a, b) => a - b);
}

/** The same as paths below the folder. */
export function weightFiles(folder: string): readonly string[] {
  return weightSteps(folder).map(fileOf);
}

/** Weights of a step. @throws Error where they are missing, damaged, or of another run. */
export function loadWeights(folder: string, runId: string, step: number): Checkpoint {
  const path = join(folder, fileOf(step));
  const { tensors, metadata } = decodeSafetensors(readFileSync(path), { checksum: "required" });
  if (metadata["run"] !== runId || metadata["step"] !== String(step)) {
    const found = `step ${metadata["step"] ?? "?"} of run ${metadata["run"] ?? "?"}`;
    throw new Error(`${path} belongs to ${found}, not to step ${step} of ${runId}`);
  }
  return { step, tensors };
}

function fileOf(step: number): string {
  return `${FOLDER}/step-${String(step).padStart(8, "0")}.safetensors`;
}

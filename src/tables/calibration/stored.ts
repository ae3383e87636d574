import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { readExperimentFiles } from "../../store/experiment-files.ts";
import { isOnlyPlanned } from "../../store/looks.ts";
import { CALIBRATION } from "./answer.ts";
import { calibratedRegimes, type CalibratedRegime } from "./score-line.ts";

/** The regimes that were calibrated below a folder of results. Damaged calibrations are none: what asks has nothing else to do with them. */
export function readCalibrated(results: string): readonly CalibratedRegime[] {
  return calibratedRegimes(readCalibrations(results));
}

/** The calibrations below a folder of results, of every tier and regime, in the order of their folders' names; damaged ones are left out. */
export function readCalibrations(results: string): readonly ExperimentResults[] {
  if (!existsSync(results)) return [];
  return readdirSync(results)
    .filter((name) => name.startsWith(CALIBRATION))
    .sort()
    .map((name) => join(results, name))
    .filter((folder) => existsSync(join(folder, "experiment.json")) && !isOnlyPlanned(folder))
    .flatMap(wholeResults);
}

function wholeResults(folder: string): ExperimentResults[] {
  try {
    return [readExperimentFiles(folder)];
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}

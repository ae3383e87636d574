import type { TrainingSettings } from "../config/settings.ts";
import { DivergedError, type RunError } from "../core/errors.ts";
import type { HostTensors } from "../engine/types.ts";
import { NAMES } from "../model/programs.ts";
import { learningRateAt } from "./schedule.ts";

/**
 * A state that no loss shows would be carried on for ever: experts go dead, and nothing says why.
 * @throws DivergedError
 */
export function refuseState(outputs: HostTensors, step: number): void {
  const prefix = NAMES.nextState("");
  const name = Object.keys(outputs).find(
    (one) => one.startsWith(prefix) && !outputs[one]?.every((value) => Number.isFinite(value)),
  );
  if (name === undefined) return;
  throw new DivergedError(
    `step ${step}: the state ${name.slice(prefix.length)} that the router returned is not finite`,
    "Look in its route for a division by zero, a logarithm or a power that makes it; the same command fails the same way.",
  );
}

/** Of the first step: nothing has been learned yet, so initial values and the model's functions make it. */
export function notFiniteAtOnce(what: string, where: string | null): RunError {
  return new DivergedError(
    `step 1: ${what} is not finite; ${placeOf(where)}`,
    "No learning rate makes this: look for a division by zero, a logarithm or a power there; the same command fails the same way.",
  );
}

function placeOf(where: string | null): string {
  return where === null ? "a repetition of the step did not show where" : `the first such value is ${where}`;
}

/** Of a later step. `where` is what a repetition found; null where it did not. */
export function notFinite(
  step: number,
  what: string,
  where: string | null,
  training: TrainingSettings,
): RunError {
  const place = placeOf(where);
  const learningRate = learningRateAt(step, training).toPrecision(3);
  return new DivergedError(
    `step ${step}: ${what} is not finite; ${place}`,
    `Lower training.learningRate (it was ${learningRate} at this step), lengthen training.warmupSteps or clip harder ` +
      `(training.optimizer.clipNorm); the checkpoint of the last evaluation is kept.`,
  );
}

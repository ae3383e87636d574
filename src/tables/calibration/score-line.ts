import type { CalibrationScore } from "../../analysis/calibration.ts";
import type { Summary } from "../../analysis/summary.ts";
import { taskSchema } from "../../config/declared/tasks.ts";
import { canonicalJson } from "../../core/json.ts";
import type { Settings } from "../../config/settings.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { calibrationAnswer, CALIBRATION, isCalibration } from "./answer.ts";
import type { Table } from "../table.ts";

/** A regime that was calibrated, perhaps without a finished gate. */
export interface CalibratedRegime {
  /** What it is (`regimeKey`). */
  readonly key: string;
  /** Worked out when asked for: only one of many regimes is wanted. */
  readonly score: () => CalibrationScore;
}

/**
 * What makes two trainings one regime: model, text and training, without routers and losses, and without what changes no model. Files of the
 * user's own are known by their domain's name.
 */
function regimeKey({ model, data, training }: Pick<Settings, "model" | "data" | "training">): string {
  const domains = data.domains.map((domain) => ({ ...domain, files: [] }));
  const plain = { ...training, evaluateEvery: null, evaluationTokens: null };
  return canonicalJson({ model, data: { ...data, domains }, training: plain });
}

/** The calibrated regimes among some results. */
export function calibratedRegimes(
  all: readonly Pick<ExperimentResults, "record" | "runs">[],
): CalibratedRegime[] {
  return all.flatMap((results) => {
    const { name, baseline, variants } = results.record.experiment;
    const own = variants.find((variant) => variant.name === baseline);
    if (!isCalibration(name) || own === undefined) return [];
    return [{ key: regimeKey(own.settings), score: () => calibrationAnswer(results).score }];
  });
}

/** `6 of 8 published contrasts agree, 1 disagrees, 1 is undecided`. */
export function scoreWords({ agreed, disagreed, undecided, gates }: CalibrationScore): string {
  const others = [
    ...(disagreed === 0 ? [] : [`${disagreed} ${disagreed === 1 ? "disagrees" : "disagree"}`]),
    ...(undecided === 0 ? [] : [`${undecided} undecided`]),
  ];
  return [`${agreed} of ${gates} published contrasts agree`, ...others].join(", ");
}

/** A table with the line among its notes, behind the first, which says how to read it. */
export function withLine<T extends Pick<Table, "notes">>(table: T, line: string): T {
  if (line === "") return table;
  const [first = "", ...others] = table.notes;
  return { ...table, notes: table.notes.length === 0 ? [line] : [first, line, ...others] };
}

/**
 * The line that says whether the regime of some results shows what is published: its score, or how to find out.
 * @param minutes what a calibration would take here; null where no speed is known.
 */
export function calibrationLine(
  summary: Summary,
  calibrated: readonly CalibratedRegime[],
  minutes: number | null = null,
): string {
  // Nothing is published of synthetic tasks.
  if (summary.settings.data.domains.some(({ corpus }) => taskSchema(corpus) !== undefined)) return "";
  const key = regimeKey(summary.settings);
  const found = calibrated
    .filter((regime) => regime.key === key)
    .map(({ score }) => score())
    .find(({ agreed, disagreed }) => agreed + disagreed > 0);
  if (found !== undefined) return `Calibration: ${scoreWords(found)} (\`moe-lab table ${CALIBRATION}\`).`;
  if (isCalibration(summary.experiment)) return "";
  const file = summary.file ?? `experiments/${summary.experiment}.json`;
  const tier = summary.tier === "" ? "" : ` --tier ${summary.tier}`;
  const price =
    minutes === null ? "" : ` takes about ${minutes < 1.5 ? "a minute" : `${Math.round(minutes)} minutes`}`;
  return `Not calibrated; \`moe-lab run experiments/${CALIBRATION}.json --base ${file}${tier}\`${price === "" ? " does it" : price}.`;
}

import type { ReportSummary } from "../../analysis/answers/report-summary.ts";
import type { SummaryRow } from "../../analysis/summary.ts";
import { dataColumn, type Column, type Value } from "../table.ts";
import { intervalCells, intervalColumns, intervalData, type AbilityPanel } from "./panel.ts";

/** How a number that an objective reports is shown; what is not here is in the data under its own name. */
interface Shown {
  /** Name in data behind `objective_`, with its unit. */
  readonly id: string;
  readonly scale: number;
  readonly header: string;
  readonly unit: string;
  readonly digits: number;
  /** Unit of the printed difference; not printed when not given. */
  readonly differenceUnit?: string;
}

const SHOWN: Readonly<Record<string, Shown>> = {
  reward_accuracy: {
    ...{ id: "reward_accuracy_percent", scale: 100, header: "right pairs", unit: "%", digits: 1 },
    differenceUnit: "points",
  },
  reward_margin: { id: "reward_margin", scale: 1, header: "margin", unit: "", digits: 3 },
  preference_loss: { id: "preference_loss", scale: 1, header: "loss", unit: "nats/pair", digits: 4 },
  td_square: { id: "td_square", scale: 1, header: "TD term", unit: "", digits: 3 },
};

/** What objectives report on validation stands beside what models could do. */
export const REPORTS: AbilityPanel = {
  ...{ panel: 5, name: "objective", title: "what the objective reports" },
  notes: (rows) => {
    const names = namesIn(rows);
    return [
      ...(names.includes("reward_accuracy")
        ? [
            "Right pairs: of validation, those whose chosen answer has gained more probability over the parent's than the rejected one has (DPO's reward accuracy); chance 50 %. Margin: how much more, times beta, nats; 0 for the parent itself, whose loss is ln 2 = 0.6931.",
          ]
        : []),
      ...(names.includes("td_square")
        ? ["TD term: on validation, mean over tokens of answers, without lambda."]
        : []),
    ];
  },
};

/** Columns of every number that some variant's objective reports, each with its difference from the baseline. */
export function reportColumns(rows: readonly SummaryRow[]): Column[] {
  const { panel } = REPORTS;
  return namesIn(rows).flatMap((name) => {
    const id = idOf(name);
    const difference = `${id}_difference`;
    const shown = SHOWN[name];
    if (shown === undefined) return [...intervalData(id), ...intervalData(difference), dataColumn(`${id}_p`)];
    const { header, unit, digits, differenceUnit } = shown;
    return [
      ...intervalColumns(id, header, "fixed", { unit, digits, panel }),
      // Empty where the baseline does not learn preferences.
      ...(differenceUnit === undefined || rows.every(({ reports }) => reports[name]?.difference == null)
        ? intervalData(difference)
        : intervalColumns(difference, "more", "signed", { unit: differenceUnit, digits, panel })),
      dataColumn(`${id}_p`),
    ];
  });
}

/** The cells of a variant. */
export function reportCells(reports: ReportSummary): Record<string, Value> {
  const cells = Object.entries(reports).map(([name, { mean, difference }]) => {
    const id = idOf(name);
    const scale = SHOWN[name]?.scale ?? 1;
    return {
      ...intervalCells(id, mean, scale),
      ...intervalCells(`${id}_difference`, difference, scale),
      [`${id}_p`]: difference?.p ?? null,
    };
  });
  return Object.assign({}, ...cells) as Record<string, Value>;
}

/** Names in the order of print; those that nobody knows how to show last, by the alphabet. */
function namesIn(rows: readonly SummaryRow[]): readonly string[] {
  const found = new Set(rows.flatMap(({ reports }) => Object.keys(reports)));
  const known = Object.keys(SHOWN).filter((name) => found.has(name));
  return [...known, ...[...found].filter((name) => SHOWN[name] === undefined).toSorted()];
}

function idOf(name: string): string {
  return `objective_${SHOWN[name]?.id ?? name}`;
}

import type { AnswerSummary } from "../../analysis/answers/answer-summary.ts";
import type { SummaryRow } from "../../analysis/summary.ts";
import { percent } from "../format.ts";
import { dataColumn, type Column, type Value } from "../table.ts";
import { intervalCells, intervalColumns, intervalData, type AbilityPanel } from "./panel.ts";
import { reportCells, reportColumns, REPORTS } from "./reports.ts";
import { sampleCells, sampleColumns, SAMPLES } from "./samples.ts";

const RIGHT: AbilityPanel = {
  ...{ panel: 3, name: "right", title: "right answers, and choices between answers" },
  notes: (rows) => {
    const [first] = rows.flatMap(({ answers }) => answers ?? []);
    if (first === undefined) return [];
    const chance = `chance ${percent(first.chance, 0)} %`;
    return [
      `Right: byte for byte, by the most probable bytes; choices: the right answer more probable than ${1 / first.chance - 1} wrong ones (${chance}), whole or by the byte. Higher is better; of one seed ± is of its questions.`,
    ];
  },
};

/** What models could do, in panels of their own, in the order of print. */
export const ABILITY_PANELS: readonly AbilityPanel[] = [RIGHT, REPORTS, SAMPLES];

/** Columns of what models could do; none where no variant was asked, and nothing was reported. */
export function abilityColumns(rows: readonly SummaryRow[]): Column[] {
  return [...rightColumns(rows), ...reportColumns(rows), ...sampleColumns(rows)];
}

/** The cells of a variant. */
export function abilityCells({ answers, reports }: SummaryRow): Record<string, Value> {
  return { ...rightCells(answers), ...reportCells(reports), ...sampleCells(answers?.samples ?? null) };
}

/** How to read the columns; nothing where there are none. */
export function abilityNotes(rows: readonly SummaryRow[]): string[] {
  return ABILITY_PANELS.flatMap(({ notes }) => notes(rows));
}

function rightColumns(rows: readonly SummaryRow[]): Column[] {
  if (rows.every(({ answers }) => answers === null)) return [];
  const shown = (id: string, header: string, unit: string, style: "fixed" | "signed" = "fixed"): Column[] =>
    intervalColumns(id, header, style, { unit, digits: 1, panel: RIGHT.panel });
  return [
    ...shown("test_right_percent", "right", "% of test"),
    ...shown("test_right_difference_points", "more right", "points", "signed"),
    dataColumn("test_right_p"),
    ...shown("choice_right_percent", "choices", "%"),
    ...shown("choice_per_byte_right_percent", "choices", "% by byte"),
    ...intervalData("validation_right_percent"),
    dataColumn("choice_chance_percent"),
  ];
}

function rightCells(answers: AnswerSummary | null): Record<string, Value> {
  if (answers === null) return {};
  const { test, testDifference, validation, choice, choicePerByte, chance } = answers;
  return {
    ...intervalCells("test_right_percent", test, 100),
    ...intervalCells("test_right_difference_points", testDifference, 100),
    test_right_p: testDifference?.p ?? null,
    ...intervalCells("choice_right_percent", choice, 100),
    ...intervalCells("choice_per_byte_right_percent", choicePerByte, 100),
    ...intervalCells("validation_right_percent", validation, 100),
    choice_chance_percent: 100 * chance,
  };
}

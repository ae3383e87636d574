import type { AnswerSummary } from "../../analysis/answers/answer-summary.ts";
import type { SummaryRow } from "../../analysis/summary.ts";
import { percent } from "../format.ts";
import { sampleCells, sampleColumns, sampleNote, SAMPLES } from "./samples.ts";
import { column, dataColumn, type Column, type Value } from "../table.ts";

/** What models could do stands in a panel of its own. */
const ABILITIES = 3;

/** Panels of what models could do. */
export const ABILITY_PANELS: readonly number[] = [ABILITIES, SAMPLES];

/** Columns of right answers; none where no variant was asked. */
export function abilityColumns(rows: readonly SummaryRow[]): Column[] {
  if (rows.every(({ answers }) => answers === null)) return [];
  const shown = (id: string, header: string, unit: string, style: "fixed" | "signed" = "fixed"): Column[] => [
    column(id, header, style, {
      unit,
      digits: 1,
      panel: ABILITIES,
      interval: { low: `${id}_low`, high: `${id}_high` },
    }),
    dataColumn(`${id}_low`),
    dataColumn(`${id}_high`),
  ];
  const data = (id: string): Column[] => [id, `${id}_low`, `${id}_high`].map(dataColumn);
  return [
    ...shown("test_right_percent", "right", "% of test"),
    ...shown("test_right_difference_points", "more right", "points", "signed"),
    dataColumn("test_right_p"),
    ...shown("choice_right_percent", "choices", "%"),
    ...shown("choice_per_byte_right_percent", "choices", "% by byte"),
    ...data("validation_right_percent"),
    dataColumn("choice_chance_percent"),
    ...sampleColumns(rows),
  ];
}

/** The cells of a variant. */
export function abilityCells(answers: AnswerSummary | null): Record<string, Value> {
  if (answers === null) return {};
  const { test, testDifference, validation, choice, choicePerByte, chance, samples } = answers;
  return {
    ...percentCells("test_right_percent", test),
    ...percentCells("test_right_difference_points", testDifference),
    test_right_p: testDifference?.p ?? null,
    ...percentCells("choice_right_percent", choice),
    ...percentCells("choice_per_byte_right_percent", choicePerByte),
    ...percentCells("validation_right_percent", validation),
    choice_chance_percent: 100 * chance,
    ...sampleCells(samples),
  };
}

/** How to read the columns; nothing where there are none. */
export function abilityNote(rows: readonly SummaryRow[]): string[] {
  const answers = rows.flatMap((row) => row.answers ?? []);
  const [first] = answers;
  if (first === undefined) return [];
  const chance = `chance ${percent(first.chance, 0)} %`;
  return [
    `Right: byte for byte, by the most probable bytes; choices: the right answer more probable than ${1 / first.chance - 1} wrong ones (${chance}), whole or by the byte. Higher is better; of one seed ± is of its questions.`,
    ...sampleNote(rows),
  ];
}

function percentCells(
  id: string,
  shares: { readonly mean: number; readonly low: number | null; readonly high: number | null } | null,
): Record<string, Value> {
  const points = (share: number | null | undefined): number | null => (share == null ? null : 100 * share);
  return {
    [id]: points(shares?.mean),
    [`${id}_low`]: points(shares?.low),
    [`${id}_high`]: points(shares?.high),
  };
}

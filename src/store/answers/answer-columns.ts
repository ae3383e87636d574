import type { AnswerResults, FinalResults, SplitAnswers } from "../../records/results.ts";
import type { CsvRow } from "../read-csv.ts";

/**
 * Columns of runs.csv that say what models could do, all of them counts: `validation_<domain>_asked`, `validation_<domain>_right`, the same of `test`, and choices between
 * answers. A file of runs without instructions lacks them.
 */

const SPLITS = ["validation", "test"] as const;
const COUNTS = ["asked", "right"] as const;

const CHOICE_COLUMNS = {
  choice_asked: "asked",
  choice_answers: "choices",
  choice_right: "right",
  choice_right_per_byte: "rightPerByte",
} as const;

/** A column with what stands in it. */
export interface AnswerColumn {
  readonly column: string;
  /** Null where a run was asked nothing. */
  readonly value: (results: FinalResults) => number | null;
}

/** The columns that some runs need; none where none was asked anything. */
export function answerColumns(results: readonly FinalResults[]): readonly AnswerColumn[] {
  const asked = results.flatMap(({ answers }) => answers ?? []);
  if (asked.length === 0) return [];
  const domains = [...new Set(asked.flatMap(({ validation }) => Object.keys(validation)))];
  const counts = SPLITS.flatMap((split) =>
    domains.flatMap((domain) =>
      COUNTS.map((count): AnswerColumn => ({
        column: columnOf(split, domain, count),
        value: ({ answers }) => answers?.[split][domain]?.[count] ?? null,
      })),
    ),
  );
  const choices = Object.entries(CHOICE_COLUMNS).map(([column, count]): AnswerColumn => ({
    column,
    value: ({ answers }) => answers?.choice[count] ?? null,
  }));
  return [...counts, ...choices];
}

/** What a row says of answers; nothing where it says nothing. @param columns of the file */
export function readAnswers(row: CsvRow, columns: readonly string[]): Pick<FinalResults, "answers"> {
  const number = (column: string): number | null =>
    columns.includes(column) ? row.optionalNumber(column) : null;
  if (number("choice_asked") === null) return {};
  const names = columns.flatMap((column) => /^validation_(.*)_asked$/s.exec(column)?.[1] ?? []);
  const splitOf = (split: (typeof SPLITS)[number]): SplitAnswers =>
    Object.fromEntries(
      names.flatMap((domain) => {
        const [asked, right] = COUNTS.map((count) => number(columnOf(split, domain, count)));
        return asked == null || right == null ? [] : [[domain, { asked, right }]];
      }),
    );
  const choice = Object.fromEntries(
    Object.entries(CHOICE_COLUMNS).map(([column, count]) => [count, row.number(column)]),
  ) as unknown as AnswerResults["choice"];
  return { answers: { validation: splitOf("validation"), test: splitOf("test"), choice } };
}

function columnOf(split: string, domain: string, count: string): string {
  return `${split}_${domain}_${count}`;
}

import type { AnswerResults, FinalResults, SampleResults, SplitAnswers } from "../../records/results.ts";
import type { CsvRow } from "../read-csv.ts";

/**
 * Columns of runs.csv that say what models could do: counts, `validation_<domain>_asked`, `validation_<domain>_right`, the same of `test`, choices between
 * answers, and what is said of samples (`samples_`: counts, shares, nats). A file of runs without instructions lacks them, one of before there were samples these.
 */

const SPLITS = ["validation", "test"] as const;
const COUNTS = ["asked", "right"] as const;

const CHOICE_COLUMNS = {
  choice_asked: "asked",
  choice_answers: "choices",
  choice_right: "right",
  choice_right_per_byte: "rightPerByte",
} as const;

const SAMPLE_COLUMNS = {
  samples_questions: "questions",
  samples_each: "each",
  samples_right: "right",
  samples_solved: "solved",
  samples_self_bleu: "selfBleu",
  samples_entropy_nats: "entropyNats",
  samples_tokens: "tokens",
} as const;

/** distinct-n, n from 1. */
const DISTINCT_COLUMNS = [1, 2, 3, 4].map((n) => `samples_distinct_${n}`);

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
  return [...counts, ...choices, ...(asked.some(({ samples }) => samples !== undefined) ? SAMPLES : [])];
}

const SAMPLES: readonly AnswerColumn[] = [
  ...Object.entries(SAMPLE_COLUMNS).map(([column, number]): AnswerColumn => ({
    column,
    value: ({ answers }) => answers?.samples?.[number] ?? null,
  })),
  ...DISTINCT_COLUMNS.map((column, index): AnswerColumn => ({
    column,
    value: ({ answers }) => answers?.samples?.distinct[index] ?? null,
  })),
];

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
  const samples = number("samples_each") === null ? {} : { samples: samplesIn(row) };
  return { answers: { validation: splitOf("validation"), test: splitOf("test"), choice, ...samples } };
}

function samplesIn(row: CsvRow): SampleResults {
  const numbers = Object.fromEntries(
    Object.entries(SAMPLE_COLUMNS).map(([column, name]) => [name, row.number(column)]),
  ) as unknown as Omit<SampleResults, "distinct">;
  return { ...numbers, distinct: DISTINCT_COLUMNS.map((column) => row.optionalNumber(column)) };
}

function columnOf(split: string, domain: string, count: string): string {
  return `${split}_${domain}_${count}`;
}

import { tokensTrained, type Mark } from "../analysis/marks.ts";
import { sensitivityOf } from "../analysis/sensitivity.ts";
import type { Summary, SummaryRow } from "../analysis/summary.ts";
import type { Answers } from "./answers.ts";
import type { StoredAnswer } from "./entry.ts";
import { compact, percent } from "./format.ts";
import { intervalWords, lookNotes, testWords } from "./look-words.ts";
import type { PaperSource, PaperTable } from "../papers/paper.ts";
import { notesOf, sensitivityLine } from "./words.ts";

/** Sentences above and below a paper's table. */

/** The sign of each source in headers. */
export const SOURCE_SIGNS: Readonly<Record<PaperSource, string>> = {
  read: "V",
  copied: "T",
  digitised: "D",
};

const SOURCES: Readonly<Record<PaperSource, string>> = {
  read: "V: read in the authors' PDF or repository",
  copied: "T: read in a full-text copy of the paper",
  digitised:
    "D: digitised by us from the authors' vector figures, good to about 0.002 of a loss (0.1 points of a relative difference) and 0.2 points of accuracy",
};

/** What to know before reading a number. */
export function paperLead({ whole }: Answers): string[] {
  return [
    "Theirs (paper) and ours. Losses of other text, tokenizer and size can't be compared; relative differences, side by side, can.",
    ...(whole === null ? [] : [sensitivityLine(sensitivityOf(whole))]),
  ];
}

/** Footnotes: the paper's set-up, ours, what was equal, what is missing and how to get it, and the signs. */
export function paperNotes(table: PaperTable, stored: StoredAnswer, answers: Answers): string[] {
  const groups = groupsOf(answers);
  return [
    ...claimNote(table),
    ...table.notes,
    ...sourceNote(table),
    ...rightNote(table),
    ...(answers.whole === null ? [] : [setUp(answers.whole, groups), ...lookNotes(answers.whole)]),
    ...equalNote(stored, answers),
    ...missingNotes(table, stored, answers),
    ...otherTiers(stored),
    ...[...new Set(groups.flatMap((group) => notesOf(group)))],
  ];
}

/** The summaries used, one for each reference, with the table's rows alone. */
function groupsOf({ whole, byLabel }: Answers): Summary[] {
  const groups = new Map<Summary, SummaryRow[]>();
  for (const { summary, row } of byLabel.values()) {
    const rows = groups.get(summary) ?? [];
    groups.set(summary, rows.includes(row) ? rows : [...rows, row]);
  }
  return [...groups].map(([summary, rows]) => {
    // A share of the distance to the floor means something only against the experiment's own baseline.
    const plain = rows.map((row) => ({ ...row, shareOfFloorDistance: null }));
    return { ...summary, rows: summary.baseline === whole?.baseline ? rows : plain };
  });
}

function claimNote({ claim }: PaperTable): string[] {
  return claim === null ? [] : [`The paper's finding (${SOURCE_SIGNS[claim.source]}): ${claim.says}`];
}

function sourceNote({ columns, claim }: PaperTable): string[] {
  if (columns.length === 0) return [];
  const used = [
    ...new Set([...columns.map((column) => column.source), ...(claim === null ? [] : [claim.source])]),
  ];
  const texts = used.map((source) => SOURCES[source]);
  return [
    `Paper's numbers: ${texts.join("; ")}. They are single runs, without intervals; their differences are our arithmetic.`,
  ];
}

/** What stands beside a paper's score. */
function rightNote({ columns }: PaperTable): string[] {
  if (columns.every(({ answer }) => answer !== "test_right_percent")) return [];
  return [
    "Right answers (ours): of held-out questions of made-up tasks, byte for byte; mean over seeds, differences in points, paired by seed. The paper's scores are of other questions: the sign of a difference can be compared, its size can't.",
  ];
}

function setUp(summary: Summary, groups: readonly Summary[]): string {
  const { model, data, training } = summary.settings;
  const same = groups.length > 1 ? " with the same reference" : "";
  const tier = summary.tier === "" ? "" : `, tier ${summary.tier}`;
  const domains = data.domains.map((domain) => domain.name).join(", ");
  return `Ours: experiment ${summary.experiment}${tier}: width ${model.width}, ${model.layers} layers, ${model.experts} experts, top-${model.topK} where not said otherwise, ${compact(tokensTrained(summary.settings))} training tokens (${training.steps} steps of ${data.batchSequences} x ${data.sequenceLength}), bytes of ${domains}; validation loss, mean over seeds; ± is ${intervalWords(summary)}. Differences paired by seed; p: ${testWords(summary)}${same}; margin ${percent(summary.margin)} %.`;
}

/** What our rows share with their reference, and in which settings they vary. */
function equalNote({ results }: StoredAnswer, { byLabel }: Answers): string[] {
  const compared = [...byLabel.values()].filter(({ row }) => row.comparedWith !== null);
  if (results === null || compared.length === 0) return [];
  const without = (kind: Mark["kind"]): boolean =>
    compared.some(({ row }) => row.marks.some((mark) => mark.kind === kind));
  const parts = [
    `text${without("unequal-data") ? " (but where §)" : ""}`,
    `training tokens${without("unequal-training") ? " (but where §)" : ""}`,
    `total and active parameters and forward FLOPs within 1 %${without("unequal-compute") ? " (but where ‡)" : ""}`,
  ];
  const varied = compared.map(({ row }) => {
    const variant = results.record.experiment.variants.find((candidate) => candidate.name === row.variant);
    return `${row.label}: ${variant?.varies.join(", ") || "nothing"}`;
  });
  return [
    `Equal in ours: ${parts.join(", ")}. Settings that differ from the experiment's base: ${[...new Set(varied)].join("; ")}.`,
  ];
}

/** Which cells are empty, and the command that fills them; finished runs are not trained again. */
function missingNotes(table: PaperTable, stored: StoredAnswer, { byLabel }: Answers): string[] {
  // The shortest tier with every row: the one that runs by default may have fewer.
  const tier = stored.asked ?? stored.results?.record.experiment.tier ?? "quick";
  const command = `moe-lab run experiments/${table.experiment}.json${tier === "" ? "" : ` --tier ${tier}`}`;
  const answered = table.rows.filter((row) => row.variant !== null);
  const missing = answered.filter((row) => (byLabel.get(row.label)?.row.seedsFinished ?? 0) === 0);
  const unknown = table.rows.filter((row) => row.variant === null);
  const which =
    missing.length === answered.length
      ? "any row"
      : [...new Set(missing.map((row) => row.variant))].join(", ");
  return [
    ...(missing.length === 0
      ? []
      : [`No finished run of ${which}: \`${command}\` fills the empty cells (with --dry-run: its price).`]),
    ...(unknown.length === 0
      ? []
      : [
          `moe-lab has no variant for ${unknown.map((row) => row.label).join("; ")}: those cells of ours stay empty.`,
        ]),
  ];
}

function otherTiers({ others }: StoredAnswer): string[] {
  if (others.length === 0) return [];
  const texts = others.map(
    ({ tier, finished, runs }) =>
      `${tier} (${finished === runs ? "finished" : `${finished} of ${runs} runs finished`})`,
  );
  return [`Stored too: ${texts.join(", ")}; \`--tier NAME\` shows it.`];
}

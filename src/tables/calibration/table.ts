import { NO_EFFECT_SHARE } from "../../analysis/calibration.ts";
import type { Contrast } from "../../papers/contrast.ts";
import type { StoredAnswer, TableEntry } from "../entry.ts";
import { fixed, percent } from "../format.ts";
import { percents } from "../loss.ts";
import { column, dataColumn, type Column, type Row, type Table } from "../table.ts";
import { divergedWords, marksOf, trainingLine } from "../words.ts";
import { CALIBRATION, calibrationAnswer, isCalibration, type ContrastAnswer } from "./answer.ts";
import { scoreWords } from "./score-line.ts";

const TITLE = "Calibration: published contrasts beside ours";

/** `table calibration`: what is published of routers and experts, and whether a regime shows it (docs/validity.md). */
export const calibrationTable: TableEntry = {
  name: CALIBRATION,
  title: TITLE,
  paper: "",
  experiment: CALIBRATION,
  isMadeFrom: isCalibration,
  variants: [],
  build: calibrationTableOf,
};

function calibrationTableOf({ results }: StoredAnswer): Table {
  const { contrasts, score, summary } = calibrationAnswer(results);
  const name = results?.record.experiment.name ?? CALIBRATION;
  const shown = results === null ? contrasts : contrasts.filter(({ row }) => row !== undefined);
  const left = contrasts.filter((answer) => !shown.includes(answer));
  const lead =
    summary === null
      ? [`No results yet: \`npx moe-lab run experiments/${CALIBRATION}.json\` makes them.`]
      : [`${scoreWords(score)}.`, trainingLine(summary)];
  return {
    name,
    title: name === CALIBRATION ? TITLE : `${TITLE} (${name})`,
    lead,
    columns: COLUMNS,
    rows: shown.map((answer) => rowOf(answer, name)),
    notes: [
      ...(summary === null ? [] : [rulesWords(summary.alpha, summary.margin)]),
      ...shown.map(({ contrast }) => sourceNote(contrast)),
      ...(left.length === 0
        ? []
        : [
            `Not asked of this regime, which can't have it: ${left.map(({ contrast }) => contrast.label).join("; ")}.`,
          ]),
    ],
  };
}

function rulesWords(alpha: number, margin: number): string {
  const zero = percent(NO_EFFECT_SHARE, 0);
  return (
    `Percent of the loss, + is worse; ± is half a ${percent(1 - alpha, 0)} % interval over seeds, of each contrast by itself. Agreed: the interval lies on the ` +
    `published side of zero. Disagreed: it lies short of ${percent(margin)} % on that side. Of "no effect": within ±${zero} %, or beyond. Size: ours beside the published range. ‡: compute differs from the reference's by over 1 %.`
  );
}

const ends = (id: string): Column["interval"] => ({ low: `${id}_low`, high: `${id}_high` });

const COLUMNS: readonly Column[] = [
  column("label", "contrast", "text"),
  ...["experiment", "contrast", "claim", "variant", "against", "gate"].map(dataColumn),
  column("published_words", "published", "text", {
    unit: "%",
    align: "right",
    place: "print",
    source: "paper",
  }),
  ...["published_least_percent", "published_most_percent", "seeds_finished", "seeds_asked", "pairs"].map(
    dataColumn,
  ),
  column("difference_percent", "ours", "signed", {
    unit: "%",
    digits: 2,
    interval: ends("difference_percent"),
  }),
  ...["difference_percent_low", "difference_percent_high"].map(dataColumn),
  column("size", "size", "text"),
  column("answer", "answer", "verdict"),
];

function rowOf({ contrast, published, row, agreement, size }: ContrastAnswer, experiment: string): Row {
  const { least, most } = published;
  const range = least === most ? [least] : [least, most];
  return {
    marks: row === undefined ? "" : marksOf(row),
    cells: {
      label: contrast.label,
      experiment,
      contrast: contrast.name,
      claim: contrast.claim,
      variant: contrast.variant,
      against: contrast.against,
      gate: contrast.gate,
      published_words: range.map((share) => fixed(100 * share, 1, true)).join(" to "),
      published_least_percent: 100 * least,
      published_most_percent: 100 * most,
      seeds_finished: row?.seedsFinished ?? null,
      seeds_asked: row?.seedsAsked ?? null,
      pairs: row?.comparison?.pairs.length ?? null,
      ...percents("difference_percent", row?.comparison?.relative),
      size,
      answer: (row && divergedWords(row)) ?? agreement ?? (row === undefined ? null : "not scored"),
    },
  };
}

/** `Dense of equal active compute (effect): a dense .. is worse. StableMoE, .. (124 M ..) +4.8 %; .. Found otherwise: ..` */
function sourceNote({ label, gate, claim, published, notes }: Contrast): string {
  const sources = published.map(
    ({ source, scale, percent: size, how }) =>
      `${source} (${scale}; ${how}) ${fixed(size, Number.isInteger(size * 10) ? 1 : 2, true)} %`,
  );
  return [`${label} (${gate}): ${claim}. ${sources.join("; ")}.`, ...notes].join(" ");
}

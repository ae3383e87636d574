import type { TemperatureSummary } from "../../analysis/answers/equal-entropy.ts";
import { intervalCells, intervalColumns } from "../../tables/abilities/panel.ts";
import { column, type Table } from "../../tables/table.ts";

const NOTES = [
  "Right: samples that are the answer, byte for byte. More diverse: a lower self-BLEU (100 % where all are alike), a higher entropy of an answer. At equal entropy: the baseline at the temperature where its answers have this row's entropy, by seed, linear between its neighbouring temperatures; more right, or more alike, than that. " +
    "Means over seeds, 95 %; not corrected for how many rows there are.",
] as const;
const OUTSIDE =
  "‡ Of some seeds, or of all, the entropy lies outside what the baseline has at these temperatures: they are left out at equal entropy. Other --temperatures would have them.";

/** The table of samples by temperature, a row a variant and temperature; none where none were drawn. */
export function temperatureTables(
  summary: readonly TemperatureSummary[],
  labelOf: (variant: string) => string,
): readonly Table[] {
  if (summary.length === 0) return [];
  const percent = { unit: "%", digits: 1 };
  const points = { unit: "points", digits: 1, panel: 2 };
  const isOutside = ({ paired, inRange }: TemperatureSummary): boolean => inRange < paired;
  const isCompared = summary.some(({ paired }) => paired > 0);
  return [
    {
      ...{ name: "temperatures", title: "Samples by temperature, and at equal entropy", lead: [] },
      columns: [
        column("variant", "variant, temperature", "text"),
        ...intervalColumns("right", "right samples", "fixed", { ...percent, panel: 1 }),
        ...intervalColumns("self_bleu", "self-BLEU", "fixed", { ...percent, panel: 1 }),
        ...intervalColumns("distinct_2", "distinct-2", "fixed", { ...percent, panel: 1 }),
        ...intervalColumns("entropy", "entropy", "fixed", { unit: "nats", digits: 2, panel: 1 }),
        ...(isCompared
          ? [
              ...intervalColumns("baseline_right", "baseline right, equal entropy", "fixed", {
                ...percent,
                panel: 2,
              }),
              ...intervalColumns("more_right", "more right", "signed", points),
              ...intervalColumns("more_alike", "more self-BLEU", "signed", points),
            ]
          : []),
      ],
      rows: summary.map((row) => ({
        marks: isOutside(row) ? "‡" : "",
        cells: {
          variant: `${labelOf(row.variant)}, ${row.temperature}`,
          ...intervalCells("right", row.means.right, 100),
          ...intervalCells("self_bleu", row.means.selfBleu, 100),
          ...intervalCells("distinct_2", row.means.distinct2, 100),
          ...intervalCells("entropy", row.means.entropyNats),
          ...intervalCells("baseline_right", row.matched.right.baseline, 100),
          ...intervalCells("more_right", row.matched.right.difference, 100),
          ...intervalCells("more_alike", row.matched.selfBleu.difference, 100),
        },
      })),
      notes: [...NOTES, ...(summary.some(isOutside) ? [OUTSIDE] : []), ...unpaired(summary, labelOf)],
    },
  ];
}

/** Says of which variants nothing can be compared. */
function unpaired(
  summary: readonly TemperatureSummary[],
  labelOf: (variant: string) => string,
): readonly string[] {
  const alone = summary.filter(({ variant, baseline, paired }) => variant !== baseline && paired === 0);
  return [...new Map(alone.map((row) => [row.variant, row.baseline]))].map(
    ([variant, baseline]) =>
      `${labelOf(variant)}: not compared: of its baseline, ${labelOf(baseline)}, there are no samples of its seeds and questions.`,
  );
}

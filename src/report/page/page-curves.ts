import type { Summary } from "../../analysis/summary.ts";
import { lossUnits } from "../../config/stages/loss-units.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { differenceCurves, lossCurves, type Curve } from "../charts/curves.ts";
import { baselineLabel, coverageWords, hasIntervals } from "../charts/labels.ts";
import { variantStyles } from "../draw/palette.ts";
import type { Measure, PageCurves } from "./curve-data.ts";

/** Digits that a picture of a thousand pixels can show, and a reader of values wants. */
const SIGNIFICANT = 6;

/** Curves of a page; null where no run has a point. */
export function pageCurves(results: ExperimentResults, summary: Summary): PageCurves | null {
  const { variants } = results.record.experiment;
  const styles = variantStyles(variants);
  const unit = lossUnits(summary.settings).nats;
  const lossBand = "band: from the lowest seed to the highest";
  const measures: readonly Measure[] = [
    {
      ...{ id: "validation", label: "validation loss", unit, digits: 4, isSigned: false },
      band: lossBand,
      curves: pointsOf(lossCurves(results, "validation")),
    },
    {
      ...{ id: "training", label: "training loss", unit, digits: 4, isSigned: false },
      band: lossBand,
      curves: pointsOf(lossCurves(results, "training")),
    },
    {
      ...{ id: "difference", unit: "%", digits: 2, isSigned: true },
      label: `difference from ${baselineLabel(results, summary)}`,
      band: hasIntervals(summary)
        ? `band: ${coverageWords(summary)} t-interval, paired by seed`
        : "one seed, no band",
      curves: pointsOf(differenceCurves(results, summary)),
    },
  ].filter(({ curves }) => Object.keys(curves).length > 0);
  if (measures.length === 0) return null;
  return {
    series: variants.map(({ name, label }) => {
      const { color = "#000000", dash = [] } = styles.get(name) ?? {};
      return { name, label, color, dash };
    }),
    measures,
  };
}

function pointsOf(curves: readonly Curve[]): Measure["curves"] {
  const round = (value: number): number => Number(value.toPrecision(SIGNIFICANT));
  return Object.fromEntries(
    curves.map(({ variant, points }) => [
      variant,
      points.map(({ tokens, mean, low, high }) => [tokens, round(mean), round(low), round(high)] as const),
    ]),
  );
}

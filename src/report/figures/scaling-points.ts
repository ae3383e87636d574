import { tokensTrained } from "../../analysis/marks.ts";
import { routerWords } from "../../config/by-layer/spans.ts";
import type { Settings } from "../../config/settings.ts";
import { canonicalJson } from "../../core/json.ts";
import type { Answered } from "./figure-entry.ts";
import { routerColor, variantStyles } from "../draw/palette.ts";

/** The final loss of one variant in one training. */
export interface ScalingPoint {
  /** The variant's label without a grid's values. */
  readonly label: string;
  /** Of the variant in its own experiment's pictures. */
  readonly color: string;
  readonly settings: Settings;
  readonly causal: boolean;
  readonly tokens: number;
  /** Forward FLOPs a token times training tokens; training takes about three times as many. */
  readonly forwardFlops: number;
  /** Validation loss, nats a token: mean over seeds, with the ends of its interval (null with one seed). */
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** Every variant with a finished run; runs that experiments share count once. */
export function scalingPoints(answered: readonly Answered[]): readonly ScalingPoint[] {
  const seen = new Set<string>();
  return answered.flatMap(({ results, summary }) => {
    const styles = variantStyles(results.record.experiment.variants);
    return summary.rows.flatMap((row): ScalingPoint[] => {
      const variant = results.record.experiment.variants.find(({ name }) => name === row.variant);
      const loss = row.validationLossNats;
      if (variant === undefined || loss === null) return [];
      const ids = results.runs.filter((run) => run.variant === row.variant && run.results !== null);
      const key = ids
        .map(({ runId }) => runId)
        .sort()
        .join(" ");
      if (seen.has(key)) return [];
      seen.add(key);
      const tokens = tokensTrained(variant.settings);
      return [
        {
          label: armLabel(row.label, row.variant),
          color: styles.get(row.variant)?.color ?? routerColor(routerWords(variant.settings.router)),
          settings: variant.settings,
          causal: row.causal,
          tokens,
          forwardFlops: row.cost.forwardFlopsPerToken * tokens,
          mean: loss.mean,
          low: loss.low,
          high: loss.high,
        },
      ];
    });
  });
}

/** What losses are measured on, as text: losses of different text can't stand on one axis. */
export function textOf({ settings: { data } }: ScalingPoint): string {
  const { domains, validationShare, testShare } = data;
  return canonicalJson({ domains, validationShare, testShare });
}

/** A grid's values stand at the end of names and labels, behind the first comma of the name. */
function armLabel(label: string, name: string): string {
  const cell = name.indexOf(", ");
  const values = cell === -1 ? "" : name.slice(cell);
  return values !== "" && label.endsWith(values) ? label.slice(0, -values.length) : label;
}

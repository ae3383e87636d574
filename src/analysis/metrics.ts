import type { Settings } from "../config/settings.ts";
import { lossUnits } from "../config/stages/loss-units.ts";
import { didYouMean, quoted } from "../config/suggest.ts";
import { InputError } from "../core/errors.ts";
import { accuracyOf } from "../records/answer-counts.ts";
import type { FinalResults } from "../records/results.ts";
import { SAMPLE_MEASURES } from "./answers/sample-summary.ts";

/** How differences are written; both are kept as shares. */
export type DifferenceUnit = "%" | "points";

/** A final number of a run that variants can be compared by. Lower is better for all of them. */
export interface Metric {
  /** As in runs.csv, with its unit. */
  readonly name: string;
  /** For headers, without the unit. */
  readonly label: string;
  readonly unit: string;
  /** For column names, e.g. `difference_nats`. */
  readonly unitId: string;
  /**
   * What differences and margins are in: percent of the baseline's mean, or points where the metric is a share itself. A share of a share says little, and
   * nothing where the baseline has no wrong answer.
   */
  readonly differences: DifferenceUnit;
  /** Null where a run has no such number. */
  readonly value: (results: FinalResults) => number | null;
}

/** A metric whose unit may hang on what the runs learn. */
type DeclaredMetric = Omit<Metric, "unit"> & { readonly unit: "nats" | "bits" | "share" };

const NATS = { unit: "nats", unitId: "nats", differences: "%" } as const;

const SHARE = { unit: "share", unitId: "share", differences: "points" } as const;

const METRICS: readonly DeclaredMetric[] = [
  { name: "validation_loss_nats", label: "validation loss", ...NATS, value: (r) => r.validationLossNats },
  {
    name: "causal_validation_loss_nats",
    label: "causal validation loss",
    ...NATS,
    // For a causal router the two are the same number, stored once.
    value: (r) => r.causalValidationLossNats ?? r.validationLossNats,
  },
  {
    name: "validation_bits_per_byte",
    label: "validation loss",
    unit: "bits",
    unitId: "bits_per_byte",
    differences: "%",
    value: (r) => r.validationBitsPerByte,
  },
  { name: "test_loss_nats", label: "test loss", ...NATS, value: (r) => r.testLossNats ?? null },
  {
    name: "validation_wrong_share",
    label: "wrong answers",
    ...SHARE,
    value: (r) => (r.answers ? 1 - accuracyOf(r.answers.validation) : null),
  },
  {
    name: "test_wrong_share",
    label: "wrong answers on test",
    ...SHARE,
    value: (r) => (r.answers ? 1 - accuracyOf(r.answers.test) : null),
  },
  {
    name: "samples_wrong_share",
    label: "wrong samples on test",
    ...SHARE,
    value: (r) => (r.answers?.samples ? 1 - SAMPLE_MEASURES.right(r.answers.samples) : null),
  },
  { name: "train_loss_nats", label: "training loss", ...NATS, value: (r) => r.trainLossNats },
];

/**
 * The metric of a name: one of runs.csv's losses, or `domain_<name>_loss_nats` for one domain's validation loss.
 * @param settings of the baseline: domains, and what is learned.
 * @throws InputError when there is none.
 */
export function metricNamed(name: string, settings: Pick<Settings, "data" | "objective">): Metric {
  const domains = settings.data.domains.map((domain) => domain.name);
  const all = [
    ...METRICS,
    ...domains.map((domain): DeclaredMetric => {
      return {
        name: `domain_${domain}_loss_nats`,
        label: `validation loss on ${domain}`,
        ...NATS,
        value: (r) => r.domainLossNats[domain] ?? null,
      };
    }),
  ];
  const found = all.find((metric) => metric.name === name);
  if (found !== undefined) {
    const { unit } = found;
    return { ...found, unit: unit === "share" ? unit : lossUnits(settings)[unit] };
  }
  const names = all.map((metric) => metric.name);
  throw new InputError(
    `there is no metric "${name}"${didYouMean(name, names) || "."} Metrics are ${quoted(names)}.`,
  );
}

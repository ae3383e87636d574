import { lossUnits } from "../../config/stages/loss-units.ts";
import { accuracyOf } from "../../records/answer-counts.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import type { FinalResults } from "../../records/results.ts";

/** One number of a run. */
export interface HistoryRow {
  /** Training steps done. */
  readonly step: number;
  /** Training tokens seen. */
  readonly tokens: number;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
}

/** A finished run with its numbers through training, for programs of other people. */
export interface RunHistory {
  readonly experiment: string;
  readonly tier: string;
  readonly variant: string;
  readonly label: string;
  readonly router: string;
  readonly seed: number;
  readonly runId: string;
  /** In the order of training; those of the end last, under names that begin with `final_`. */
  readonly rows: readonly HistoryRow[];
}

/** Units of losses hang on what a run learns: these words stand for them. */
const [NATS, BITS] = ["nats", "bits"] as const;
const ASKED = "share of questions";
/** Numbers of a finished run: the losses among them are over all validation tokens, not over those of the evaluations during training. */
const FINAL: readonly (readonly [
  name: string,
  unit: string,
  of: (results: FinalResults) => number | null | undefined,
])[] = [
  ["final_train_loss", NATS, (results) => results.trainLossNats],
  ["final_validation_loss", NATS, (results) => results.validationLossNats],
  ["final_validation_bits_per_byte", BITS, (results) => results.validationBitsPerByte],
  ["final_causal_validation_loss", NATS, (results) => results.causalValidationLossNats],
  ["final_test_loss", NATS, (results) => results.testLossNats],
  ["final_balance_loss", "1 at perfect balance", (results) => results.balanceLoss],
  ["final_z_loss", "", (results) => results.zLoss],
  ["final_max_load_share", "share of assignments", (results) => results.maxLoadShare],
  ["final_dead_experts", "experts", (results) => results.deadExperts],
  ["final_unrouted_share", "share of tokens", (results) => results.unroutedShare],
  ["final_validation_right_share", ASKED, ({ answers }) => answers && accuracyOf(answers.validation)],
  ["final_test_right_share", ASKED, ({ answers }) => answers && accuracyOf(answers.test)],
  [
    "final_choice_right_share",
    ASKED,
    ({ answers }) => answers && answers.choice.right / answers.choice.asked,
  ],
];

/** The finished runs of a result folder, each with the curve that the folder keeps (about a hundred points). Missing numbers are no rows. */
export function runHistories({ record, runs, curves }: ExperimentResults): readonly RunHistory[] {
  const { experiment } = record;
  const variants = new Map(experiment.variants.map((variant) => [variant.name, variant]));
  return runs.flatMap((run) => {
    const variant = variants.get(run.variant);
    if (run.results === null || variant === undefined) return [];
    const units = lossUnits(variant.settings);
    const points = curves.filter((row) => row.variant === run.variant && row.seed === run.seed);
    const during = points.flatMap(({ step, tokens, trainLossNats, validationLossNats }) => [
      ...rowOf({ step, tokens }, "train_loss", units.nats, trainLossNats),
      ...rowOf({ step, tokens }, "validation_loss", units.nats, validationLossNats),
    ]);
    const { steps } = variant.settings.training;
    return [
      {
        ...{ experiment: experiment.name, tier: experiment.tier, variant: run.variant, label: variant.label },
        ...{ router: variant.settings.router.name, seed: run.seed, runId: run.runId },
        rows: [...during, ...finalRows(run.results, steps, units)],
      },
    ];
  });
}

function finalRows(results: FinalResults, step: number, units: ReturnType<typeof lossUnits>): HistoryRow[] {
  const at = { step, tokens: results.tokensTrained };
  return [
    ...FINAL.flatMap(([metric, unit, of]) =>
      rowOf(at, metric, unit === NATS || unit === BITS ? units[unit] : unit, of(results)),
    ),
    ...Object.entries(results.objective ?? {}).flatMap(([name, value]) =>
      rowOf(at, `final_objective_${name}`, "", value),
    ),
    ...Object.entries(results.domainLossNats).flatMap(([domain, loss]) =>
      rowOf(at, `final_validation_loss_${domain}`, units.nats, loss),
    ),
  ];
}

function rowOf(
  at: Pick<HistoryRow, "step" | "tokens">,
  metric: string,
  unit: string,
  value: number | null | undefined,
): HistoryRow[] {
  return value == null ? [] : [{ ...at, metric, value, unit }];
}

import type { Summary } from "../../analysis/summary.ts";
import { lossUnits } from "../../config/stages/loss-units.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { column, dataColumn, type Table } from "../../tables/table.ts";
import { labelOf } from "../charts/labels.ts";

/** Every run by variant and seed: how it stands, its loss, and why it failed. */
export function runTable(results: ExperimentResults, summary: Summary): Table {
  const isFailing = results.runs.some(({ failure }) => failure != null);
  const baseline = new Map(
    summary.rows.flatMap(({ variant, comparison }) =>
      (comparison?.pairs ?? [])
        .filter(({ baseline: loss }) => loss !== 0)
        .map((pair): [string, number] => [
          `${variant} ${pair.seed}`,
          100 * (pair.variant / pair.baseline - 1),
        ]),
    ),
  );
  return {
    name: "runs",
    title: "every run",
    lead: [],
    notes: [],
    columns: [
      column("label", "variant", "text"),
      dataColumn("variant"),
      column("seed", "seed", "text", { align: "right" }),
      column("run_id", "run id", "text"),
      column("status", "status", "text"),
      column("validation_loss_nats", "validation loss", "fixed", {
        unit: lossUnits(summary.settings).nats,
        digits: 4,
      }),
      column("difference_percent", "against the baseline at its seed", "signed", { unit: "%", digits: 2 }),
      ...(isFailing ? [column("failure", "why", "text")] : []),
    ],
    rows: results.runs.map((run) => ({
      marks: "",
      cells: {
        label: labelOf(results, run.variant),
        variant: run.variant,
        seed: run.seed,
        run_id: run.runId,
        status: run.status,
        validation_loss_nats: run.results?.validationLossNats ?? null,
        difference_percent: baseline.get(`${run.variant} ${run.seed}`) ?? null,
        failure: run.failure ?? null,
      },
    })),
  };
}

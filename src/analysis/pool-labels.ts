import type { Variant } from "../config/settings.ts";
import type { SummaryInput } from "./summary.ts";

/**
 * Labels such as "Without" say little beside another experiment's: a variant that only one has is labelled with its name, and
 * one that the experiments label differently goes by its own.
 */
export function withOrigins(inputs: readonly SummaryInput[]): readonly SummaryInput[] {
  const labels = new Map<string, Set<string>>();
  const owners = new Map<string, Set<number>>();
  for (const [index, { record, runs }] of inputs.entries()) {
    const { variants } = record.experiment;
    for (const { variant, runId } of runs) {
      const label = variants.find((candidate) => candidate.name === variant)?.label ?? variant;
      labels.set(runId, (labels.get(runId) ?? new Set()).add(label));
      owners.set(runId, (owners.get(runId) ?? new Set()).add(index));
    }
  }
  return inputs.map((input) => {
    const { experiment } = input.record;
    const variants = experiment.variants.map((variant): Variant => {
      const ids = input.runs.filter((run) => run.variant === variant.name).map((run) => run.runId);
      const isShared = ids.some((id) => (owners.get(id)?.size ?? 0) > 1);
      const isAgreed = ids.every((id) => labels.get(id)?.size === 1);
      const label = isShared ? variant.name : `${variant.label} (${experiment.name})`;
      return isShared && isAgreed ? variant : { ...variant, label };
    });
    return { ...input, record: { ...input.record, experiment: { ...experiment, variants } } };
  });
}

import type { DomainSettings } from "../config/settings.ts";

/** Shares of training and of validation. */
interface Weights {
  readonly weight: number;
  readonly validationWeight: number;
}

/** The weights of each domain, normalised to sum to 1; where no validation weight is given it is the weight. */
export function normalisedWeights(
  domains: readonly Pick<DomainSettings, "weight" | "validationWeight">[],
): readonly Weights[] {
  const own = ({ weight, validationWeight }: (typeof domains)[number]): number => validationWeight ?? weight;
  const total = domains.reduce((sum, { weight }) => sum + weight, 0);
  const validationTotal = domains.reduce((sum, domain) => sum + own(domain), 0);
  return domains.map((domain) => ({
    weight: domain.weight / total,
    validationWeight: own(domain) / validationTotal,
  }));
}

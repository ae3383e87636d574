import type { ExperimentResults } from "../../src/records/experiment.ts";
import { madeUpResults, type FixtureVariant } from "./fixture.ts";

/** One training of a made-up sweep over sizes. */
export interface MadeUpSize {
  readonly name: string;
  readonly steps: number;
  readonly experts?: number;
  readonly width?: number;
  /** How much worse than the baseline the floor is, as a share. */
  readonly floor: number;
  /** Final losses are this many times those of the usual fixture. */
  readonly lossFactor?: number;
}

const TOKENS_A_STEP = 1024;

/** Made-up results of another size and length: linear, hash and the frozen floor, four seeds. */
export function sizedResults(size: MadeUpSize): ExperimentResults {
  const { experts = 8, width = 64, steps, lossFactor = 1 } = size;
  const variants: readonly FixtureVariant[] = [
    { name: "linear", label: "Linear", router: "linear", loss: 1 },
    { name: "hash", label: "Hash", router: "hash", loss: 0.99 },
    { name: "frozen", label: "Linear, frozen", router: "linear", loss: 1 + size.floor },
  ];
  const results = madeUpResults(variants, [1, 2, 3, 4], { evaluateEvery: 200, layers: 2, experts });
  const { record } = results;
  return {
    ...results,
    record: {
      ...record,
      experiment: {
        ...record.experiment,
        name: size.name,
        variants: record.experiment.variants.map((variant) => ({
          ...variant,
          settings: {
            ...variant.settings,
            model: { ...variant.settings.model, experts, width },
            router: { name: variant.settings.router.name, options: { frozen: variant.name === "frozen" } },
            training: { ...variant.settings.training, steps },
          },
        })),
      },
      variants: Object.fromEntries(
        Object.entries(record.variants).map(([name, facts]) => [
          name,
          { ...facts, cost: { ...facts.cost, forwardFlopsPerToken: 330_000 * (width / 64) ** 2 } },
        ]),
      ),
    },
    runs: results.runs.map((run) => ({
      ...run,
      runId: `${size.name}-${run.runId}-${run.variant}`,
      results: run.results && {
        ...run.results,
        tokensTrained: steps * TOKENS_A_STEP,
        validationLossNats: run.results.validationLossNats * lossFactor,
      },
    })),
  };
}

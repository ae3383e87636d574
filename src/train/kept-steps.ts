/**
 * Shares of training after which the weights are kept for the analyses of what routers learn: those of OLMoE's figure of router
 * saturation (arXiv 2409.02060, section 5.1). The end of training is `final.safetensors`.
 */
const KEPT_SHARES = [0.01, 0.1, 0.2, 0.4] as const;

/** The steps after which weights are kept, ascending; none at the end of training, and each once. */
export function keptSteps(steps: number): readonly number[] {
  const asked = KEPT_SHARES.map((share) => Math.max(1, Math.round(share * steps)));
  return [...new Set(asked)].filter((step) => step < steps);
}

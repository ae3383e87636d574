// The regimes that scripts/regimes/search.mjs calibrates, as bases of experiments/calibration.json.
const ALL_DOMAINS = [
  ...["fiction", "speeches", "dictionary", "code", "arithmetic"],
  ...["countries", "rights", "scripts", "messages", "declarations", "compiler"],
].map((name) => ({ name }));

/** What each regime changes in the shipped one, which experiments/calibration.json itself asks. */
export const REGIMES = {
  "vocabulary-1k": { data: { vocabulary: 1024 } },
  "vocabulary-4k": { data: { vocabulary: 4096 } },
  "all-domains": { data: { domains: ALL_DOMAINS } },
  "vocabulary-1k-all-domains": { data: { vocabulary: 1024, domains: ALL_DOMAINS } },
  "experts-32": { model: { experts: 32 } },
  "first-layer-dense": { model: { denseLayers: 1 } },
};

/**
 * A regime with that many steps of 1024 tokens, as an experiment of one variant.
 * @param {keyof typeof REGIMES} name
 * @param {number} steps
 */
export function baseOf(name, steps) {
  const shipped = {
    model: { width: 64, layers: 2, heads: 2, experts: 8, topK: 2, expertWidth: 128 },
    router: { name: "linear" },
    losses: { balanceWeight: 0.01, zWeight: 0.001 },
    data: { sequenceLength: 64, batchSequences: 16 },
    training: { steps, learningRate: 0.0017, warmupSteps: steps / 10, evaluateEvery: steps / 4 },
  };
  /** @type {{ model?: object, data?: object }} */
  const { model, data } = REGIMES[name];
  const base = { ...shipped, model: { ...shipped.model, ...model }, data: { ...shipped.data, ...data } };
  return { name: `${name}-${steps}`, base, baseline: "linear", variants: [{ name: "linear" }], seeds: 2 };
}

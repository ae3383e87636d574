import type { ModelSettings, Settings } from "../config/settings.ts";
import { routerWords } from "../config/by-layer/spans.ts";
import type { BoundRouter } from "./bound-router.ts";

/** The settings that decide whether a model is an OLMoE. */
export type OlmoeSettings = Pick<Settings, "model" | "router" | "losses" | "data">;

/** Why a model is not an OLMoE, with the dotted path of the setting. */
interface OlmoeProblem {
  readonly path: string;
  readonly message: string;
}

/** What keeps a value from OLMoE; null when it has it. "any" where config.json says the value, or training alone used it. */
type Rule<T> = "any" | ((value: T) => string | null);

/**
 * What OLMoE makes of every setting of the model. One that is missing here does not compile: whoever adds a setting
 * says here what it means to `moe-lab export`.
 */
const RULES: { readonly [K in keyof Required<ModelSettings>]: Rule<ModelSettings[K]> } = {
  width: "any",
  layers: "any",
  denseLayers: (count) => (count === 0 ? null : `is ${count}, but every layer of OLMoE has experts`),
  heads: "any",
  experts: "any",
  topK: "any",
  expertWidth: "any",
  latentWidth: (size) =>
    size === 0 ? null : `is ${size}, but OLMoE's experts work at its full width, without projections`,
  sharedAcrossLayers: (on) => (on ? "is true, but each layer of OLMoE has experts of its own" : null),
  gateScale: (scale) => (scale === 1 ? null : `is ${scale}, but OLMoE weighs experts by their probabilities`),
  norm: (kind) => (kind === "rms" ? null : `is "${kind}", but OLMoE has RMSNorm`),
  normEps: "any",
  qkNorm: (on) => (on ? null : "is false, but OLMoE normalises queries and keys"),
  localizedFiltering: (on) => (on ? "is true, but OLMoE has no localized filtering" : null),
  rotaryBase: "any",
  rotaryFactor: "any",
  tiedEmbeddings: "any",
  init: "any",
};

/**
 * Everything that keeps a model from being an OLMoE of Hugging Face's transformers; empty when it is one.
 * A setting that this version does not know, or that is missing, counts as a difference.
 */
export function olmoeProblems(
  { model, losses, router: named }: OlmoeSettings,
  router: BoundRouter,
): OlmoeProblem[] {
  const problems: OlmoeProblem[] = [];
  const rules: Readonly<Record<string, Rule<never>>> = RULES;
  const written = model as unknown as Readonly<Record<string, unknown>>;
  for (const name of new Set([...Object.keys(rules), ...Object.keys(written)])) {
    const message = ruleProblem(rules[name], written[name]);
    if (message !== null) problems.push({ path: `model.${name}`, message });
  }
  if (named.byLayer !== undefined) {
    const message = `is ${routerWords(named)}, but OLMoE has one router in all layers`;
    problems.push({ path: "router", message });
  }
  if (router.olmoe === null) {
    const message = `is ${router.name}, but OLMoE chooses the top k of a softmax over one linear layer; ${router.name}: ${router.summary}`;
    problems.push({ path: "router", message });
  }
  if (losses.biasStep > 0 && router.takesSelectionBias) {
    const message = `is ${losses.biasStep}, so a bias chooses the experts too, which OLMoE does not have`;
    problems.push({ path: "losses.biasStep", message });
  }
  if (router.alwaysOnExperts > 0) {
    const message = `give ${router.alwaysOnExperts} always-on experts, but OLMoE has none`;
    problems.push({ path: "router.options", message });
  }
  return problems;
}

function ruleProblem(rule: Rule<never> | undefined, value: unknown): string | null {
  if (rule === undefined) return "is a setting that this version of moe-lab can't translate to OLMoE";
  if (value === undefined) return "is missing: another version of moe-lab made the run";
  return rule === "any" ? null : rule(value as never);
}

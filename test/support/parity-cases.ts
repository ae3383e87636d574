/**
 * Shipped routers as engines are compared on them. Sharp gates (attention at initScale 3, temperature 0.5) are left
 * out: there the last bit of the parameters alone moves gradients by 1e-5, on any engine.
 */
import type { Settings } from "../../src/config/settings.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { MODELS } from "./router-cases.ts";

interface ParityCase {
  readonly router: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** What the model must be for it. */
  readonly model?: Partial<Settings["model"]>;
}

export const parityCases: readonly ParityCase[] = [
  { router: "linear", options: {} },
  { router: "linear", options: { renormalise: false } },
  { router: "linear", options: { frozen: true } },
  { router: "shared-expert", options: { experts: 1 } },
  { router: "attention", options: {} },
  { router: "attention", options: { initScale: "match-linear", temperature: 2 } },
  { router: "expert-choice", options: {} },
  { router: "expert-choice", options: { scope: "batch" } },
  { router: "hash", options: {} },
  { router: "dense", options: {}, model: { experts: 1, topK: 1, expertWidth: 12 } },
  { router: "linear-wide", options: {} },
  { router: "linear-wide", options: { activation: "silu" } },
  { router: "attention-no-key", options: {} },
  { router: "attention-random-key", options: {} },
  { router: "attention-static", options: {} },
  { router: "linear", options: {}, model: { norm: "layer" } },
  { router: "linear", options: {}, model: { norm: "layer-nonparametric" } },
  { router: "attention", options: {}, model: { localizedFiltering: true } },
  { router: "linear", options: {}, model: { denseLayers: 1 } },
  { router: "shared-expert", options: { experts: 1 }, model: { latentWidth: 5 } },
  {
    router: "linear",
    options: {},
    model: { localizedFiltering: true, norm: "layer-nonparametric", qkNorm: false },
  },
];

/** These, and every other shipped router once; test/routers and native/random-shapes compare all engines on those. */
export const everyParityCase: readonly ParityCase[] = [
  ...parityCases,
  ...[...shippedRouters.keys()]
    .filter((name) => !parityCases.some(({ router }) => router === name))
    .map((router) => ({ router, options: {}, model: MODELS[router] ?? {} })),
];

import {
  layerGradients,
  meanGradients,
  type LayerGradients,
  type ParameterGradient,
} from "../../analysis/routing/gradients.ts";
import type { EvaluationBatch } from "../../data/types.ts";
import type { Executable, HostArray, HostTensors } from "../../engine/types.ts";
import { layerPrefix } from "../../model/parameters.ts";
import { NAMES } from "../../model/programs.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { stepFeeds } from "../../train/feeds.ts";
import { GRADIENT_BATCHES } from "./regret-price.ts";
import { spread } from "./spread.ts";

/**
 * Sizes of the gradients that a training step would have at some weights: of everything that is trained on (the objective, balance, z and the routers' own
 * losses), in training mode, on a few validation batches; means over these of the norms of each.
 * @param executable of `gradientProgram`; null where there is none, and nothing is said.
 * @param inputs of `inputsOf`.
 */
export async function gradientsOfModel(
  executable: Executable | null,
  { spec, seed }: { readonly spec: ModelSpec; readonly seed: number },
  batches: readonly EvaluationBatch[],
  inputs: Readonly<Record<string, HostArray>>,
): Promise<LayerGradients[]> {
  if (executable === null) return [];
  const found: LayerGradients[][] = [];
  for (const index of spread(batches.length, GRADIENT_BATCHES)) {
    const batch = batches[index];
    if (batch === undefined) continue;
    const outputs = await executable.run({ ...inputs, ...stepFeeds(spec, batch, seed, index) });
    found.push(normsOf(spec, outputs));
  }
  return meanGradients(found);
}

function normsOf({ settings: { model }, parameters }: ModelSpec, outputs: HostTensors): LayerGradients[] {
  const below = (prefix: string): ParameterGradient[] =>
    Object.entries(parameters).flatMap(([name, { shape }]) => {
      const values = name.startsWith(prefix) ? outputs[NAMES.gradient(name)] : undefined;
      return values === undefined ? [] : [{ shape, values }];
    });
  return Array.from({ length: model.layers - model.denseLayers }, (_, place) => {
    const layer = model.denseLayers + place;
    const prefix = layerPrefix(layer);
    return layerGradients(layer, below(`${prefix}.router.`), below(`${prefix}.experts.`));
  });
}

import type { HostTensors } from "../engine/types.ts";
import { NAMES } from "../model/programs.ts";
import type { ModelSpec } from "../model/spec.ts";

/** A number of every token that a layer's router declares of itself. */
export interface TokenMeasure {
  readonly name: string;
  readonly layer: number;
  readonly unit: string;
  readonly chance: number | null;
  /** [n] */
  readonly values: Float32Array;
}

/** Collects the routers' own measures of n tokens, batch by batch. */
export function collectMeasures(
  { routers }: Pick<ModelSpec, "routers">,
  layers: readonly number[],
  n: number,
): { add: (start: number, outputs: HostTensors) => void; taken: () => TokenMeasure[] } {
  const own = layers.flatMap((layer, place) =>
    Object.entries(routers[layer]?.measures ?? {}).map(([name, { unit, chance = null }]) => ({
      ...{ name, layer, place, unit, chance },
      values: new Float32Array(n),
    })),
  );
  return {
    add: (start, outputs) => {
      for (const { place, name, values } of own) values.set(outputs[NAMES.measure(place, name)] ?? [], start);
    },
    taken: () => own.map(({ name, layer, unit, chance, values }) => ({ name, layer, unit, chance, values })),
  };
}

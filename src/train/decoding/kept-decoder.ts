import { rotaryBaseOf } from "../../model/rotary-base.ts";
import type { Settings } from "../../config/settings.ts";
import { sizeOf } from "../../core/axes.ts";
import { rotaryTables } from "../../engine/ops/rotary.ts";
import type { Engine, HostArray } from "../../engine/types.ts";
import { DECODING, tokenProgram } from "../../model/decoding-programs.ts";
import { NAMES } from "../../model/programs.ts";
import type { ModelToDecode, TokenDecoder } from "./token-decoder.ts";

/** Added to the scores of positions that hold no token yet. */
const HIDDEN = -1e30;

/**
 * A decoder that keeps keys and values (and, with localized filtering, the last token): one position is computed a token.
 * @param model of B sequences of T positions, whose routers route a token by itself alone.
 */
export async function keptDecoder(engine: Engine, model: ModelToDecode): Promise<TokenDecoder> {
  const { settings, sizes } = model.spec;
  const { B, T, V } = sizes;
  const { layers: L, width: D, heads: H, localizedFiltering } = settings.model;
  const d = D / H;
  const program = tokenProgram(model.spec.resized({ B, T: 1 }), T);
  const executable = await engine.compile(program);
  const past = Object.fromEntries(
    Object.entries(program.inputs).flatMap(([name, { shape }]) =>
      name.startsWith("past/") ? [[name, new Float32Array(sizeOf(shape))]] : [],
    ),
  );
  const of = (name: string): Float32Array => {
    const array = past[name];
    if (array === undefined) throw new Error(`there is no ${name}`);
    return array;
  };
  const layers = Array.from({ length: L }, (_, layer) => layer);
  const made = madeArrays(settings, layers);
  const logits = new Float32Array(B * V);
  const outputs = { ...made, [DECODING.logits]: logits };
  const newest = new Int32Array(B);
  const inputs: Record<string, HostArray> = { ...model.inputs, ...past, [NAMES.inputs]: newest };
  const tables = rotaryTables({ T, headSize: d, base: rotaryBaseOf(settings.model), direction: 1 });
  const empty = new Float32Array(B * D);
  let position = 0;
  const begin = (): void => {
    position = 0;
    for (const array of Object.values(past)) array.fill(0);
    of(DECODING.mask).fill(HIDDEN, 0, T);
  };
  begin();
  const keep = (): void => {
    for (const layer of layers) {
      keepRows(of(DECODING.keys(layer)), made[DECODING.key(layer)] ?? empty, { position, T, d });
      keepRows(of(DECODING.values(layer)), made[DECODING.value(layer)] ?? empty, { position, T, d });
      if (!localizedFiltering) continue;
      of(DECODING.token(layer)).set(made[DECODING.nextToken(layer)] ?? empty);
      of(DECODING.narrow(layer)).set(made[DECODING.nextNarrow(layer)] ?? empty);
    }
    of(DECODING.mask)[position] = 0;
    position += 1;
  };
  return {
    ...{ kind: "kept", rows: B, length: T, begin },
    next: async (tokens) => {
      if (position >= T) throw new Error(`a sequence has ${T} tokens already`);
      newest.set(tokens);
      of(DECODING.cos).set(tables.cos.subarray((position * d) / 2, ((position + 1) * d) / 2));
      of(DECODING.sin).set(tables.sin.subarray((position * d) / 2, ((position + 1) * d) / 2));
      await executable.run(inputs, outputs);
      keep();
      return logits;
    },
    dispose: () => executable.dispose(),
  };
}

/** What a token's pass gives to be kept, by name. */
function madeArrays({ model, data }: Settings, layers: readonly number[]): Record<string, Float32Array> {
  const size = data.batchSequences * model.width;
  const ofLayer = (layer: number): [string, Float32Array][] => [
    [DECODING.key(layer), new Float32Array(size)],
    [DECODING.value(layer), new Float32Array(size)],
    ...(model.localizedFiltering
      ? ([
          [DECODING.nextToken(layer), new Float32Array(size)],
          [DECODING.nextNarrow(layer), new Float32Array(size / 2)],
        ] satisfies [string, Float32Array][])
      : []),
  ];
  return Object.fromEntries(layers.flatMap(ofLayer));
}

/** Writes what was made at a position among what is kept. @param kept [B, H, T, d]; made [B, H, d] */
function keepRows(
  kept: Float32Array,
  made: Float32Array,
  { position, T, d }: { readonly position: number; readonly T: number; readonly d: number },
): void {
  for (let row = 0; row * d < made.length; row++) {
    kept.set(made.subarray(row * d, (row + 1) * d), (row * T + position) * d);
  }
}

import type { Engine } from "../../engine/types.ts";
import { DECODING, logitsProgram } from "../../model/decoding-programs.ts";
import { NAMES } from "../../model/programs.ts";
import { decodingNoise } from "../feeds.ts";
import type { ModelToDecode, TokenDecoder } from "./token-decoder.ts";

/**
 * A decoder that computes all T positions for every token. What stands behind the newest token is the token 0, which no earlier position sees.
 */
export async function wholeDecoder(engine: Engine, model: ModelToDecode): Promise<TokenDecoder> {
  const { spec, seed } = model;
  const { B, T, V } = spec.sizes;
  const executable = await engine.compile(logitsProgram(spec));
  const sequences = new Int32Array(B * T);
  const inputs = { ...model.inputs, ...decodingNoise(spec, seed), [NAMES.inputs]: sequences };
  const all = new Float32Array(B * T * V);
  const logits = new Float32Array(B * V);
  let position = 0;
  return {
    ...{ kind: "whole", rows: B, length: T },
    begin: () => {
      position = 0;
      sequences.fill(0);
    },
    next: async (tokens, isWanted) => {
      if (position >= T) throw new Error(`a sequence has ${T} tokens already`);
      for (let row = 0; row < B; row++) sequences[row * T + position] = tokens[row] ?? 0;
      if (isWanted) {
        await executable.run(inputs, { [DECODING.logits]: all });
        for (let row = 0; row < B; row++) {
          const start = (row * T + position) * V;
          logits.set(all.subarray(start, start + V), row * V);
        }
      }
      position += 1;
      return logits;
    },
    dispose: () => executable.dispose(),
  };
}

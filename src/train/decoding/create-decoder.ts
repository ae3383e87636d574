import { RunError } from "../../core/errors.ts";
import type { Engine } from "../../engine/types.ts";
import { keptDecoder } from "./kept-decoder.ts";
import type { ModelToDecode, TokenDecoder } from "./token-decoder.ts";
import { wholeDecoder } from "./whole-decoder.ts";

/**
 * Makes a decoder: one that keeps keys and values where every router of the model says that it routes a token by itself alone, else one that
 * computes whole sequences. Both give the same logits, but for rounding.
 * @param rows B; sequences of a batch know nothing of each other.
 * @param kind to ask for the slow one, which is the reference.
 * @throws RunError for a router that is told labels of the data, which nothing has that is not data.
 */
export async function createDecoder(
  engine: Engine,
  model: ModelToDecode,
  rows: number,
  kind?: "whole",
): Promise<TokenDecoder> {
  const spec = model.spec.resized({ B: rows, T: model.spec.sizes.T });
  if (spec.seesLabels) {
    throw new RunError(
      "the model can't be asked to continue a text: its router is told labels of the data, which a text of one's own does not have",
      "Take a model with a router that routes by what stands in the text",
    );
  }
  const resized = { ...model, spec };
  return spec.tokenwise && kind !== "whole" ? keptDecoder(engine, resized) : wholeDecoder(engine, resized);
}

import { sizeOf } from "../core/axes.ts";
import { streamOf } from "../core/streams.ts";
import type { Batch } from "../data/types.ts";
import type { HostArray } from "../engine/types.ts";
import { noiseIn } from "../model/bound-router.ts";
import { NAMES } from "../model/programs.ts";
import type { Named, RouterNoise } from "../model/router.ts";
import type { ModelSpec } from "../model/spec.ts";

/** What a training step (0-based) is given beside the model's numbers: its batch, and noise from `seed/noise/<step>/<name>`. */
export function stepFeeds(
  spec: ModelSpec,
  batch: Batch,
  seed: number,
  step: number,
): Record<string, HostArray> {
  return { ...drawNoise(spec.noise, seed, [step]), ...batchFeeds(spec, batch) };
}

/**
 * What an evaluation is given for its batch number `index` (from 0) beside the model's numbers. Noise of routers that draw in
 * evaluations too is from `seed/noise/evaluation/<index>/<name>`.
 */
export function evaluationFeeds(
  spec: ModelSpec,
  batch: Batch,
  seed: number,
  index: number,
): Record<string, HostArray> {
  return {
    ...drawNoise(noiseIn(spec.noise, "eval"), seed, ["evaluation", index]),
    ...batchFeeds(spec, batch),
  };
}

/** Noise of routers that draw in evaluations too, where a text is continued: that of the first batch of an evaluation. */
export function decodingNoise(spec: ModelSpec, seed: number): Record<string, HostArray> {
  return drawNoise(noiseIn(spec.noise, "eval"), seed, ["evaluation", 0]);
}

/** Labels go to no model but one with a router that says that it sees them. */
function batchFeeds(
  { seesLabels, objective }: ModelSpec,
  { inputs, targets, labels, weights }: Batch,
): Record<string, HostArray> {
  return {
    [NAMES.inputs]: inputs,
    [NAMES.targets]: targets,
    ...(seesLabels ? { [NAMES.labels]: labels } : {}),
    ...(objective.needs !== "tokens" && weights !== undefined ? { [NAMES.weights]: weights } : {}),
  };
}

function drawNoise(
  noise: Named<RouterNoise>,
  seed: number,
  path: readonly (string | number)[],
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(noise).map(([name, { shape, distribution }]) => {
      const stream = streamOf(seed, "noise", ...path, name);
      const draw = (): number => (distribution === "normal" ? stream.normal() : stream.uniform());
      return [NAMES.noise(name), Float32Array.from({ length: sizeOf(shape) }, draw)];
    }),
  );
}

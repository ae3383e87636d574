import type { Settings } from "../../src/config/settings.ts";
import { sizeOf } from "../../src/core/axes.ts";
import type { Engine, HostArray } from "../../src/engine/types.ts";
import { NAMES } from "../../src/model/programs.ts";
import type { Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import type { CheckpointTensor } from "../../src/train/types.ts";
import { logitsProgram } from "./bodies.ts";

/** Our logits [B * T * V] in evaluation, of a router without state. @param tokens [B * T] */
export async function logitsOf(
  engine: Engine,
  settings: Settings,
  router: Router,
  parameters: Readonly<Record<string, CheckpointTensor>>,
  tokens: Int32Array,
): Promise<HostArray> {
  const vocabulary = parameters["embedding"]!.shape[0]!;
  const program = logitsProgram(modelSpec(settings, router, vocabulary), "eval");
  const feeds: Record<string, HostArray> = {
    [NAMES.inputs]: tokens,
    [NAMES.targets]: new Int32Array(sizeOf(program.inputs[NAMES.targets]!.shape)),
  };
  for (const [name, { values }] of Object.entries(parameters)) feeds[NAMES.parameter(name)] = values;
  const executable = await engine.compile(program);
  const { logits } = await executable.run(feeds);
  await executable.dispose();
  return logits!;
}

/** The largest |a - b|. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

import type { Batch } from "../data/types.ts";
import type { Engine, HostArray } from "../engine/types.ts";
import { answersProgram, NAMES } from "../model/programs.ts";
import type { ModelSpec } from "../model/spec.ts";
import { evaluationFeeds } from "./feeds.ts";
import { prepare } from "./judge.ts";

/** The frozen model that an objective measures against. */
export interface Reference {
  /** What a step's program is given of it for a batch; nothing where the objective has no reference. */
  readonly feeds: (batch: Batch, step: number) => Promise<Readonly<Record<string, HostArray>>>;
  readonly dispose: () => Promise<void>;
}

/**
 * The log-probabilities of a batch's answers under frozen weights, in evaluation mode: computed once for each batch, before its step.
 * Noise of routers that draw in evaluations too is that of the evaluation of this number.
 * @param frozen the parent's numbers by program input name, which nobody changes later
 */
export async function createReference(
  engine: Engine,
  model: ModelSpec,
  seed: number,
  frozen: () => Readonly<Record<string, HostArray>>,
): Promise<Reference> {
  if (!model.objective.hasReference) {
    return { feeds: () => Promise.resolve({}), dispose: () => Promise.resolve() };
  }
  const inputs = frozen();
  const { executable } = await prepare(engine, answersProgram(model));
  return {
    feeds: async (batch, step) => {
      const outputs = await executable.run({ ...inputs, ...evaluationFeeds(model, batch, seed, step) });
      return { [NAMES.reference]: outputs[NAMES.answerLogProbs]?.slice() ?? new Float32Array(0) };
    },
    dispose: () => executable.dispose(),
  };
}

import type { Engine, Executable, Program } from "../engine/types.ts";
import type { EvaluationBatch } from "../data/types.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { evaluationFeeds } from "./feeds.ts";
import type { ModelMemory } from "./model-memory.ts";
import { notFinite } from "./not-finite.ts";
import type { TrainingJob } from "./types.ts";

/** A program with its executable. */
export interface Prepared {
  readonly program: Program;
  readonly executable: Executable;
}

/** Compiles a program. */
export async function prepare(engine: Engine, program: Program): Promise<Prepared> {
  return { program, executable: await engine.compile(program) };
}

/** A model after a step. */
export interface ModelAt {
  readonly memory: ModelMemory;
  readonly step: number;
}

/**
 * An evaluation whose loss is finite; one that is not means that the newest step blew the model up. It is noticed here,
 * before a checkpoint of that model takes the place of a good one.
 * @throws RunError
 */
export async function judge(
  job: TrainingJob,
  { program, executable }: Prepared,
  batches: readonly EvaluationBatch[],
  { memory: { inputs }, step }: ModelAt,
): Promise<Evaluation> {
  const { model, seed, engine } = job;
  const found = await evaluate(executable, job, batches, inputs);
  const [batch] = batches;
  if (Number.isFinite(found.lossNats) || batch === undefined) return found;
  const where = await engine.findNonFinite(program, {
    ...inputs,
    ...evaluationFeeds(model, batch, seed, 0),
  });
  throw notFinite(step, "the validation loss", where, model.settings.training);
}

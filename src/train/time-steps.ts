import { messageOf } from "../core/errors.ts";
import { trainingBatch } from "../data/batches.ts";
import type { HostTensors } from "../engine/types.ts";
import { gradientProgram } from "../model/programs.ts";
import { stepFeeds } from "./feeds.ts";
import { createModelMemory } from "./model-memory.ts";
import { createReference } from "./reference.ts";
import { optimiserOf } from "./optimiser.ts";
import type { TimeSteps, TrainingJob } from "./types.ts";

/** Steps of each job that are not counted. */
const WARM_UP = 2;

/**
 * Seconds of single training steps (batch, gradients, clipping, AdamW), jobs in turn so that a change of the
 * machine's speed meets all alike. Stops early when the time is used up, after whole rounds.
 */
export const timeSteps: TimeSteps = async (jobs, { rounds, maxSeconds }) => {
  const found: (number[] | string)[] = jobs.map(() => []);
  const takers = new Map<number, Awaited<ReturnType<typeof prepareSteps>>>();
  for (const [index, job] of jobs.entries()) {
    try {
      const taker = await prepareSteps(job);
      for (let round = 0; round < WARM_UP; round++) await taker.step();
      takers.set(index, taker);
    } catch (error) {
      found[index] = messageOf(error);
    }
  }
  const started = performance.now();
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && (performance.now() - started) / 1000 > maxSeconds) break;
    for (const [index, taker] of takers) {
      const before = performance.now();
      try {
        await taker.step();
      } catch (error) {
        takers.delete(index);
        found[index] = messageOf(error);
        continue;
      }
      const seconds = found[index];
      if (typeof seconds !== "string") seconds?.push((performance.now() - before) / 1000);
    }
  }
  for (const taker of takers.values()) await taker.dispose();
  return found;
};

async function prepareSteps(
  job: TrainingJob,
): Promise<{ dispose: () => Promise<unknown>; step: () => Promise<void> }> {
  const { model, seed, corpus, engine } = job;
  const data = { ...model.settings.data, inPairs: model.objective.needs === "pairs" };
  const executable = await engine.compile(gradientProgram(model));
  const memory = createModelMemory(engine, model, { seed });
  const reference = await createReference(
    engine,
    model,
    seed,
    () => createModelMemory(engine, model, { seed }).inputs,
  );
  const optimise = optimiserOf(model);
  let into: HostTensors = memory.outputs;
  let done = 0;
  return {
    dispose: () => Promise.all([executable.dispose(), reference.dispose()]),
    step: async () => {
      const batch = trainingBatch(corpus, data, seed, done);
      const inputs = {
        ...memory.inputs,
        ...stepFeeds(model, batch, seed, done),
        ...(await reference.feeds(batch, done)),
      };
      into = await executable.run(inputs, into);
      done += 1;
      optimise(memory.training, done);
      memory.advanceState();
    },
  };
}

import { isDeepStrictEqual } from "node:util";
import type { SampledRow } from "../../analysis/answers/equal-entropy.ts";
import { breathe } from "../../core/breathe.ts";
import { hashJson } from "../../core/json.ts";
import type { Engine, HostArray } from "../../engine/types.ts";
import { sampledQuestions } from "../../train/decoding/questions.ts";
import { sampleAnswers } from "../../train/decoding/samples.ts";
import { modelOf, type OpenedRun } from "./open-model.ts";

/** What drawing answers needs from elsewhere. */
interface SampleSources {
  readonly engine: Engine;
  /** Temperatures that answers are drawn at; none where nobody asked. */
  readonly temperatures: readonly number[];
  readonly note: (text: string) => void;
}

/**
 * Samples of a run's final model at each temperature: to the questions, and from the streams, of those at the end of training.
 * @param inputs its final weights.
 * @returns nothing where it has no questions, and a note says so.
 */
export async function samplesOf(
  { run, spec, corpus }: OpenedRun,
  inputs: Readonly<Record<string, HostArray>>,
  { engine, temperatures, note }: SampleSources,
): Promise<SampledRow[]> {
  if (temperatures.length === 0) return [];
  const questions = spec.seesLabels ? null : sampledQuestions(corpus);
  if (questions === null) {
    const why = spec.seesLabels
      ? "its router is told labels, which answers do not have"
      : "its data has no instructions";
    note(`${run.variant}: no samples: ${why}`);
    return [];
  }
  const of = {
    ...modelOf(run, spec.settings.training.steps),
    questions: hashJson(questions.map(({ prompt, answer }) => [Array.from(prompt), answer])),
  };
  const stored = run.record.results?.answers?.samples;
  const rows: SampledRow[] = [];
  for (const temperature of temperatures) {
    await breathe();
    const samples = await sampleAnswers(engine, { spec, inputs, seed: run.seed }, questions, temperature);
    if (temperature === 1 && stored !== undefined && !isDeepStrictEqual(samples, stored)) {
      const { engine: name = "another engine" } = run.record.provenance ?? {};
      note(
        `${run.variant}, seed ${run.seed}: at temperature 1 not the very samples of the end of training, which ${name} drew`,
      );
    }
    rows.push({ ...of, temperature, samples });
  }
  return rows;
}

import { join } from "node:path";
import { countsOf } from "../../analysis/routing/counts.ts";
import { measuresOfDecisions, measuresThroughTraining } from "../../analysis/routing/measures.ts";
import type { RunMeasure } from "../../analysis/routing/over-seeds.ts";
import type { ExpertRow, ModelOf, RoutingAnalysis } from "../../analysis/routing/results.ts";
import type { Settings } from "../../config/settings.ts";
import { InputError } from "../../core/errors.ts";
import { evaluationBatches, tokensThatFit } from "../../data/batches.ts";
import type { Corpus } from "../../data/types.ts";
import type { Engine, Executable } from "../../engine/types.ts";
import { decisionProgram } from "../../model/programs.ts";
import type { Router } from "../../model/router.ts";
import { modelSpec, type ModelSpec } from "../../model/spec.ts";
import type { Decisions } from "../../records/decisions.ts";
import { loadFinalCheckpoint } from "../../store/checkpoint.ts";
import { neutralSettings } from "../../store/identity.ts";
import { loadWeights } from "../../store/weights/kept-weights.ts";
import { decide, inputsOf } from "../../train/decide.ts";
import type { Checkpoint } from "../../train/types.ts";
import { expertRows, flowRows, pairRows } from "./rows.ts";
import type { StoredRun } from "./stored-runs.ts";

/** What an analysis of runs needs from elsewhere. */
interface AnalysisSources {
  readonly engine: Engine;
  readonly corpusOf: (data: Settings["data"]) => Corpus;
  /** The router of a run. @throws InputError where it is not there. */
  readonly routerOf: (run: StoredRun) => Promise<Router>;
  /** Validation tokens to look at, about. */
  readonly tokens: number;
  /** Told before each run. */
  readonly tell: (run: StoredRun, index: number) => void;
  /** Asked before each run; true ends the analysis with what is there. */
  readonly shouldStop: () => boolean;
}

/** A run's model, ready to be looked at. */
interface OpenedRun {
  readonly run: StoredRun;
  readonly spec: ModelSpec;
  readonly corpus: Corpus;
}

/**
 * A stored run's model and text.
 * @throws InputError where its router or its text is not there as it was.
 */
async function openModel(
  run: StoredRun,
  { routerOf, corpusOf }: Pick<AnalysisSources, "routerOf" | "corpusOf">,
): Promise<OpenedRun> {
  const settings = completed(run.record.identity.settings);
  const corpus = corpusOf(settings.data);
  if (corpus.hash !== run.record.identity.dataHash) {
    const message =
      "was trained on other text than there is now (files of one's own are not found by their results, or a corpus changed)";
    throw new InputError([{ where: run.folder, path: "", message }]);
  }
  return { run, spec: modelSpec(settings, await routerOf(run), corpus.vocabulary), corpus };
}

/** Settings of a run that may be older than some of them. */
function completed(written: Settings): Settings {
  const sections = ["model", "losses", "data", "training"] as const;
  const filled = sections.map((section) => [section, { ...neutralSettings(section), ...written[section] }]);
  return { ...written, ...(Object.fromEntries(filled) as Partial<Settings>) };
}

/**
 * Lets every model of some runs, kept on the way and final, route the same validation tokens, and measures what their routers do.
 * @throws InputError for a run whose router or text is not there, or whose weights are damaged.
 */
export async function analyzeRuns(
  runs: readonly StoredRun[],
  sources: AnalysisSources,
): Promise<RoutingAnalysis> {
  const found = {
    measures: [] as RunMeasure[],
    experts: [] as ExpertRow[],
    pairs: [] as RoutingAnalysis["pairs"][number][],
    flows: [] as RoutingAnalysis["flows"][number][],
    matrices: [] as RoutingAnalysis["matrices"][number][],
  };
  let tokens = 0;
  const compiled: { key: string; executable: Executable | null } = { key: "", executable: null };
  for (const [index, run] of runs.entries()) {
    if (sources.shouldStop()) break;
    sources.tell(run, index);
    const opened = await openModel(run, sources);
    const { spec, corpus } = opened;
    const key = JSON.stringify(run.record.identity.settings);
    if (compiled.executable === null || compiled.key !== key) {
      await compiled.executable?.dispose();
      compiled.executable = await sources.engine.compile(decisionProgram(spec, "eval"));
      compiled.key = key;
    }
    const { executable } = compiled;
    const batches = batchesOf(opened, sources.tokens);
    const look = async (weights: Checkpoint) => {
      const model = { spec, seed: run.seed, corpus };
      return decide(executable, model, batches, inputsOf(spec, weights));
    };
    const end = await look(finalWeights(run));
    tokens = end.decisions.domain.length;
    let before: Decisions | null = null;
    const { steps } = spec.settings.training;
    for (const step of [...run.steps, steps]) {
      const { decisions, matrices } = step === steps ? end : await look(keptWeights(run, step));
      const of = modelOf(run, step);
      const rows = [
        ...measuresOfDecisions(decisions),
        ...measuresThroughTraining(decisions, end.decisions, before),
      ];
      found.measures.push(...rows.map((row) => ({ ...of, ...row })));
      found.experts.push(...decisions.layers.flatMap((layer) => expertRows(of, countsOf(decisions, layer))));
      found.matrices.push(...matrices.map((matrix) => ({ ...of, ...matrix })));
      before = decisions;
    }
    const last = modelOf(run, steps);
    found.pairs.push(...pairRows(last, end.decisions));
    found.flows.push(...flowRows(last, end.decisions));
  }
  await compiled.executable?.dispose();
  return { ...found, tokens };
}

/** The fixed validation batches of a run. */
function batchesOf({ spec, corpus, run }: OpenedRun, asked: number) {
  const { data } = spec.settings;
  const tokens = tokensThatFit(corpus, data, "validation", asked);
  if (tokens === null) {
    throw new InputError([
      { where: run.folder, path: "", message: "has not one batch of validation tokens" },
    ]);
  }
  return evaluationBatches(corpus, data, "validation", tokens);
}

/** Final weights. @throws InputError where they can't be read. */
function finalWeights(run: StoredRun): Checkpoint {
  return readable(run, () => loadFinalCheckpoint(join(run.folder, "checkpoint"), run.record.id));
}

function keptWeights(run: StoredRun, step: number): Checkpoint {
  return readable(run, () => loadWeights(run.folder, run.record.id, step));
}

function readable(run: StoredRun, read: () => Checkpoint): Checkpoint {
  try {
    return read();
  } catch (error) {
    const message = `weights can't be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new InputError([{ where: run.folder, path: "", message }]);
  }
}

function modelOf({ variant, seed, record }: StoredRun, step: number): ModelOf {
  const { batchSequences, sequenceLength } = record.identity.settings.data;
  return { variant, seed, step, trained: step * batchSequences * sequenceLength };
}

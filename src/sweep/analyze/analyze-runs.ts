import { join } from "node:path";
import { countsOf } from "../../analysis/routing/counts.ts";
import {
  measuresOfDecisions,
  measuresThroughTraining,
  type Measure,
} from "../../analysis/routing/measures.ts";
import { matrixMeasures, ownMeasures } from "../../analysis/routing/own-measures.ts";
import type { RunMeasure } from "../../analysis/routing/over-seeds.ts";
import type { ExpertRow, ModelOf, RoutingAnalysis } from "../../analysis/routing/results.ts";
import type { Settings } from "../../config/settings.ts";
import { InputError, RunError } from "../../core/errors.ts";
import { evaluationBatches, tokensThatFit } from "../../data/batches.ts";
import type { Corpus } from "../../data/types.ts";
import type { Engine, Executable } from "../../engine/types.ts";
import { decisionProgram, routesProgram } from "../../model/programs.ts";
import { modelSpec, type ModelSpec, type RouterSource } from "../../model/spec.ts";
import type { Decisions } from "../../records/decisions.ts";
import { loadFinalCheckpoint } from "../../store/checkpoint.ts";
import { completedSettings } from "../../store/identity.ts";
import { loadWeights } from "../../store/weights/kept-weights.ts";
import { decide, inputsOf, type Decided } from "../../train/decide.ts";
import type { Checkpoint } from "../../train/types.ts";
import { regretOfModel, replayOfModel, type RoutableModel } from "./judge-routes.ts";
import { REGRET_BATCHES } from "./regret-price.ts";
import { expertRows, flowRows, pairRows, positionRows } from "./rows.ts";
import type { StoredRun } from "./stored-runs.ts";

/** What an analysis of runs needs from elsewhere. */
interface AnalysisSources {
  readonly engine: Engine;
  readonly corpusOf: (data: Settings["data"]) => Corpus;
  /** The router of a run. @throws InputError where it is not there. */
  readonly routerOf: (run: StoredRun) => Promise<RouterSource>;
  /** Validation tokens to look at, about. */
  readonly tokens: number;
  /** Whether the final models are also sent on other routes (judge-routes.ts). */
  readonly isRegretAsked: boolean;
  /** Told what can't be said of a variant, once. */
  readonly note: (text: string) => void;
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
  const settings = completedSettings(run.record.identity.settings);
  const corpus = corpusOf(settings.data);
  if (corpus.hash !== run.record.identity.dataHash) {
    const message =
      "was trained on other text than there is now (files of one's own are not found by their results, or a corpus changed)";
    throw new InputError([{ where: run.folder, path: "", message }]);
  }
  return { run, spec: modelSpec(settings, await routerOf(run), corpus.vocabulary), corpus };
}

/** The tables of an analysis, to be filled run by run. */
function nothingFound() {
  return {
    measures: [] as RunMeasure[],
    experts: [] as ExpertRow[],
    pairs: [] as RoutingAnalysis["pairs"][number][],
    flows: [] as RoutingAnalysis["flows"][number][],
    matrices: [] as RoutingAnalysis["matrices"][number][],
    positions: [] as RoutingAnalysis["positions"][number][],
  };
}

/**
 * Lets every model of some runs, kept on the way and final, route the same validation tokens, and measures what their routers do.
 * @param runs those of a variant side by side.
 * @throws InputError for a run whose router or text is not there, or whose weights are damaged.
 */
export async function analyzeRuns(
  runs: readonly StoredRun[],
  sources: AnalysisSources,
): Promise<RoutingAnalysis> {
  const found = nothingFound();
  let programs: Programs | null = null;
  let earlier: { readonly variant: string; readonly decisions: Decisions } | null = null;
  for (const [index, run] of runs.entries()) {
    if (sources.shouldStop()) break;
    sources.tell(run, index);
    const opened = await openModel(run, sources);
    programs = await programsFor(opened, programs, sources);
    const { spec, corpus } = opened;
    const batches = batchesOf(opened, sources.tokens);
    const { executable, routes } = programs;
    const look = (weights: Checkpoint): Promise<Decided> =>
      decide(executable, { spec, seed: run.seed, corpus }, batches, inputsOf(spec, weights));
    const final = finalWeights(run);
    const end = await look(final);
    let before: Decisions | null = null;
    const { steps } = spec.settings.training;
    const last = modelOf(run, steps);
    for (const step of [...run.steps, steps]) {
      const { decisions, matrices, measures } = step === steps ? end : await look(keptWeights(run, step));
      const of = modelOf(run, step);
      const rows = [
        measuresOfDecisions(decisions),
        measuresThroughTraining(decisions, end.decisions, before),
        matrixMeasures(decisions, matrices),
        ownMeasures(decisions, measures),
      ];
      found.measures.push(...rows.flat().map((row) => ({ ...of, ...row })));
      found.experts.push(...decisions.layers.flatMap((layer) => expertRows(of, countsOf(decisions, layer))));
      found.matrices.push(...matrices.map((matrix) => ({ ...of, ...matrix })));
      before = decisions;
    }
    found.pairs.push(...pairRows(last, end.decisions));
    found.flows.push(...flowRows(last, end.decisions));
    found.positions.push(...positionRows(last, end.lossNats, spec.sizes.T));
    if (routes !== null) {
      const model = {
        spec,
        seed: run.seed,
        executable: routes,
        inputs: inputsOf(spec, final),
        batches,
        own: end,
      };
      const rows = await judgedRoutes(model, earlier?.variant === run.variant ? earlier.decisions : null);
      found.measures.push(...rows.map((row) => ({ ...last, ...row })));
    }
    earlier = { variant: run.variant, decisions: end.decisions };
  }
  await disposeOf(programs);
  return { ...found, tokens: earlier?.decisions.domain.length ?? 0 };
}

/** The programs of a variant; compiled again only for another one. */
interface Programs {
  readonly key: string;
  readonly executable: Executable;
  /** Null where nobody asked, or the router does not say what other routes would weigh. */
  readonly routes: Executable | null;
}

async function programsFor(
  { run, spec }: OpenedRun,
  known: Programs | null,
  { engine, isRegretAsked, note }: AnalysisSources,
): Promise<Programs> {
  const key = JSON.stringify(run.record.identity.settings);
  if (known?.key === key) return known;
  await disposeOf(known);
  const executable = await engine.compile(decisionProgram(spec, "eval"));
  if (!isRegretAsked) return { key, executable, routes: null };
  try {
    return { key, executable, routes: await engine.compile(routesProgram(spec)) };
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    note(`${run.variant}: no regret: ${error.message}`);
    return { key, executable, routes: null };
  }
}

async function disposeOf(programs: Programs | null): Promise<void> {
  await Promise.all([programs?.executable.dispose(), programs?.routes?.dispose()]);
}

async function judgedRoutes(model: RoutableModel, other: Decisions | null): Promise<Measure[]> {
  return [
    ...(await regretOfModel(model, REGRET_BATCHES)),
    ...(other === null ? [] : await replayOfModel(model, other)),
  ];
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

import { countsOf } from "../../analysis/routing/counts.ts";
import { gradientMeasures, gradientRows } from "../../analysis/routing/gradients.ts";
import { measuresOfDecisions, measuresThroughTraining } from "../../analysis/routing/measures.ts";
import { matrixMeasures, ownMeasures } from "../../analysis/routing/own-measures.ts";
import type { AskedRow } from "../../analysis/answers/asked-text.ts";
import type { SampledRow } from "../../analysis/answers/equal-entropy.ts";
import type { RunMeasure } from "../../analysis/routing/over-seeds.ts";
import { pairTokens, type PairedTokens, type RunTokens } from "../../analysis/routing/paired-tokens.ts";
import type { ExpertRow, ModelOf, RoutingAnalysis } from "../../analysis/routing/results.ts";
import { breathe } from "../../core/breathe.ts";
import type { Decisions } from "../../records/decisions.ts";
import type { DomainTokens } from "../../data/types.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { decide, inputsOf, type Decided } from "../../train/decide.ts";
import { askModelOf, textQuestions, type AskedKinds } from "./ask-model.ts";
import { startOf, textOf } from "./earlier-stages.ts";
import { gradientsOfModel } from "./gradients.ts";
import { regretOfModel, replayOfModel, type RoutableModel } from "./judge-routes.ts";
import {
  finalWeights,
  keptWeights,
  modelOf,
  openModel,
  type ModelSources,
  type OpenedRun,
} from "./open-model.ts";
import { disposeOf, programsFor, type Programs, type ProgramSources } from "./programs.ts";
import { areRoutesDrawn, REGRET_BATCHES } from "./regret-price.ts";
import { samplesOf } from "./sample-model.ts";
import { expertRows, flowRows, pairRows, positionRows } from "./rows.ts";
import type { StoredRun } from "./stored-runs.ts";

/** What an analysis of runs needs from elsewhere. */
interface AnalysisSources extends ModelSources, ProgramSources {
  /** Validation tokens to look at, about. */
  readonly tokens: number;
  /** What the final models, and those that a run went on from, are asked about text. */
  readonly questions: AskedKinds;
  /** That the final models of instructions draw answers at; none where nobody asked. */
  readonly temperatures: readonly number[];
  /** The variant that one is compared with, token by token. */
  readonly baselineOf: (variant: string) => string;
  /** Told before each run. */
  readonly tell: (run: StoredRun, index: number) => void;
  /** Asked before each run; true ends the analysis with what is there. */
  readonly shouldStop: () => boolean;
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
    gradients: [] as RoutingAnalysis["gradients"][number][],
    asked: [] as AskedRow[],
    samples: [] as SampledRow[],
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
  const ends: RunTokens[] = [];
  let earlier: { readonly variant: string; readonly decisions: Decisions } | null = null;
  for (const [index, run] of runs.entries()) {
    if (sources.shouldStop()) break;
    sources.tell(run, index);
    const opened = await openModel(run, sources);
    await breathe();
    programs = await programsFor(opened, programs, sources);
    const { spec } = opened;
    const { own, batches, domains } = textOf(opened, sources);
    const { executable, routes } = programs;
    const asked = {
      ...{ spec, seed: run.seed, corpus: { domains } },
      keepsProbs: routes !== null && areRoutesDrawn(spec.sizes),
    };
    const look = (inputs: Inputs): Promise<Decided> =>
      breathe().then(() => decide(executable, asked, batches, inputs));
    const final = inputsOf(spec, finalWeights(run));
    const end = await look(final);
    let before: Decisions | null = null;
    const { steps } = spec.settings.training;
    const last = modelOf(run, steps);
    for (const { step, read } of modelsOf(run, spec, final)) {
      const inputs = read();
      const { decisions, matrices, measures } = step === steps ? end : await look(inputs);
      const gradients = await gradientsOfModel(programs.gradients, { spec, seed: run.seed }, own, inputs);
      const of = modelOf(run, step);
      const rows = [
        measuresOfDecisions(decisions),
        measuresThroughTraining(decisions, end.decisions, before),
        matrixMeasures(decisions, matrices),
        ownMeasures(decisions, measures),
        gradientMeasures(gradients),
      ];
      found.measures.push(...rows.flat().map((row) => ({ ...of, ...row })));
      found.experts.push(...decisions.layers.flatMap((layer) => expertRows(of, countsOf(decisions, layer))));
      found.matrices.push(...matrices.map((matrix) => ({ ...of, ...matrix })));
      found.gradients.push(...gradientRows(gradients).map((row) => ({ ...of, ...row })));
      before = decisions;
    }
    addEnd(found, last, end, spec.sizes.T);
    found.asked.push(...(await answersOf(opened, domains, final, sources)));
    found.samples.push(...(await samplesOf(opened, final, sources)));
    const routable = routes && { spec, seed: run.seed, executable: routes, inputs: final, batches, own: end };
    const judged = await judgedRoutes(routable, earlier?.variant === run.variant ? earlier.decisions : null);
    found.measures.push(...judged.measures.map((row) => ({ ...last, ...row })));
    ends.push({ ...last, tokens: end.decisions, lossNats: end.lossNats, regrets: judged.tokens });
    earlier = { variant: run.variant, decisions: end.decisions };
  }
  await disposeOf(programs);
  const paired = pairedWith(sources.baselineOf, ends, sources.note);
  return { ...found, paired, tokens: earlier?.decisions.domain.length ?? 0 };
}

type Inputs = ReturnType<typeof inputsOf>;

/** The models of a run, in the order of their steps: that of step 0 where it went on from a parent's, those kept on the way, and the final one. */
function modelsOf(run: StoredRun, spec: ModelSpec, final: Inputs): { step: number; read: () => Inputs }[] {
  const start = startOf(run, spec);
  return [
    ...(start === null ? [] : [{ step: 0, read: () => start }]),
    ...run.steps.map((step) => ({ step, read: () => inputsOf(spec, keptWeights(run, step)) })),
    { step: spec.settings.training.steps, read: () => final },
  ];
}

/** What a run's final model answers, and the one that it went on from. @param domains that the run is looked at on */
async function answersOf(
  opened: OpenedRun,
  domains: readonly DomainTokens[],
  final: Inputs,
  { engine, questions, note }: Pick<AnalysisSources, "engine" | "questions" | "note">,
): Promise<AskedRow[]> {
  const asked = textQuestions(opened, domains, questions, note);
  const { run, spec } = opened;
  const rows: AskedRow[] = [];
  for (const { step, read } of modelsOf(run, spec, final)) {
    if (step > 0 && step < spec.settings.training.steps) continue;
    await breathe();
    const model = { spec, inputs: read(), seed: run.seed };
    rows.push(...(await askModelOf(engine, modelOf(run, step), model, asked)));
  }
  return rows;
}

/** What is looked at of a final model alone. */
function addEnd(
  found: ReturnType<typeof nothingFound>,
  last: ModelOf,
  { decisions, lossNats }: Decided,
  T: number,
): void {
  found.pairs.push(...pairRows(last, decisions));
  found.flows.push(...flowRows(last, decisions));
  found.positions.push(...positionRows(last, lossNats, T));
}

/** Nothing where nobody asked. */
async function judgedRoutes(
  model: RoutableModel | null,
  other: Decisions | null,
): Promise<Awaited<ReturnType<typeof regretOfModel>>> {
  if (model === null) return { measures: [], tokens: [] };
  const { measures, tokens } = await regretOfModel(model, REGRET_BATCHES);
  return { measures: [...measures, ...(other === null ? [] : await replayOfModel(model, other))], tokens };
}

/** Every run against the baseline's of its seed, token by token. */
function pairedWith(
  baselineOf: AnalysisSources["baselineOf"],
  ends: readonly RunTokens[],
  note: (text: string) => void,
): readonly PairedTokens[] {
  const others = new Set<string>();
  const rows = ends.flatMap((run) => {
    const baseline = baselineOf(run.variant);
    const base = ends.find(({ variant, seed }) => variant === baseline && seed === run.seed);
    if (base === undefined || base === run) return [];
    const found = pairTokens(run, base);
    if (found === null) others.add(run.variant);
    return found ?? [];
  });
  for (const variant of others)
    note(`${variant}: not paired with ${baselineOf(variant)} by token: it was asked on other tokens`);
  return rows;
}

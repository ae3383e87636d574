import type { LoadedExperiment } from "../config/load.ts";
import { baselineOf } from "../config/grid.ts";
import { parentRunSettings } from "../config/parent.ts";
import type { DataSettings, Experiment, Settings } from "../config/settings.ts";
import { show } from "../config/suggest.ts";
import { InputError, messageOf } from "../core/errors.ts";
import type { Problem } from "../core/errors.ts";
import { defaultCacheFolder } from "../data/cache.ts";
import { corpusNotices, textProblems } from "../data/checks.ts";
import { loadCorpus } from "../data/corpus.ts";
import type { Corpus } from "../data/types.ts";
import { askWorker } from "../exec/child.ts";
import type { ProbeResult, WorkerSettings } from "../exec/messages.ts";
import { corpusCache, planRuns, runRecords } from "../exec/plan.ts";
import type { RunRecords, RunsAt } from "../exec/plan.ts";
import type { RouterRegistry } from "../exec/router-registry.ts";
import { idleDifferences } from "../model/idle-settings.ts";
import { type ModelSpec, modelSpec } from "../model/spec.ts";
import { inheritanceProblem } from "../train/inherit.ts";
import { controlProblems } from "./controls.ts";

/** An experiment that is checked, with its runs. */
interface ExperimentPlan {
  readonly runsAt: RunsAt;
  readonly records: RunRecords;
  /** Plans the runs of an experiment that trains the same variants otherwise. */
  readonly planOf: (experiment: Experiment) => RunsAt;
  /** What a person should know of the text. */
  readonly notices: readonly string[];
  /** Of tokenised text; null: nowhere. */
  readonly cacheFolder: string | null;
}

/**
 * Reads the text and plans every run.
 * @throws InputError where a variant asks for more text than there is, or for a parent whose weights do not fit.
 */
export function planExperiment(
  experiment: Experiment,
  sources: {
    readonly locate: LoadedExperiment["locate"];
    readonly routers: RouterRegistry;
    readonly runsFolder: string;
  },
): ExperimentPlan {
  const { locate, routers, runsFolder } = sources;
  const cacheFolder = defaultCacheFolder();
  const corpusOf = corpusCache((data) => loadCorpus(data, { cacheFolder }));
  const specOf = (settings: Settings): ModelSpec =>
    modelSpec(settings, (name) => routers.find(name).router, corpusOf(settings.data).vocabulary);
  const { problems: found, notices } = checkVariants(experiment, { locate, corpusOf, specOf });
  const idle = idleVariants(experiment, { locate, specOf });
  const problems = [
    ...controlProblems(experiment, specOf).map(({ path, message }) => ({
      where: locate(null, path),
      path,
      message,
    })),
    ...found,
    ...idle.problems,
  ];
  if (problems.length > 0) throw new InputError(problems);
  const records = runRecords(runsFolder);
  const planOf = ({ variants }: Experiment): RunsAt =>
    planRuns(variants, { findRouter: routers.find, corpusOf, records });
  return { runsAt: planOf(experiment), records, planOf, notices: [...notices, ...idle.notices], cacheFolder };
}

/** Variants that can't differ from their baseline in any number, and a note on those that can't from each other. */
function idleVariants(
  { variants, baseline }: Pick<Experiment, "variants" | "baseline">,
  { locate, specOf }: { locate: LoadedExperiment["locate"]; specOf: (settings: Settings) => ModelSpec },
): { readonly problems: readonly Problem[]; readonly notices: readonly string[] } {
  const problems: Problem[] = [];
  const notices: string[] = [];
  const specs = variants.map(({ name, settings }) => ({ name, spec: specOf(settings) }));
  for (const [index, { name, spec }] of specs.entries()) {
    for (const other of specs.slice(0, index)) {
      const [first] = idleDifferences(other.spec, spec) ?? [];
      if (first === undefined) continue;
      const { path, why } = first;
      const own = [name, other.name].find((each) => each !== baselineOf({ baseline }, each));
      if (own !== undefined && [name, other.name].includes(baselineOf({ baseline }, own))) {
        const message = `changes no number, since ${why}; the variant ${show(own)} would be its baseline again: vary something else, or remove it`;
        problems.push({ where: locate(own, path), path, message });
      } else
        notices.push(
          `${other.name} and ${name} are the same in every number: ${path} does nothing, since ${why}`,
        );
    }
  }
  return { problems, notices };
}

/** What is wrong with the variants' text and parents, and what a person should know of them; each once. */
function checkVariants(
  { variants, baseline, metric }: Experiment,
  sources: {
    readonly locate: LoadedExperiment["locate"];
    readonly corpusOf: (data: DataSettings) => Corpus;
    readonly specOf: (settings: Settings) => ModelSpec;
  },
): { readonly problems: readonly Problem[]; readonly notices: readonly string[] } {
  const { locate, corpusOf, specOf } = sources;
  const problems = new Map<string, Problem>();
  const notices = new Set<string>();
  const judged = variants.find(({ name }) => name === baseline);
  const tokenizerOf = ({ data }: Pick<Settings, "data">): string | undefined =>
    corpusOf(data).tokenizer?.name;
  for (const { name, settings } of variants) {
    const refuse = (path: string, message: string): void => {
      const problem = { where: locate(name, path), path, message };
      problems.set(JSON.stringify(problem), problem);
    };
    const checkText = (trained: Pick<Settings, "data" | "training">, below: string): void => {
      const { data } = trained;
      const corpus = corpusOf(data);
      for (const notice of corpusNotices(corpus, trained)) notices.add(notice);
      for (const { path, message } of textProblems(corpus, data)) refuse(`${below}${path}`, message);
    };
    checkText(settings, "");
    if (settings.losses.biasStep > 0 && !takesSelectionBias(specOf(settings))) {
      notices.add(`losses.biasStep does nothing for ${name}: its router takes no bias of the choice`);
    }
    if (
      judged !== undefined &&
      metric !== "validation_bits_per_byte" &&
      tokenizerOf(settings) !== tokenizerOf(judged.settings)
    ) {
      const message = `the tokens are others than those of the baseline ${baseline}, so that nats a token can't be compared; set "metric": "validation_bits_per_byte"`;
      refuse("data.vocabulary", message);
    }
    let below = "";
    for (let run = settings; run.parent !== null; run = parentRunSettings(run.parent)) {
      const { parent } = run;
      checkText(parent, `${below}parent.`);
      if (tokenizerOf(run) !== tokenizerOf(parent)) {
        const message =
          "the parent's tokens are others; give both the same data.vocabulary and, above 256, the same domains";
        refuse(`${below}parent`, message);
      }
      const misfit = inheritanceProblem(specOf(run), specOf(parentRunSettings(parent)));
      if (misfit !== null) refuse(`${below}parent`, misfit);
      below += "parent.";
    }
  }
  return { problems: [...problems.values()], notices: [...notices] };
}

function takesSelectionBias({ routers, settings: { model } }: ModelSpec): boolean {
  return routers.slice(model.denseLayers).some((router) => router.takesSelectionBias);
}

/**
 * Loads the engine in a process of its own, to know before the first run that it works, which one "auto" is here, its versions, and what
 * would make it faster.
 * @throws InputError saying why the engine can't be used here.
 */
export async function probe(workerFile: string, worker: WorkerSettings): Promise<ProbeResult["engine"]> {
  try {
    const { result } = await askWorker(workerFile, { type: "probe", spec: worker, measure: false }, "probed");
    return result.engine;
  } catch (error) {
    throw new InputError([
      {
        where: `--engine ${worker.engine}`,
        path: "",
        message: `the engine can't be used here: ${messageOf(error)}. \`moe-lab doctor\` lists those that can`,
      },
    ]);
  }
}

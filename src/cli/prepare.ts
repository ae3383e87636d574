import type { LoadedExperiment } from "../config/load.ts";
import { parentRunSettings } from "../config/parent.ts";
import type { DataSettings, Experiment, Settings } from "../config/settings.ts";
import { InputError, messageOf } from "../core/errors.ts";
import type { Problem } from "../core/errors.ts";
import { defaultCacheFolder } from "../data/cache.ts";
import { corpusNotices, textProblems } from "../data/checks.ts";
import { loadCorpus } from "../data/corpus.ts";
import { askWorker } from "../exec/child.ts";
import type { WorkerSettings } from "../exec/messages.ts";
import { corpusShelf, planRuns } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { provenanceOf } from "../exec/provenance.ts";
import type { RouterShelf } from "../exec/router-shelf.ts";
import { costOf } from "../model/cost.ts";
import type { ModelSpec } from "../model/programs.ts";
import type { Provenance } from "../records/run.ts";
import { inheritanceProblem } from "../train/inherit.ts";

/**
 * Reads the text and plans every run.
 * @throws InputError where an arm asks for more text than there is, or for a parent whose weights do not fit.
 */
export function planExperiment(
  experiment: Experiment,
  locate: LoadedExperiment["locate"],
  shelf: RouterShelf,
  runsFolder: string,
): {
  readonly planned: readonly PlannedRun[];
  /** Plans the runs of other seeds, of the same experiment or of one that trains the same variants otherwise. */
  readonly planOf: (experiment: Experiment, seeds: readonly number[]) => PlannedRun[];
  readonly notices: readonly string[];
  readonly cacheFolder: string | null;
} {
  const cacheFolder = defaultCacheFolder();
  const corpora = corpusShelf((data) => loadCorpus(data, { cacheFolder }));
  const specOf = (settings: Settings): ModelSpec => {
    const { router } = shelf.find(settings.router.name);
    return { settings, router, vocabulary: corpora(settings.data).vocabulary };
  };
  const problems = new Map<string, Problem>();
  const notices = new Set<string>();
  for (const { name, settings } of experiment.variants) {
    const refuse = (path: string, message: string): void => {
      const problem = { where: locate(name, path), path, message };
      problems.set(JSON.stringify(problem), problem);
    };
    const checkText = (data: DataSettings, below: string): void => {
      const corpus = corpora(data);
      for (const notice of corpusNotices(corpus, data)) notices.add(notice);
      for (const { path, message } of textProblems(corpus, data)) refuse(`${below}${path}`, message);
    };
    checkText(settings.data, "");
    if (settings.parent === null) continue;
    checkText(settings.parent.data, "parent.");
    const misfit = inheritanceProblem(specOf(settings), specOf(parentRunSettings(settings.parent)));
    if (misfit !== null) refuse("parent", misfit);
  }
  if (problems.size > 0) throw new InputError([...problems.values()]);
  const planOf = (other: Experiment, seeds: readonly number[]): PlannedRun[] =>
    planRuns({ ...other, seeds }, { findRouter: shelf.find, corpusOf: corpora, costOf, runsFolder });
  return { planned: planOf(experiment, experiment.seeds), planOf, notices: [...notices], cacheFolder };
}

/**
 * Loads the engine in a process of its own, to know before the first run that it works, and its versions.
 * @throws InputError saying why the engine can't be used here.
 */
export async function probe(workerFile: string, worker: WorkerSettings): Promise<Provenance> {
  try {
    const { result } = await askWorker(workerFile, { type: "probe", spec: worker, measure: false }, "probed");
    return provenanceOf(result.engine);
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

import type { LoadedExperiment } from "../config/load.ts";
import type { Experiment } from "../config/settings.ts";
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
import type { Provenance } from "../store/records.ts";

/**
 * Reads the text and plans every run.
 * @throws InputError where an arm asks for more text than there is.
 */
export function planExperiment(
  experiment: Experiment,
  locate: LoadedExperiment["locate"],
  shelf: RouterShelf,
  runsFolder: string,
): {
  readonly planned: readonly PlannedRun[];
  readonly notices: readonly string[];
  readonly cacheFolder: string | null;
} {
  const cacheFolder = defaultCacheFolder();
  const corpora = corpusShelf((data) => loadCorpus(data, { cacheFolder }));
  const problems = new Map<string, Problem>();
  const notices = new Set<string>();
  for (const { name, settings } of experiment.variants) {
    const corpus = corpora(settings.data);
    for (const notice of corpusNotices(corpus, settings.data)) notices.add(notice);
    for (const { path, message } of textProblems(corpus, settings.data)) {
      const problem = { where: locate(name, path), path, message };
      problems.set(JSON.stringify(problem), problem);
    }
  }
  if (problems.size > 0) throw new InputError([...problems.values()]);
  const planned = planRuns(experiment, {
    findRouter: shelf.find,
    corpusOf: (variant) => corpora(variant.settings.data),
    costOf,
    runsFolder,
  });
  return { planned, notices: [...notices], cacheFolder };
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

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { requestsOf, stateOf, type RunState } from "../../cluster/status.ts";
import { InputError } from "../../core/errors.ts";
import type { PlannedRun } from "../../exec/plan.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { answerOf } from "../../report/answer.ts";
import { openRenderer } from "../../report/draw/renderer.ts";
import { experimentPart } from "../../report/page/experiment-page.ts";
import { liveCurves, liveMarkup, livePage, type LiveRun } from "../../report/page/live-part.ts";
import { thinCurve } from "../../store/collect.ts";
import { lockSign } from "../../store/holding/lock.ts";
import { readMetrics } from "../../store/run-csv.ts";
import { fixedSeeds } from "../../sweep/fixed-seeds.ts";
import { resultsOf } from "../../sweep/results.ts";
import type { RunRequest } from "../../sweep/run-flags.ts";
import { planRequest, type Asked } from "../../sweep/session.ts";
import { titleOf } from "../format.ts";

/** An experiment while its runs go on. */
export interface Live {
  readonly title: string;
  /** The whole page. */
  readonly page: () => Promise<string>;
  /** What of it changes, as JSON for the page's script. */
  readonly now: () => string;
}

/**
 * Plans an experiment's runs, and looks at their folders whenever it is asked. Writes nothing.
 * @param target an experiment file, an output folder of `run`, or a result folder in one; of several experiments the first that is going on.
 * @throws InputError with everything that is wrong.
 */
export async function openLive(target: string, request: RunRequest): Promise<Live> {
  const planned = await plannedOf(target, request);
  const { experiment } = planned;
  let drawn: { readonly revision: string; readonly page: string } | null = null;
  return {
    title: titleOf(experiment),
    page: async () => {
      const { runs, results, revision, others } = lookAt(planned);
      if (drawn?.revision === revision) return drawn.page;
      const drawing = { renderer: await openRenderer("direct"), prefix: "" };
      const part = await experimentPart(answerOf(results(), []), [], drawing);
      const page = livePage(part, {
        markup: liveMarkup(runs, others),
        revision,
      });
      drawn = { revision, page };
      return page;
    },
    now: () => {
      const { runs, revision, others } = lookAt(planned);
      const { markup } = liveMarkup(runs, others);
      return JSON.stringify({ revision, markup, curves: liveCurves(experiment.variants, runs) });
    },
  };
}

async function plannedOf(target: string, request: RunRequest): Promise<Asked> {
  const all: Asked[] = [];
  for (const { file, request: own } of requestsOf(target, request)) {
    const planned = await planRequest(file, own, { tell: () => undefined, isWritten: false });
    if (lookAt(planned).runs.some(({ state }) => state === "running")) return planned;
    all.push(planned);
  }
  const [first, second] = all;
  if (first === undefined || second !== undefined) {
    const message = `nothing of ${all.map(({ experiment }) => experiment.name).join(", ")} is being trained; name one of their files or folders`;
    throw new InputError([{ where: target, path: "", message }]);
  }
  return first;
}

/** How the runs stand now. */
function lookAt(planned: Asked): {
  readonly runs: readonly LiveRun[];
  /** Of the runs that have finished. */
  readonly results: () => ExperimentResults;
  /** Another one as soon as another run has ended. */
  readonly revision: string;
  /** Runs that somebody trains in the same folder, and that are none of these. */
  readonly others: number;
} {
  const { records, runsFolder } = planned;
  // What has finished stays: its files are not hashed again.
  const before = fixedSeeds(planned).asked;
  records.forget(before.filter(({ known }) => known?.status !== "finished").map(({ runName }) => runName));
  const fixed = fixedSeeds(planned);
  const runs = fixed.asked.map((run) => ({ ...stateOf(run, runsFolder), points: pointsOf(run, runsFolder) }));
  return {
    runs,
    results: () => resultsOf(planned, fixed, null),
    revision: runs.map(({ state }) => revisionSign(state)).join(""),
    others: othersIn(runsFolder, new Set(fixed.asked.map(({ runName }) => runName))),
  };
}

function othersIn(runsFolder: string, own: ReadonlySet<string>): number {
  if (!existsSync(runsFolder)) return 0;
  return readdirSync(runsFolder).filter(
    (name) => !own.has(name) && lockSign(join(runsFolder, name))?.state === "running",
  ).length;
}

function revisionSign(state: RunState["state"]): string {
  return state === "done" ? "d" : state === "failed" ? "f" : "-";
}

/** Rows of a run that is not finished, up to its newest checkpoint; none where there are none yet. */
function pointsOf({ known, runName }: PlannedRun, runsFolder: string): LiveRun["points"] {
  if (known === null || known.status === "finished") return [];
  try {
    return thinCurve(readMetrics(join(runsFolder, runName, "metrics.csv")));
  } catch {
    // It is being written, or damaged: whoever trains it says so.
    return [];
  }
}

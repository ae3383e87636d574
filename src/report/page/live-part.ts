import { lossUnits } from "../../config/stages/loss-units.ts";
import type { Variant } from "../../config/settings.ts";
import { plural } from "../../core/plural.ts";
import type { CurveRow } from "../../records/experiment.ts";
import { variantStyles } from "../draw/palette.ts";
import type { Measure, PageCurves } from "./curve-data.ts";
import { singlePage, type ExperimentPart } from "./experiment-page.ts";
import { html, type Html } from "./html.ts";
import { pageShell } from "./shell.ts";

/** A run as a live page shows it. */
export interface LiveRun {
  readonly variant: string;
  readonly seed: number;
  readonly state: "queued" | "running" | "done" | "failed";
  readonly stepsDone: number;
  readonly steps: number;
  readonly why: string | null;
  /** Up to its newest checkpoint; none of a finished run. */
  readonly points: readonly Pick<CurveRow, "tokens" | "trainLossNats" | "validationLossNats">[];
}

/** What of a live page changes without a new page. */
interface LiveState {
  readonly markup: Html;
  /** Where it changes, the page is asked for anew. */
  readonly revision: string;
}

/** The page of an experiment whose runs go on: how they stand, then what the finished ones say. */
export function livePage(part: ExperimentPart, { markup, revision }: LiveState): string {
  const news = html`<section id="live" aria-labelledby="live-title">
    <h2 id="live-title">Right now</h2>
    <p class="quiet" role="status" id="live-said"></p>
    <div id="live-state" data-revision="${revision}">${markup}</div>
    <div class="interactive" id="live-curves" hidden></div>
  </section>`;
  return pageShell(part.title, singlePage(part, news), { isLive: true }).markup;
}

/**
 * Counts, bars of the runs that go on, and what failed.
 * @param others runs that are trained in the same folder and are none of these.
 */
export function liveMarkup(runs: readonly LiveRun[], others: number): Html {
  const of = (state: LiveRun["state"]): readonly LiveRun[] => runs.filter((run) => run.state === state);
  const done = runs.reduce(
    (sum, { state, stepsDone, steps }) => sum + (state === "done" ? 1 : stepsDone / steps),
    0,
  );
  const counts = [
    `${of("done").length} of ${plural(runs.length, "run")} finished`,
    `${of("running").length} running`,
    `${of("queued").length} queued`,
    `${of("failed").length} failed`,
  ];
  const bars = of("running").map(
    (run) =>
      html`<li>
        <span>${nameOf(run)}</span>
        <progress max="${run.steps}" value="${run.stepsDone}" aria-label="${nameOf(run)}"></progress>
        <span>step ${run.stepsDone} of ${run.steps}${lastLoss(run)}</span>
      </li>`,
  );
  const said = [...of("failed"), ...of("queued")].filter(({ why }) => why !== null);
  const more =
    others === 0
      ? ""
      : html`<p>
          ${plural(others, "run")} beside these ${others === 1 ? "is" : "are"} being trained in the same
          folder: of another experiment, or with flags of moe-lab run that moe-lab watch was not given.
        </p>`;
  return html`<p>${counts.join(", ")}</p>
    ${more}
    <ul class="bars">
      <li>
        <span>all runs</span>
        <progress max="${runs.length}" value="${Number(done.toFixed(3))}" aria-label="all runs"></progress>
        <span>${runs.length === 0 ? "" : `${Math.floor((100 * done) / runs.length)} %`}</span>
      </li>
      ${bars}
    </ul>
    ${
      said.length === 0
        ? ""
        : html`<ul class="failing">
            ${said.map((run) => html`<li><b>${nameOf(run)}</b>: ${run.why ?? ""}</li>`)}
          </ul>`
    }`;
}

function nameOf({ variant, seed }: LiveRun): string {
  return `${variant} s${seed}`;
}

/** Of the newest checkpoint. */
function lastLoss({ points }: LiveRun): string {
  const loss = points.at(-1)?.trainLossNats ?? null;
  return loss === null ? "" : `, training loss ${loss.toFixed(3)}`;
}

/** Curves so far of runs that have begun and not finished, a line a run. */
export function liveCurves(variants: readonly Variant[], runs: readonly LiveRun[]): PageCurves {
  const styles = variantStyles(variants);
  const begun = runs.filter(({ points }) => points.length > 0);
  const [first] = variants;
  const unit = first === undefined ? "nats/token" : lossUnits(first.settings).nats;
  const measure = (
    id: string,
    label: string,
    value: (row: LiveRun["points"][number]) => number | null,
  ): Measure => ({
    ...{ id, label, unit, digits: 4, isSigned: false },
    band: "single runs, up to their newest checkpoints",
    curves: Object.fromEntries(
      begun.map((run) => [
        nameOf(run),
        run.points.flatMap((row) => {
          const loss = value(row);
          return loss === null ? [] : [[row.tokens, loss, loss, loss] as const];
        }),
      ]),
    ),
  });
  return {
    series: begun.map((run) => {
      const { color = "#000000", dash = [] } = styles.get(run.variant) ?? {};
      return { name: nameOf(run), label: nameOf(run), color, dash };
    }),
    measures: [
      measure("training", "training loss", ({ trainLossNats }) => trainLossNats),
      measure("validation", "validation loss", ({ validationLossNats }) => validationLossNats),
    ],
  };
}

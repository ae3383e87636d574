import type { Answer } from "../answer.ts";
import type { ChartSpec } from "../draw/chart-spec.ts";
import type { Renderer } from "../draw/renderer.ts";
import { html, type Html } from "./html.ts";
import { jsonIsland } from "./island.ts";
import { keptPicture, type KeptFigure } from "./kept-figures.ts";
import { pageCurves } from "./page-curves.ts";
import { pageTable } from "./page-table.ts";
import { howToRepeat } from "./repeat.ts";
import {
  abilityTables,
  asked,
  costTable,
  origin,
  picture,
  resultTable,
  settingsOf,
  variantTable,
  verdicts,
} from "./report-sections.ts";
import { runTable } from "./run-table.ts";

/** A part of what a page says of an experiment. */
interface Part {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** One experiment as a page or as a part of one. */
export interface ExperimentPart {
  readonly title: string;
  /** Paper, name, tier. */
  readonly source: readonly string[];
  readonly question: Html;
  /** Verdicts first. */
  readonly parts: readonly Part[];
}

/** Charts of variants against the baseline; those that are neither these nor curves show routers. */
const DIFFERENCES: readonly string[] = ["difference", "slopes", "final-loss", "effect", "power"];
const CURVES = "curves";

/**
 * What a page says of an experiment: the verdicts, then everything behind them.
 * @param kept figures of its folder that other commands made.
 * @param prefix of every id, where there are several experiments on a page; else "".
 */
export async function experimentPart(
  answer: Answer,
  kept: readonly KeptFigure[],
  { renderer, prefix }: { readonly renderer: Renderer; readonly prefix: string },
): Promise<ExperimentPart> {
  const { results, summary, charts } = answer;
  const { experiment } = results.record;
  const pictures = await Promise.all(charts.map((spec) => drawn(spec, renderer, prefix)));
  const parts = [
    ...answerParts(answer, prefix),
    ...pictureParts(answer, [...pictures, ...kept.map((figure) => keptDrawn(figure, prefix))]),
    ...groundParts(answer, prefix),
  ];
  const order = (id: string): number => ORDER.indexOf(id);
  const tier = experiment.tier === "" ? "" : `tier ${experiment.tier}`;
  return {
    title: experiment.title === "" ? experiment.name : experiment.title,
    source: [experiment.paper, `experiment ${experiment.name}`, tier].filter((part) => part !== ""),
    question: asked(results, summary),
    parts: parts
      .toSorted((a, b) => order(a.id) - order(b.id))
      .map((part) => ({ ...part, id: `${prefix}${part.id}` })),
  };
}

/** Parts in the order in which a reader wants them. */
const ORDER: readonly string[] = [
  "verdicts",
  "numbers",
  "abilities",
  "differences",
  "training",
  "cost",
  "routing",
  "set-up",
  "origin",
  "repeat",
];

function answerParts({ summary, table, recipes }: Answer, prefix: string): readonly Part[] {
  const underRecipes =
    recipes === null ? "" : pageTable(recipes, { id: `${prefix}recipes`, notes: recipes.notes });
  const abilities = abilityTables(table, summary, prefix);
  return [
    { id: "verdicts", title: "Verdicts", body: verdicts(summary, table.lead) },
    {
      id: "numbers",
      title: "Table",
      body: html`${resultTable(table, summary, prefix)} ${underRecipes}`,
    },
    ...(abilities === null ? [] : [{ id: "abilities", title: "What the models can do", body: abilities }]),
    { id: "cost", title: "Cost", body: costTable(table, prefix) },
  ];
}

/** A picture's name and its element. */
interface Drawn {
  readonly name: string;
  readonly markup: Html;
}

function pictureParts({ results, summary }: Answer, pictures: readonly Drawn[]): readonly Part[] {
  const those = (isWanted: (name: string) => boolean): Html[] =>
    pictures.filter(({ name }) => isWanted(name)).map(({ markup }) => markup);
  const none = html`<p>No run has finished yet.</p>`;
  const gallery = (shown: readonly Html[]): Html =>
    shown.length === 0 ? none : html`<div class="pictures">${shown}</div>`;
  const curves = pageCurves(results, summary);
  const interactive =
    curves === null
      ? none
      : html`<div class="curves">
          ${jsonIsland("curves", curves)}
          <div class="interactive" hidden></div>
          ${those((name) => name === CURVES)}
        </div>`;
  const routing = those((name) => name !== CURVES && !DIFFERENCES.includes(name));
  return [
    {
      id: "differences",
      title: "Paired differences",
      body: gallery(those((name) => DIFFERENCES.includes(name))),
    },
    { id: "training", title: "Loss curves", body: interactive },
    ...(routing.length === 0
      ? []
      : [{ id: "routing", title: "What the routers did", body: gallery(routing) }]),
  ];
}

/** What it all stands on. */
function groundParts({ results, summary }: Answer, prefix: string): readonly Part[] {
  return [
    {
      id: "set-up",
      title: "Set-up",
      body: html`${variantTable(results, prefix)} ${settingsOf(summary)}`,
    },
    { id: "origin", title: "Where the numbers come from", body: origin(results) },
    {
      id: "repeat",
      title: "How to repeat it",
      body: html`${howToRepeat(results)}
        <details>
          <summary>every run</summary>
          ${pageTable(runTable(results, summary), { id: `${prefix}runs` })}
        </details>`,
    },
  ];
}

/** A page of one experiment. @param news what stands above all that it says; nothing when not given. */
export function singlePage({ title, source, question, parts }: ExperimentPart, news: Html = html``): Html {
  return html`<header>
      <h1>${title}</h1>
      <p class="quiet">${source.join(" · ")}</p>
      ${question}
    </header>
    ${news} ${contents(parts)}
    <main>
      ${parts.map(
        ({ id, title: name, body }) =>
          html`<section id="${id}" aria-labelledby="${id}-title">
            <h2 id="${id}-title">${name}</h2>
            ${body}
          </section>`,
      )}
    </main>`;
}

/** Links to the parts. */
function contents(parts: readonly Part[]): Html {
  return html`<nav aria-label="on this page">
    <ul>
      ${parts.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
    </ul>
  </nav>`;
}

async function drawn(spec: ChartSpec, renderer: Renderer, prefix: string): Promise<Drawn> {
  const svg = Buffer.from(await renderer.render(spec, "svg")).toString("utf8");
  return { name: spec.name, markup: picture(spec, svg, prefix) };
}

/** One that another command made. */
function keptDrawn(figure: KeptFigure, prefix: string): Drawn {
  return { name: figure.name, markup: keptPicture(figure, prefix) };
}

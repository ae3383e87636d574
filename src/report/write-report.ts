import { join } from "node:path";
import { summarise, type Summary } from "../analysis/summary.ts";
import { canonicalJson } from "../core/json.ts";
import { writeFileAtomic } from "../core/files.ts";
import type { Variant } from "../config/settings.ts";
import type { ExperimentResults } from "../store/records.ts";
import { lossTable } from "../tables/loss.ts";
import { printHtml } from "../tables/print-markup.ts";
import type { ChartSpec } from "./chart-spec.ts";
import { html, trusted, type Html } from "./html.ts";
import { labelOf, percent } from "./labels.ts";
import { chartsOf } from "./plot-experiment.ts";
import { openRenderer, type Renderer } from "./renderer.ts";
import { REPORT_STYLE } from "./report-style.ts";

/**
 * Writes `report.html` into the folder: one page with the question, the answer as a table, the pictures and where the numbers come
 * from; nothing else is loaded with it. Equal results give equal bytes.
 * @returns its path.
 * @throws Error when the font or the canvas is missing.
 */
export async function writeReport(results: ExperimentResults, folder: string): Promise<string> {
  const path = join(folder, "report.html");
  writeFileAtomic(path, reportPage(results, await openRenderer("direct")).markup);
  return path;
}

function reportPage(results: ExperimentResults, renderer: Renderer): Html {
  const summary = summarise(results);
  const { experiment } = results.record;
  const title = experiment.title === "" ? experiment.name : experiment.title;
  const table = lossTable(summary);
  const pictures = chartsOf(results).map((spec) => picture(spec, renderer));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${trusted(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p class="quiet">
            ${[experiment.paper, `experiment ${experiment.name}`, experiment.tier === "" ? "" : `tier ${experiment.tier}`].filter((part) => part !== "").join(" · ")}
          </p>
        </header>
        <main>
          <h2>Answer</h2>
          ${table.lead.map((line) => html`<p class="lead">${line}</p>`)}
          <div class="wide">${trusted(printHtml({ ...table, lead: [] }))}</div>
          <h2>Pictures</h2>
          ${
            pictures.length === 0
              ? html`<p>No run has finished yet.</p>`
              : html`<div class="pictures">${pictures}</div>`
          }
          <h2>What was asked</h2>
          ${question(results, summary)}
          <h2>Where the numbers come from</h2>
          ${origin(results)}
        </main>
      </body>
    </html> `;
}

function picture(spec: ChartSpec, renderer: Renderer): Html {
  const svg = Buffer.from(renderer.render(spec, "svg")).toString("utf8");
  return html`<figure id="${spec.name}">
    <div role="img" aria-label="${spec.caption}">${trusted(inlineSvg(svg, spec.name))}</div>
    <figcaption>${spec.caption}</figcaption>
  </figure>`;
}

/** An SVG file as an element of a page: without the XML header, and with ids that other pictures don't use. */
function inlineSvg(svg: string, name: string): string {
  return svg
    .replace(/^<\?xml[^>]*\?>/, "")
    .replaceAll(/ id="/g, ` id="${name}-`)
    .replaceAll("url(#", `url(#${name}-`)
    .replaceAll('href="#', `href="#${name}-`);
}

/** Variants with what each changes, and how they are judged. */
function question(results: ExperimentResults, summary: Summary): Html {
  const { experiment } = results.record;
  const rows = experiment.variants.map((variant) => {
    const solved = Object.entries(results.record.variants[variant.name]?.solved ?? {});
    const settings = variant.varies.map((path) => `${path} = ${valueAt(variant, path)}`);
    return html`<tr>
      <th scope="row">${variant.label}</th>
      <td><code>${variant.settings.router.name}</code></td>
      <td>
        <code
          >${[...settings, ...solved.map(([name, value]) => `${name} solved: ${Number(value.toPrecision(5))}`)].join("; ")}</code
        >
      </td>
    </tr>`;
  });
  return html`<p>
      ${experiment.variants.length} variants at ${experiment.seeds.length} seeds
      (${experiment.seeds.join(", ")}), each compared with ${labelOf(results, experiment.baseline)} at the
      same seed by ${summary.metric.label} in ${summary.metric.unit}. Differences within
      ±${percent(experiment.margin)} of the baseline's mean count as none.
    </p>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">variant</th>
            <th scope="col">router</th>
            <th scope="col">may differ from the base in</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}

/** A setting by its dotted path, as JSON. */
function valueAt(variant: Variant, path: string): string {
  const value = path
    .split(".")
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === "object" && inner !== null
          ? Object.entries(inner).find(([name]) => name === key)?.[1]
          : undefined,
      variant.settings,
    );
  return value === undefined ? "unset" : canonicalJson(value);
}

function origin(results: ExperimentResults): Html {
  const { provenance } = results.record;
  const finished = results.runs.filter(({ status }) => status === "finished").length;
  const entries: readonly (readonly [string, string])[] = [
    ["runs", `${finished} of ${results.runs.length} finished`],
    ...(provenance === null
      ? []
      : ([
          ["moe-lab", provenance.moeLab],
          [
            "engine",
            `${provenance.engine}, ${provenance.threads} ${provenance.threads === 1 ? "thread" : "threads"} a run`,
          ],
          [
            "versions",
            Object.entries(provenance.versions)
              .map((entry) => entry.join(" "))
              .join(", "),
          ],
          ["graph passes", provenance.passes.join(", ")],
          ["machine", [provenance.platform, provenance.cpu].filter((part) => part !== "").join(", ")],
        ] as const)),
  ];
  return html`<dl>
      ${entries
        .filter(([, value]) => value !== "")
        .map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
    </dl>
    <p class="quiet">
      Every number is in the files beside this page: runs.csv, curves.csv, load.csv, matrices.csv,
      summary.csv.
    </p>`;
}

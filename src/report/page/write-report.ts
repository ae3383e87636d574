import { join } from "node:path";
import { writeFileAtomic } from "../../core/files.ts";
import type { Answer } from "../answer.ts";
import { html, trusted, type Html } from "./html.ts";
import { openRenderer, type Renderer } from "../draw/renderer.ts";
import { asked, origin, picture, tablePanels, variantTable } from "./report-sections.ts";
import { REPORT_STYLE } from "./report-style.ts";

/**
 * Writes `report.html` into the folder: one page with the question, the answer as a table, the pictures and where the numbers come
 * from; nothing else is loaded with it. Equal answers give equal bytes.
 * @returns its path.
 * @throws Error when the font or the canvas is missing.
 */
export async function writeReport(answer: Answer, folder: string): Promise<string> {
  const path = join(folder, "report.html");
  const page = await reportPage(answer, await openRenderer("direct"));
  writeFileAtomic(path, page.markup);
  return path;
}

async function reportPage({ results, summary, table, charts }: Answer, renderer: Renderer): Promise<Html> {
  const { experiment } = results.record;
  const title = experiment.title === "" ? experiment.name : experiment.title;
  const tier = experiment.tier === "" ? "" : `tier ${experiment.tier}`;
  const source = [experiment.paper, `experiment ${experiment.name}`, tier].filter((part) => part !== "");
  const pictures = await Promise.all(
    charts.map(async (spec) =>
      picture(spec, Buffer.from(await renderer.render(spec, "svg")).toString("utf8")),
    ),
  );
  const page = html`<html lang="en">
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
        <p class="quiet">${source.join(" · ")}</p>
        ${asked(results, summary)}
      </header>
      <main>
        <h2>Answer</h2>
        ${table.lead.map((line) => html`<p class="lead">${line}</p>`)} ${tablePanels(table, summary)}
        <h2>Pictures</h2>
        ${
          pictures.length === 0
            ? html`<p>No run has finished yet.</p>`
            : html`<div class="pictures">${pictures}</div>`
        }
        <h2>Variants</h2>
        ${variantTable(results)}
        <h2>Where the numbers come from</h2>
        ${origin(results)}
      </main>
    </body>
  </html>`;
  return html`<!doctype html>
    ${page} `;
}

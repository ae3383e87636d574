import type { Summary } from "../../analysis/summary.ts";
import { routerWords } from "../../config/by-layer/spans.ts";
import type { Variant } from "../../config/settings.ts";
import { canonicalJson } from "../../core/json.ts";
import { plural } from "../../core/plural.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { ABILITY_PANELS, abilityNotes } from "../../tables/abilities/abilities.ts";
import { verdictSentences } from "../../tables/brief.ts";
import { column, columnsFor, type Column, type Table } from "../../tables/table.ts";
import { baselineLabel, percent } from "../charts/labels.ts";
import type { ChartSpec } from "../draw/chart-spec.ts";
import { html, trusted, type Html } from "./html.ts";
import { pageTable, verdictClass } from "./page-table.ts";

/** What the experiment asked, in a paragraph. */
export function asked(results: ExperimentResults, summary: Summary): Html {
  const { experiment } = results.record;
  const { metric } = summary;
  return html`<p>
    Asked: ${plural(experiment.variants.length, "variant")} at ${plural(experiment.seeds.length, "seed")},
    each compared with ${baselineLabel(results, summary)} at the same seed by ${metric.label} in
    ${metric.unit}. Differences within ±${percent(summary.margin)} of the baseline's mean count as none.
  </p>`;
}

/** A sentence for every verdict, then how sharp the instrument is and for what training it all holds: the table's lead. */
export function verdicts(summary: Summary, lead: Table["lead"]): Html {
  const items = verdictSentences(summary).map(
    ({ verdict, sentence }) => html`<li class="${verdictClass(verdict)}">${sentence}</li>`,
  );
  const answer =
    items.length === 0
      ? html`<p class="lead">No finished pair of runs yet, so there is no answer.</p>`
      : html`<ul class="verdicts">
          ${items}
        </ul>`;
  return html`${answer} ${lead.map((line) => html`<p>${line}</p>`)}`;
}

/** What was found, with the notes. @param prefix of ids on this page. */
export function resultTable(table: Table, summary: Summary, prefix: string): Html {
  const title = `${summary.metric.label} against ${baselineIn(summary)}`;
  const elsewhere = new Set(abilityNotes(summary.rows));
  const notes = table.notes.filter((note) => !elsewhere.has(note));
  const shown = { id: `${prefix}table`, columns: panelOf(table, 1), notes };
  return pageTable({ ...table, title }, shown);
}

/** What it cost, and how the routers behaved. */
export function costTable(table: Table, prefix: string): Html {
  return pageTable(
    { ...table, title: "parameters, computing and load" },
    { id: `${prefix}cost-table`, columns: panelOf(table, 2) },
  );
}

/** What models could do, a table a panel, each with how to read it; null where nothing was asked or reported. */
export function abilityTables(table: Table, { rows }: Summary, prefix: string): Html | null {
  const tables = ABILITY_PANELS.flatMap(({ panel, name, title, notes }) => {
    const columns = panelOf(table, panel);
    return columns.length < 2
      ? []
      : [pageTable({ ...table, title }, { id: `${prefix}${name}-table`, columns, notes: notes(rows) })];
  });
  return tables.length === 0 ? null : html`${tables}`;
}

function baselineIn({ rows, baseline }: Summary): string {
  return rows.find(({ variant }) => variant === baseline)?.label ?? baseline;
}

/** The name and the printed columns of one panel. */
function panelOf(table: Table, panel: number): readonly Column[] {
  const [name, ...others] = columnsFor(table, "print");
  return name === undefined ? [] : [name, ...others.filter((candidate) => candidate.panel === panel)];
}

/** A picture with its caption. @param svg the picture's file. */
export function picture(spec: ChartSpec, svg: string, prefix: string): Html {
  return html`<figure class="picture" id="${prefix}${spec.name}">
    <div role="img" aria-label="${spec.caption}">${trusted(inlineSvg(svg, `${prefix}${spec.name}`))}</div>
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

/** Variants with what each changes. */
export function variantTable(results: ExperimentResults, prefix: string): Html {
  const { experiment, variants } = results.record;
  const table: Table = {
    name: "variants",
    title: "what each variant changes",
    lead: [],
    notes: [],
    columns: [
      column("label", "variant", "text"),
      column("router", "router", "text"),
      column("settings", "may differ from the base in", "text"),
    ],
    rows: experiment.variants.map((variant) => {
      const solved = Object.entries(variants[variant.name]?.solved ?? {});
      const settings = [
        ...variant.varies.map((path) => `${path} = ${valueAt(variant, path)}`),
        ...solved.map(([name, value]) => `${name}, solved: ${Number(value.toPrecision(5))}`),
      ].join("; ");
      return {
        marks: "",
        cells: { label: variant.label, router: routerWords(variant.settings.router), settings },
      };
    }),
  };
  return pageTable(table, { id: `${prefix}variants` });
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

/** Every setting of the baseline. */
export function settingsOf({ settings, baseline }: Summary): Html {
  return html`<details>
    <summary>every setting of ${baseline}</summary>
    <pre tabindex="0"><code>${JSON.stringify(settings, null, 2)}</code></pre>
  </details>`;
}

/** What computed the numbers, and which files hold them. */
export function origin(results: ExperimentResults): Html {
  const { provenance, numerics } = results.record;
  const finished = results.runs.filter(({ status }) => status === "finished").length;
  const entries: readonly (readonly [string, string])[] = [
    ["runs", `${finished} of ${results.runs.length} finished`],
    ...(provenance === null
      ? []
      : ([
          ["moe-lab", provenance.moeLab],
          ["numerics", numerics === undefined ? "" : String(numerics)],
          ["engine", `${provenance.engine}, ${plural(provenance.threads, "thread")} a run`],
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
  const rows = entries
    .filter(([, value]) => value !== "")
    .map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    );
  return html`<dl>${rows}</dl>
    <p class="quiet">
      Every number is in the files beside this page: runs.csv, curves.csv, load.csv, routing.csv,
      matrices.csv, summary.csv.
    </p>`;
}

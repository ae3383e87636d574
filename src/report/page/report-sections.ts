import type { Summary } from "../../analysis/summary.ts";
import type { Variant } from "../../config/settings.ts";
import { canonicalJson } from "../../core/json.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { printHtml } from "../../tables/print-markup.ts";
import type { Table } from "../../tables/table.ts";
import type { ChartSpec } from "../draw/chart-spec.ts";
import { html, trusted, type Html } from "./html.ts";
import { baselineLabel, percent } from "../charts/labels.ts";

/** What the experiment asked, in a paragraph. */
export function asked(results: ExperimentResults, summary: Summary): Html {
  const { experiment } = results.record;
  const { metric } = summary;
  const seeds = experiment.seeds.length === 1 ? "1 seed" : `${experiment.seeds.length} seeds`;
  return html`<p>
    Asked: ${experiment.variants.length} variants at ${seeds}, each compared with
    ${baselineLabel(results, summary)} at the same seed by ${metric.label} in ${metric.unit}. Differences
    within ±${percent(summary.margin)} of the baseline's mean count as none.
  </p>`;
}

/** The table as two that fit on a page: what was found, with the notes; what it cost and how the routers behaved. */
export function tablePanels(table: Table, summary: Summary): readonly Html[] {
  const [name] = table.columns;
  const columnsOf = (panel: number): Table["columns"] =>
    table.columns.filter((column) => column === name || column.panel === panel);
  const baseline =
    summary.rows.find(({ variant }) => variant === summary.baseline)?.label ?? summary.baseline;
  const panels: readonly Table[] = [
    { ...table, title: `${summary.metric.label} against ${baseline}`, lead: [], columns: columnsOf(1) },
    {
      ...table,
      name: `${table.name}-cost`,
      title: "cost and routing",
      lead: [],
      columns: columnsOf(2),
      notes: [],
    },
  ];
  return panels.map((panel) => html`<div class="wide">${trusted(printHtml(panel))}</div>`);
}

/** A picture with its caption. @param svg the picture's file. */
export function picture(spec: ChartSpec, svg: string): Html {
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

/** Variants with what each changes. */
export function variantTable(results: ExperimentResults): Html {
  const rows = results.record.experiment.variants.map((variant) => {
    const solved = Object.entries(results.record.variants[variant.name]?.solved ?? {});
    const settings = [
      ...variant.varies.map((path) => `${path} = ${valueAt(variant, path)}`),
      ...solved.map(([name, value]) => `${name}, solved: ${Number(value.toPrecision(5))}`),
    ];
    return html`<tr>
      <th scope="row">${variant.label}</th>
      <td><code>${variant.settings.router.name}</code></td>
      <td><code>${settings.join("; ")}</code></td>
    </tr>`;
  });
  return html`<div class="wide">
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

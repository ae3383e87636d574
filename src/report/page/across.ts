import type { Comparison } from "../../analysis/comparison.ts";
import type { Summary, SummaryRow } from "../../analysis/summary.ts";
import { tokensTrained } from "../../analysis/marks.ts";
import { plural } from "../../core/plural.ts";
import { fixed } from "../../tables/format.ts";
import { column, dataColumn, type Column, type Row, type Table, type Value } from "../../tables/table.ts";
import type { Answer } from "../answer.ts";
import type { ExperimentPart } from "./experiment-page.ts";
import { html, type Html } from "./html.ts";
import { pageTable } from "./page-table.ts";

/** An experiment on a page of several. */
export interface PagePart {
  readonly answer: Answer;
  readonly part: ExperimentPart;
  /** Of its ids. */
  readonly prefix: string;
}

/** A page of several experiments: an index, variants across them, then each as it is alone. */
export function severalPage(parts: readonly PagePart[]): Html {
  const items = parts.map(
    ({ answer: { summary }, part, prefix }) =>
      html`<li><a href="#${prefix}top">${titleIn(part, summary)}</a></li>`,
  );
  return html`<header>
      <h1>${plural(parts.length, "experiment")}, side by side</h1>
    </header>
    <nav aria-label="experiments on this page">
      <ul>
        <li><a href="#across">Variants across experiments</a></li>
        ${items}
      </ul>
    </nav>
    <main>
      <section id="across" aria-labelledby="across-title">
        <h2 id="across-title">Variants across experiments</h2>
        ${pageTable(acrossTable(parts), { id: "across-table", notes: [NOTE] })}
      </section>
      ${parts.map(experimentSection)}
    </main>`;
}

const NOTE =
  "Each column is an experiment of its own: differences from its own baseline, paired by seed. Differences between columns were not tested.";

function experimentSection({ answer: { summary }, part, prefix }: PagePart): Html {
  const sections = part.parts.map(
    ({ id, title, body }) =>
      html`<section id="${id}" aria-labelledby="${id}-title">
        <h3 id="${id}-title">${title}</h3>
        ${body}
      </section>`,
  );
  return html`<article id="${prefix}top" aria-labelledby="${prefix}title">
    <h2 id="${prefix}title">${titleIn(part, summary)}</h2>
    <p class="quiet">${part.source.join(" · ")}</p>
    ${part.question} ${sections}
  </article>`;
}

/** Tiers of one experiment have one title. */
function titleIn({ title }: ExperimentPart, { tier }: Summary): string {
  return tier === "" ? title : `${title} (${tier})`;
}

/** A row a variant, by its name; for each experiment the difference from its baseline with its verdict. */
function acrossTable(parts: readonly PagePart[]): Table {
  const summaries = parts.map(({ answer }) => answer.summary);
  const names = [...new Set(summaries.flatMap(({ rows }) => rows.map(({ variant }) => variant)))];
  return {
    name: "across",
    title: "differences from the baseline, %, and verdicts",
    lead: [],
    notes: [],
    columns: [
      column("label", "variant", "text"),
      dataColumn("variant"),
      ...summaries.flatMap((summary, index) => columnsOf(summary, index)),
    ],
    rows: names.map((name) => rowOf(name, summaries)),
  };
}

function columnsOf(summary: Summary, index: number): readonly Column[] {
  const id = idOf(summary, index);
  const tokens = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
  const name = summary.tier === "" ? summary.experiment : `${summary.experiment} (${summary.tier})`;
  const header = `${name}, ${tokens.format(tokensTrained(summary.settings))} tokens`;
  return [
    column(`${id}_difference_percent`, header, "signed", { digits: 2 }),
    ...[`${id}_low_percent`, `${id}_high_percent`, `${id}_verdict`].map(dataColumn),
  ];
}

/** Two folders may hold one experiment. */
function idOf({ experiment, tier }: Summary, index: number): string {
  return [String(index + 1), experiment, tier].filter((word) => word !== "").join("_");
}

function rowOf(name: string, summaries: readonly Summary[]): Row {
  const found = summaries.map((summary) => summary.rows.find(({ variant }) => variant === name));
  const cells: Record<string, Value> = {
    label: found.find((row) => row !== undefined)?.label ?? name,
    variant: name,
  };
  const written: Record<string, string> = {};
  for (const [index, summary] of summaries.entries()) {
    const id = idOf(summary, index);
    const row = found[index];
    const comparison = row?.comparison;
    cells[`${id}_difference_percent`] = hundred(comparison?.relative.mean);
    cells[`${id}_low_percent`] = hundred(comparison?.relative.low);
    cells[`${id}_high_percent`] = hundred(comparison?.relative.high);
    cells[`${id}_verdict`] = comparison?.verdict ?? null;
    written[`${id}_difference_percent`] = words(row);
  }
  return { marks: "", cells, written };
}

function hundred(share: number | null | undefined): number | null {
  return share == null || Number.isNaN(share) ? null : 100 * share;
}

/** `+1.14 ±0.81 worse`. */
function words(row: SummaryRow | undefined): string {
  if (row === undefined) return "";
  if (row.role === "baseline") return "baseline";
  if (row.comparison === null) return row.diverged.length > 0 ? "diverged" : "not finished";
  if (row.comparison.scale === 0) return row.comparison.verdict ?? "one seed";
  return [sizeOf(row.comparison), row.comparison.verdict ?? "one seed"].join(" ");
}

function sizeOf({ relative: { mean, low, high } }: Comparison): string {
  const size = fixed(100 * mean, 2, true);
  return low === null || high === null ? size : `${size} ±${fixed(50 * (high - low), 2)}`;
}

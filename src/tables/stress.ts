import type { StressRow } from "../analysis/stress.ts";
import { stressAnswer } from "../analysis/stress.ts";
import type { RatioInterval } from "../analysis/fieller.ts";
import type { StoredAnswer, TableEntry } from "./entry.ts";
import { fixed, percent } from "./format.ts";
import { interval, percents } from "./loss.ts";
import { column, dataColumn, type Column, type Row, type Table } from "./table.ts";
import { marksOf, notesOf, signLegend, trainingLine } from "./words.ts";

/** `table stress`: the routers of the papers, and controls, on every synthetic task. */
export const stressTable = tableOf("stress", "Stress suite: tasks whose right routing is known");

/** `table stress-catalogue`: other ways to choose, on the tasks whose rule only context shows. */
export const stressCatalogueTable = tableOf(
  "stress-catalogue",
  "Stress suite: routers of the catalogue on rules that only context shows",
);

/**
 * What each router finds on each synthetic task, against frozen random routing and against an oracle that is told the rule
 * (docs/model.md, Synthetic tasks).
 * @param experiment whose name the table has too
 */
function tableOf(experiment: string, title: string): TableEntry {
  const build = ({ results }: StoredAnswer): Table => stressTableOf(experiment, title, results);
  return { name: experiment, title, paper: "", experiment, variants: [], build };
}

function stressTableOf(name: string, title: string, results: StoredAnswer["results"]): Table {
  if (results === null) {
    const remedy = `No results yet: \`npx moe-lab run experiments/${name}.json\` makes them.`;
    return { name, title, lead: [remedy], columns: COLUMNS, rows: [], notes: [] };
  }
  const { summary, rows } = stressAnswer(results);
  const { alpha, margin, metric } = summary;
  const legend = signLegend(rows.map(({ row }) => marksOf(row)).join(""), "◊†");
  return {
    name,
    title,
    lead: [trainingLine(summary)],
    columns: COLUMNS,
    rows: rows.map((row, index) => rowOf(name, row, rows[index - 1]?.task)),
    notes: [
      `Over optimum: ${metric.label} minus that of the best predictor that sees the sequence so far; ± and [ ] are ${percent(1 - alpha, 0)} % intervals over seeds. Below zero only where the oracle is told what no predictor knows.`,
      "Gap: (frozen - router) / (frozen - oracle) with Fieller's interval; \"none\" where frozen and oracle can't be told apart, so that there is no gap to close.",
      "Knows: mutual information of expert and label on validation tokens, less that of shuffled labels, in percent of the labels' entropy; mean over layers.",
      `Verdict: against frozen random routing, paired by seed, Holm over all routers and tasks at ${percent(alpha, 0)} %, margin ${percent(margin)} %.`,
      ...notesOf(summary).filter((note) => note.startsWith("◊") || note.startsWith("†")),
      ...(legend.length === 0 ? [] : [`${legend.join("; ")}.`]),
    ],
  };
}

const COLUMNS: readonly Column[] = [
  column("task_once", "task", "text", { place: "print" }),
  column("label", "router", "text"),
  ...["experiment", "task", "arm", "variant", "seeds_finished", "seeds_asked"].map(dataColumn),
  column("regret_nats", "over optimum", "fixed", {
    unit: "nats",
    digits: 3,
    interval: { low: "regret_nats_low", high: "regret_nats_high" },
  }),
  ...["regret_nats_low", "regret_nats_high"].map(dataColumn),
  column("gap_closed_percent", "gap", "fixed", { unit: "%" }),
  ...["gap_closed_percent_low", "gap_closed_percent_high"].map(dataColumn),
  column("label_information_percent", "knows", "fixed", { unit: "%" }),
  ...["label_information_percent_low", "label_information_percent_high"].map(dataColumn),
  ...["difference_percent", "difference_percent_low", "difference_percent_high", "holm_p"].map(dataColumn),
  column("verdict", "verdict", "verdict"),
];

function rowOf(
  experiment: string,
  { task, arm, row, regretNats, gapClosed, labelShare }: StressRow,
  above: string | undefined,
): Row {
  const { comparison } = row;
  const gap =
    gapClosed?.low == null || gapClosed.high === null
      ? { mean: gapClosed?.ratio ?? 0, low: null, high: null }
      : { mean: gapClosed.ratio, low: gapClosed.low, high: gapClosed.high };
  return {
    marks: "",
    written: gapClosed === null ? {} : { gap_closed_percent: gapWords(gapClosed) },
    cells: {
      task_once: task === above ? "" : task,
      experiment,
      task,
      arm,
      variant: row.variant,
      label: `${labelOf(row)}${marksOf(row) === "" ? "" : ` ${marksOf(row)}`}`,
      seeds_finished: row.seedsFinished,
      seeds_asked: row.seedsAsked,
      ...interval("regret_nats", regretNats),
      ...(gapClosed === null ? {} : percents("gap_closed_percent", gap)),
      ...percents("label_information_percent", labelShare === null ? undefined : { ...labelShare }),
      ...percents("difference_percent", comparison?.relative),
      holm_p: comparison?.holmP ?? null,
      verdict: comparison?.verdict ?? (row.role === "baseline" ? "frozen" : null),
    },
  };
}

/** Without the task, which stands in a column of its own. */
function labelOf({ label }: StressRow["row"]): string {
  const at = label.indexOf(", data.domains=");
  return at === -1 ? label : label.slice(0, at);
}

function gapWords({ ratio, low, high }: RatioInterval): string {
  if (low === null || high === null) return "none";
  const [mean, from, to] = [ratio, low, high].map((share) => fixed(100 * share, 0));
  return `${mean ?? ""} [${from ?? ""}, ${to ?? ""}]`;
}

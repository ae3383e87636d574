import { tokensTrained } from "../../analysis/marks.ts";
import { CONTRASTS } from "../../papers/calibration/registry.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import type { TableEntry } from "../entry.ts";
import { fixed } from "../format.ts";
import { percents } from "../loss.ts";
import { column, dataColumn, type Column, type Row, type Table } from "../table.ts";
import { calibrationAnswer, CALIBRATION, type ContrastAnswer } from "./answer.ts";
import { readCalibrations } from "./stored.ts";

/** `table regimes`: every calibration below a folder of results, a regime a row (docs/validity.md). */
export const regimesTable: TableEntry = {
  name: "regimes",
  title: "Regimes: how many published contrasts each shows",
  paper: "",
  experiment: CALIBRATION,
  variants: [],
  build: ({ results }) => regimesTableOf(results === null ? [] : [results]),
  buildFrom: (folder) => regimesTableOf(readCalibrations(folder)),
};

/** The contrasts that are scored. */
const GATES = CONTRASTS.filter(({ gate }) => gate === "effect" || gate === "no effect");

function regimesTableOf(calibrations: readonly ExperimentResults[]): Table {
  const { name, title } = regimesTable;
  const remedy = `No results yet: \`npx moe-lab run experiments/${CALIBRATION}.json\` makes the first.`;
  return {
    name,
    title,
    lead: calibrations.length === 0 ? [remedy] : [],
    columns: COLUMNS,
    rows: calibrations
      .map(rowOf)
      .filter((row) => row !== null)
      .sort((one, two) => Number(one.cells["tokens"]) - Number(two.cells["tokens"])),
    notes:
      calibrations.length === 0
        ? []
        : [
            "Percent of the loss, + is worse. Bare: agreed with what is published. In brackets: undecided. With !: disagreed. Empty: a regime that can't have it.",
            `What each column asks, and intervals: \`moe-lab table ${CALIBRATION}\`. Few seeds leave much undecided: compare regimes of equally many.`,
          ],
  };
}

const COLUMNS: readonly Column[] = [
  column("regime", "regime", "text"),
  ...["experiment", "tier", "width", "layers", "top_k", "batch_tokens", "domain_names"].map(dataColumn),
  column("tokens", "tokens", "compact"),
  column("vocabulary", "V", "fixed"),
  column("experts", "experts", "fixed"),
  column("dense_layers", "dense layers", "fixed"),
  column("domains", "domains", "fixed"),
  column("seeds_asked", "seeds", "fixed"),
  column("agreed", "agreed", "fixed"),
  column("disagreed", "against", "fixed"),
  column("undecided", "open", "fixed"),
  ...GATES.flatMap(({ name }, index) => [
    column(`${idOf(name)}_percent`, name, "signed", { unit: "%", digits: 1, panel: index < 4 ? 2 : 3 }),
    ...["low", "high", "answer"].map((end) => dataColumn(`${idOf(name)}_percent_${end}`)),
  ]),
];

/** @returns null for a calibration without a finished pair. */
function rowOf(results: ExperimentResults): Row | null {
  const { contrasts, score, summary } = calibrationAnswer(results);
  if (summary === null) return null;
  const { model, data } = summary.settings;
  const { experiment } = results.record;
  const gates = contrasts.filter(({ agreement }) => agreement !== null);
  const seeds = contrasts.map(({ row }) => row?.seedsAsked ?? 0);
  return {
    marks: "",
    written: Object.fromEntries(gates.flatMap(writtenOf)),
    cells: {
      regime: nameOf(experiment.name, experiment.tier),
      experiment: experiment.name,
      tier: experiment.tier,
      width: model.width,
      layers: model.layers,
      top_k: model.topK,
      batch_tokens: data.batchSequences * data.sequenceLength,
      domain_names: data.domains.map(({ name }) => name).join(" "),
      tokens: tokensTrained(summary.settings),
      vocabulary: data.vocabulary,
      experts: model.experts,
      dense_layers: model.denseLayers,
      domains: data.domains.length,
      seeds_asked: Math.max(...seeds),
      agreed: score.agreed,
      disagreed: score.disagreed,
      undecided: score.undecided,
      ...Object.fromEntries(gates.flatMap((gate) => Object.entries(cellsOf(gate)))),
    },
  };
}

/** `vocabulary-1k` of `calibration-of-vocabulary-1k`; of the shipped regime its tier. */
function nameOf(experiment: string, tier: string): string {
  const own = experiment === CALIBRATION ? "shipped" : experiment.slice(`${CALIBRATION}-of-`.length);
  return tier === "" ? own : `${own}, ${tier}`;
}

function idOf(contrast: string): string {
  return contrast.replaceAll("-", "_");
}

function cellsOf({ contrast, row, agreement }: ContrastAnswer): Row["cells"] {
  const id = `${idOf(contrast.name)}_percent`;
  return { ...percents(id, row?.comparison?.relative), [`${id}_answer`]: agreement };
}

function writtenOf({ contrast, row, agreement }: ContrastAnswer): [string, string][] {
  const mean = row?.comparison?.relative.mean;
  if (mean === undefined) return [];
  const number = fixed(100 * mean, 1, true);
  const text = agreement === "agreed" ? number : agreement === "disagreed" ? `${number}!` : `(${number})`;
  return [[`${idOf(contrast.name)}_percent`, text]];
}

import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { parseSource } from "../config/source.ts";
import { InputError, messageOf } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import type { FinalResults, MatrixRecord, TaskResults } from "../records/results.ts";
import { answerColumns, readAnswers } from "./answers/answer-columns.ts";
import { csvCell } from "./csv.ts";
import { experimentRecordSchema } from "./experiment-schema.ts";
import { isOnlyPlanned, readLooks, writeLooks } from "./looks.ts";
import { readCsv, type CsvFile, type CsvRow } from "./read-csv.ts";
import { assertSealed } from "./result-set.ts";
import type { ExperimentRecord, ExperimentResults, RunRow } from "../records/experiment.ts";

/**
 * The small files of `results/<experiment>/`, from which tables and plots are made: experiment.json, runs.csv, curves.csv,
 * load.csv, routing.csv, matrices.csv, and looks.json where looks are recorded (looks.ts). Units are in the column names; losses are nats
 * a token; an empty cell is a missing number.
 */

/** Result columns of runs.csv, without the domains'. */
const RESULT_COLUMNS = {
  tokens_trained: (r: FinalResults) => r.tokensTrained,
  train_loss_nats: (r: FinalResults) => r.trainLossNats,
  validation_loss_nats: (r: FinalResults) => r.validationLossNats,
  validation_bits_per_byte: (r: FinalResults) => r.validationBitsPerByte,
  causal_validation_loss_nats: (r: FinalResults) => r.causalValidationLossNats,
  balance_loss: (r: FinalResults) => r.balanceLoss,
  z_loss: (r: FinalResults) => r.zLoss,
  max_load_share: (r: FinalResults) => r.maxLoadShare,
  dead_experts: (r: FinalResults) => r.deadExperts,
  unrouted_share: (r: FinalResults) => r.unroutedShare,
} as const;

/** Columns of runs on synthetic tasks; a file without such runs lacks them. */
const TASK_COLUMNS = {
  optimum_nats: (r: TaskResults) => r.optimumNats,
  label_nats: (r: TaskResults) => r.labelNats,
  label_information_nats: (r: TaskResults) => r.informationNats,
  label_information_shuffled_nats: (r: TaskResults) => r.shuffledInformationNats,
} as const;

/** Of the test split; a file of runs of before it was measured lacks it. */
const TEST_COLUMN = "test_loss_nats";

/** Of what objectives report; a file of runs that report nothing lacks them. */
const OBJECTIVE_PREFIX = "objective_";

/** Why runs diverged; a file without such runs lacks it. */
const FAILURE_COLUMN = "failure";

const RUN_COLUMNS = ["variant", "seed", "run_id", "status", "provenance"] as const;
const CURVE_COLUMNS = [
  "variant",
  "seed",
  "step",
  "tokens",
  "train_loss_nats",
  "validation_loss_nats",
] as const;
const LOAD_COLUMNS = ["variant", "seed", "layer", "expert", "share"] as const;
const ROUTING_COLUMNS = ["variant", "seed", "step", "tokens", "layer", "expert", "share"] as const;
const MATRIX_COLUMNS = ["variant", "name", "layer", "row", "column", "value"] as const;
const DOMAIN_COLUMN = /^domain_(.*)_loss_nats$/s;
const STATUSES = ["running", "interrupted", "failed", "diverged", "finished", "damaged", "missing"] as const;

/** The small files, all of which a reader takes its numbers from. */
export const DATA_FILES: readonly string[] = [
  "experiment.json",
  "runs.csv",
  "curves.csv",
  "load.csv",
  "routing.csv",
  "matrices.csv",
];

/**
 * Writes an experiment's small files; the same results give the same bytes.
 * @returns the paths, without looks.json, which is history.
 * @throws the file system's error.
 */
export function writeExperimentFiles(folder: string, results: ExperimentResults): string[] {
  const written: string[] = [];
  const write = (name: string, header: readonly string[], rows: readonly Cell[][]): void => {
    const cells = [[...header], ...rows].map((row) => row.map(csvCell));
    written.push(join(folder, name));
    writeFileAtomic(join(folder, name), stringify(cells));
  };
  const { curves, load, matrices } = results;
  const runs = runsTable(results.runs);
  write("runs.csv", runs.header, runs.rows);
  write(
    "curves.csv",
    CURVE_COLUMNS,
    curves.map((row) => [
      row.variant,
      row.seed,
      row.step,
      row.tokens,
      row.trainLossNats,
      row.validationLossNats,
    ]),
  );
  write(
    "load.csv",
    LOAD_COLUMNS,
    load.map((row) => [row.variant, row.seed, row.layer, row.expert, row.share]),
  );
  if (results.routing !== undefined) {
    write(
      "routing.csv",
      ROUTING_COLUMNS,
      results.routing.map((row) => ROUTING_COLUMNS.map((column) => row[column])),
    );
  }
  write(
    "matrices.csv",
    MATRIX_COLUMNS,
    matrices.flatMap(({ variant, name, layer, values }) =>
      values.flatMap((row, i) => row.map((value, j): Cell[] => [variant, name, layer, i, j, value])),
    ),
  );
  if (results.looks !== undefined) writeLooks(folder, results.looks);
  const record = join(folder, "experiment.json");
  writeFileAtomic(record, `${JSON.stringify(results.record, null, 2)}\n`);
  return [record, ...written];
}

/**
 * Reads what `writeExperimentFiles` wrote.
 * @throws InputError naming file and line, and what to do, for a folder that is missing, damaged or something else.
 */
export function readExperimentFiles(folder: string): ExperimentResults {
  assertExperimentFolder(folder);
  assertSealed(folder, (name) => DATA_FILES.includes(name));
  const record = readRecord(join(folder, "experiment.json"));
  const remedy = `\`moe-lab run\` on the experiment file of ${record.experiment.name} writes it again`;
  const read = (name: string, columns: readonly string[]): CsvFile =>
    readCsv(join(folder, name), columns, remedy);
  // What only pictures need is not shipped with the package; folders of older versions have no routing.csv.
  const rowsIn = (name: string, columns: readonly string[]): CsvFile["rows"] =>
    existsSync(join(folder, name)) ? read(name, columns).rows : [];
  const variants = new Set(record.experiment.variants.map((variant) => variant.name));
  const variantOf = (row: CsvRow): string => {
    const variant = row.text("variant");
    if (variants.has(variant)) return variant;
    const message = `variant "${variant}" is not in experiment.json; ${remedy}`;
    throw new InputError([{ where: row.where, path: "", message }]);
  };
  const runs = read("runs.csv", [...RUN_COLUMNS, ...Object.keys(RESULT_COLUMNS)]);
  const looks = readLooks(folder);
  const domains = runs.columns.flatMap((column) => DOMAIN_COLUMN.exec(column)?.[1] ?? []);
  const runOf = (row: CsvRow): { readonly variant: string; readonly seed: number } => ({
    variant: variantOf(row),
    seed: row.number("seed"),
  });
  return {
    record,
    ...(looks !== null && { looks }),
    runs: runs.rows.map((row) => ({
      variant: variantOf(row),
      ...readRun(row, { domains, columns: runs.columns }, remedy),
      ...(runs.columns.includes(FAILURE_COLUMN) && { failure: row.optionalText(FAILURE_COLUMN) }),
    })),
    curves: rowsIn("curves.csv", CURVE_COLUMNS).map((row) => ({
      ...runOf(row),
      ...stepIn(row),
      trainLossNats: row.optionalNumber("train_loss_nats"),
      validationLossNats: row.optionalNumber("validation_loss_nats"),
    })),
    load: rowsIn("load.csv", LOAD_COLUMNS).map((row) => ({ ...runOf(row), ...shareIn(row) })),
    ...(existsSync(join(folder, "routing.csv")) && {
      routing: read("routing.csv", ROUTING_COLUMNS).rows.map((row) => ({
        ...runOf(row),
        ...stepIn(row),
        ...shareIn(row),
      })),
    }),
    matrices: readMatrices(join(folder, "matrices.csv"), rowsIn("matrices.csv", MATRIX_COLUMNS), variantOf),
  };
}

type Cell = string | number | null;

/** runs.csv. Columns of domains, tasks, answers and failures are there where a run has such numbers. */
function runsTable(runs: readonly RunRow[]): { readonly header: string[]; readonly rows: Cell[][] } {
  const domains = [...new Set(runs.flatMap((run) => Object.keys(run.results?.domainLossNats ?? {})))];
  const isTask = runs.some(({ results }) => results?.task !== undefined);
  const taskColumns = isTask ? Object.entries(TASK_COLUMNS) : [];
  const answered = answerColumns(runs.flatMap(({ results }) => results ?? []));
  const testColumns = runs.some(({ results }) => results?.testLossNats != null) ? [TEST_COLUMN] : [];
  const reports = [...new Set(runs.flatMap(({ results }) => Object.keys(results?.objective ?? {})))];
  const failureColumns = runs.some(({ failure }) => failure != null) ? [FAILURE_COLUMN] : [];
  const header = [
    ...RUN_COLUMNS,
    ...Object.keys(RESULT_COLUMNS),
    ...domains.map((domain) => `domain_${domain}_loss_nats`),
    ...testColumns,
    ...taskColumns.map(([column]) => column),
    ...answered.map(({ column }) => column),
    ...reports.map((name) => `${OBJECTIVE_PREFIX}${name}`),
    ...failureColumns,
  ];
  const rows = runs.map(({ variant, seed, runId, status, provenance, results, failure }): Cell[] => [
    ...[variant, seed, runId, status, provenance],
    ...Object.values(RESULT_COLUMNS).map((value) => results && value(results)),
    ...domains.map((domain) => results?.domainLossNats[domain] ?? null),
    ...testColumns.map(() => results?.testLossNats ?? null),
    ...taskColumns.map(([, value]) => (results?.task ? value(results.task) : null)),
    ...answered.map(({ value }) => results && value(results)),
    ...reports.map((name) => results?.objective?.[name] ?? null),
    ...failureColumns.map(() => failure ?? null),
  ]);
  return { header, rows };
}

function stepIn(row: CsvRow): { readonly step: number; readonly tokens: number } {
  return { step: row.number("step"), tokens: row.number("tokens") };
}

function shareIn(row: CsvRow): { readonly layer: number; readonly expert: number; readonly share: number } {
  return { layer: row.number("layer"), expert: row.number("expert"), share: row.number("share") };
}

function readRun(
  row: CsvRow,
  { domains, columns }: { readonly domains: readonly string[]; readonly columns: readonly string[] },
  remedy: string,
): Omit<RunRow, "variant"> {
  const written = row.text("status");
  const status = STATUSES.find((candidate) => candidate === written);
  if (status === undefined) {
    const message = `status is "${written}", not one of ${STATUSES.join(", ")}; ${remedy}`;
    throw new InputError([{ where: row.where, path: "", message }]);
  }
  const base = {
    seed: row.number("seed"),
    runId: row.text("run_id"),
    status,
    provenance: row.optionalText("provenance"),
  };
  if (status !== "finished") return { ...base, results: null };
  const losses = domains.flatMap((domain) => {
    const loss = row.optionalNumber(`domain_${domain}_loss_nats`);
    return loss === null ? [] : [[domain, loss] as const];
  });
  const results: FinalResults = {
    tokensTrained: row.number("tokens_trained"),
    trainLossNats: row.number("train_loss_nats"),
    validationLossNats: row.number("validation_loss_nats"),
    validationBitsPerByte: row.number("validation_bits_per_byte"),
    causalValidationLossNats: row.optionalNumber("causal_validation_loss_nats"),
    domainLossNats: Object.fromEntries(losses),
    balanceLoss: row.optionalNumber("balance_loss"),
    zLoss: row.optionalNumber("z_loss"),
    maxLoadShare: row.number("max_load_share"),
    deadExperts: row.number("dead_experts"),
    unroutedShare: row.number("unrouted_share"),
    ...(columns.includes(TEST_COLUMN) && { testLossNats: row.optionalNumber(TEST_COLUMN) }),
    ...(columns.includes("optimum_nats") ? taskOf(row) : {}),
    ...readAnswers(row, columns),
    ...objectiveOf(row, columns),
  };
  return { ...base, results };
}

/** What the run's objective reported. */
function objectiveOf(row: CsvRow, columns: readonly string[]): Pick<FinalResults, "objective"> {
  const reported = columns.flatMap((column): [string, number][] => {
    const value = column.startsWith(OBJECTIVE_PREFIX) ? row.optionalNumber(column) : null;
    return value === null ? [] : [[column.slice(OBJECTIVE_PREFIX.length), value]];
  });
  return reported.length === 0 ? {} : { objective: Object.fromEntries(reported) };
}

function taskOf(row: CsvRow): Pick<FinalResults, "task"> {
  if (row.optionalNumber("optimum_nats") === null) return {};
  return {
    task: {
      optimumNats: row.number("optimum_nats"),
      labelNats: row.number("label_nats"),
      informationNats: row.number("label_information_nats"),
      shuffledInformationNats: row.number("label_information_shuffled_nats"),
    },
  };
}

/** Rows of one matrix stand together, in order, as they were written. */
function readMatrices(
  path: string,
  rows: readonly CsvRow[],
  variantOf: (row: CsvRow) => string,
): ({ variant: string } & MatrixRecord)[] {
  const found = new Map<string, { variant: string; name: string; layer: number; values: number[][] }>();
  for (const row of rows) {
    const [variant, name, layer] = [variantOf(row), row.text("name"), row.number("layer")];
    const key = JSON.stringify([variant, name, layer]);
    const matrix = found.get(key) ?? { variant, name, layer, values: [] };
    found.set(key, matrix);
    const [i, j] = [row.number("row"), row.number("column")];
    const line = i === matrix.values.length && j === 0 ? [] : matrix.values[i];
    if (line?.length !== j) {
      const message = `row ${i}, column ${j} of matrix ${name} is out of order; \`moe-lab run\` writes it again`;
      throw new InputError([{ where: row.where, path: "", message }]);
    }
    line.push(row.number("value"));
    matrix.values[i] = line;
  }
  const all = [...found.values()];
  const ragged = all.find(({ values }) => values.some((line) => line.length !== values[0]?.length));
  if (ragged !== undefined) {
    const message = `a row of matrix ${ragged.name} is shorter than another; \`moe-lab run\` writes it again`;
    throw new InputError([{ where: path, path: "", message }]);
  }
  return all;
}

/** @throws InputError that says what the folder is instead, where that can be told. */
function assertExperimentFolder(folder: string): void {
  const refuse = (message: string): InputError => new InputError([{ where: folder, path: "", message }]);
  if (!existsSync(folder)) {
    throw refuse("no such folder; `moe-lab run experiments/NAME.json` makes results/NAME");
  }
  if (!statSync(folder).isDirectory()) throw refuse("is a file; name a result folder such as results/NAME");
  if (existsSync(join(folder, "experiment.json"))) return;
  if (existsSync(join(folder, "runs.csv"))) {
    throw refuse("experiment.json is missing; `moe-lab run` on its experiment writes it again from the runs");
  }
  if (isOnlyPlanned(folder)) {
    throw refuse("has a plan of looks but no results yet; the `moe-lab run` that made it goes on from there");
  }
  if (existsSync(join(folder, "run.json"))) {
    throw refuse("is a single run; name the experiment's folder, such as results/NAME");
  }
  const inside = readdirSync(folder).filter((name) => existsSync(join(folder, name, "experiment.json")));
  throw refuse(
    inside.length > 0
      ? `holds the results of several experiments; name one of them: ${inside.map((name) => join(folder, name)).join(", ")}`
      : "has no experiment.json, so it is no result folder; `moe-lab run experiments/NAME.json` makes results/NAME",
  );
}

function readRecord(path: string): ExperimentRecord {
  const remedy = "`moe-lab run` on the experiment file writes it again";
  const refuse = (where: string, at: string, message: string): InputError =>
    new InputError([{ where, path: at, message: `${message}; ${remedy}` }]);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw refuse(path, "", `can't be read (${messageOf(error)})`);
  }
  const source = parseSource(path, text);
  const parsed = experimentRecordSchema.safeParse(source.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = (issue?.path ?? []).filter((part) => typeof part !== "symbol");
    throw refuse(
      source.place(at) ?? path,
      at.join("."),
      `is no record of an experiment (${issue?.message ?? "unknown"})`,
    );
  }
  const record = parsed.data;
  const without = record.experiment.variants.find((variant) => !(variant.name in record.variants));
  if (without !== undefined) throw refuse(path, "variants", `nothing is said of variant "${without.name}"`);
  return record;
}

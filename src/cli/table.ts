import { existsSync } from "node:fs";
import { join } from "node:path";
import { summarise } from "../analysis/summary.ts";
import { TIERS, type TierName } from "../config/schema.ts";
import { didYouMean, quoted } from "../config/suggest.ts";
import { breathe } from "../core/breathe.ts";
import { EXIT, InputError, type Problem } from "../core/errors.ts";
import { formatNamed, printTables } from "../tables/print.ts";
import { TABLES } from "../tables/registry.ts";
import { calibrationLine, withLine } from "../tables/calibration/score-line.ts";
import { readCalibrated } from "../tables/calibration/stored.ts";
import { otherExperiments, readStored } from "../tables/stored.ts";
import { column, type Table } from "../tables/table.ts";
import { writeTables } from "../tables/write-tables.ts";
import type { CommandIO } from "./io.ts";

/** What a person typed behind `table`. */
export interface TableOptions {
  readonly names: readonly string[];
  /** Every table, written to files below the results instead of printed. */
  readonly all?: boolean | undefined;
  /** Folder with one folder an experiment; `results` when not given. */
  readonly results?: string | undefined;
  /** Instead of the longest finished one. */
  readonly tier?: string | undefined;
  /** Where `all` writes; `tables` below the results when not given. */
  readonly out?: string | undefined;
  readonly list?: boolean | undefined;
  readonly format?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * `table NAME...`: tables of papers from stored results, the papers' numbers beside ours. An experiment without results leaves
 * its cells empty, and the table says which command fills them. `table --all` writes all of them to files.
 * @returns the exit code.
 * @throws InputError with everything that is wrong with the request, and for results that are damaged.
 */
export async function runTable(options: TableOptions, io: CommandIO): Promise<number> {
  const format = options.json === true ? "json" : formatNamed(options.format ?? "table");
  if (options.list === true) {
    io.stdout(printTables([listTable()], format, io));
    return EXIT.done;
  }
  const problems = problemsOf(options);
  if (problems.length > 0) throw new InputError(problems);
  const folder = options.results ?? "results";
  const tier = tierNamed(options.tier) ?? null;
  const names = new Set(options.names);
  const chosen =
    options.all === true
      ? TABLES
      : [...names].flatMap((name) => TABLES.filter((entry) => entry.name === name));
  const calibrated = readCalibrated(folder);
  const tables: Table[] = [];
  for (const entry of chosen) {
    await breathe();
    if (entry.buildFrom !== undefined) {
      tables.push(entry.buildFrom(folder));
      continue;
    }
    for (const experiment of [entry.experiment, ...otherExperiments(folder, entry)]) {
      const stored = readStored(folder, { ...entry, experiment }, tier);
      const table = entry.build(stored);
      const isOurs = stored.results !== null && entry.isMadeFrom === undefined;
      tables.push(isOurs ? withLine(table, calibrationLine(summarise(stored.results), calibrated)) : table);
    }
  }
  if (options.all !== true) io.stdout(printTables(tables, format, io));
  else {
    const files = await writeTables(options.out ?? join(folder, "tables"), tables);
    io.stdout(
      options.json === true
        ? `${JSON.stringify({ files }, null, 2)}\n`
        : files.map((file) => `${file}\n`).join(""),
    );
  }
  return EXIT.done;
}

function problemsOf({ names, all, results, tier, format }: TableOptions): Problem[] {
  const problems: Problem[] = [];
  const add = (where: string, message: string): void => {
    problems.push({ where, path: "", message });
  };
  const known = TABLES.map((entry) => entry.name);
  if (all === true && names.length > 0) add("--all", `is every table; leave out ${quoted(names)}`);
  if (all === true && format !== undefined) {
    add("--all", `writes md, csv, tex and html; leave out --format ${format}`);
  }
  if (all !== true && names.length === 0) {
    add("", `table needs a name: ${quoted(known)}, or --all; \`table --list\` says what they are`);
  }
  for (const name of names.filter((candidate) => !known.includes(candidate))) {
    add("", `there is no table "${name}"${didYouMean(name, known) || "."} Tables are ${quoted(known)}.`);
  }
  if (results !== undefined && !existsSync(results)) add(`--results ${results}`, "no such folder");
  if (tier !== undefined && tierNamed(tier) === undefined) {
    add(
      `--tier ${tier}`,
      `there is no such tier${didYouMean(tier, TIERS) || ";"} one of ${TIERS.join(", ")}`,
    );
  }
  return problems;
}

function tierNamed(text: string | undefined): TierName | undefined {
  return TIERS.find((name) => name === text);
}

/** The tables themselves as a table. */
function listTable(): Table {
  return {
    name: "tables",
    title: "Tables",
    lead: [],
    columns: [
      column("name", "name", "text"),
      column("title", "title", "text"),
      column("paper", "paper", "text"),
      column("experiment", "made from", "text"),
    ],
    rows: TABLES.map(({ name, title, paper, experiment }) => ({
      marks: "",
      cells: { name, title, paper, experiment },
    })),
    notes: ["`moe-lab table NAME` prints one, `moe-lab table --all` writes all to files."],
  };
}

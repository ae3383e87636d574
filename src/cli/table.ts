import { existsSync } from "node:fs";
import { join } from "node:path";
import { didYouMean, quoted } from "../config/suggest.ts";
import { EXIT, InputError } from "../core/errors.ts";
import { readExperimentFiles } from "../store/experiment-files.ts";
import { formatNamed, printTables } from "../tables/print.ts";
import { TABLES } from "../tables/registry.ts";
import type { TableEntry } from "../tables/entry.ts";
import { column, type Table } from "../tables/table.ts";
import type { CommandIO } from "./io.ts";

/** What a person typed behind `table`. */
export interface TableOptions {
  readonly names: readonly string[];
  /** Folder with one folder an experiment; `results` when not given. */
  readonly results?: string | undefined;
  readonly list?: boolean | undefined;
  readonly format?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * `table NAME...`: tables of papers from stored results, the papers' numbers beside ours. An experiment without results leaves
 * its cells empty, and the table says which command fills them.
 * @returns the exit code.
 * @throws InputError for unknown tables, and for results that are damaged.
 */
export function runTable(options: TableOptions, io: CommandIO): number {
  const format = options.json === true ? "json" : formatNamed(options.format ?? "table");
  if (options.list === true) {
    io.stdout(printTables([listTable()], format, io));
    return EXIT.done;
  }
  const names = TABLES.map((entry) => entry.name);
  if (options.names.length === 0) {
    throw new InputError(`table needs a name: ${quoted(names)}; \`table --list\` says what they are`);
  }
  if (options.results !== undefined && !existsSync(options.results)) {
    throw new InputError(`--results ${options.results}: no such folder`);
  }
  const unknown = options.names.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new InputError(
      unknown.map((name) => ({
        where: "",
        path: "",
        message: `there is no table "${name}"${didYouMean(name, names) || "."} Tables are ${quoted(names)}.`,
      })),
    );
  }
  const tables = [...new Set(options.names)].flatMap((name) =>
    TABLES.filter((entry) => entry.name === name).map((entry) => build(entry, options.results ?? "results")),
  );
  io.stdout(printTables(tables, format, io));
  return EXIT.done;
}

function build(entry: TableEntry, folder: string): Table {
  const found = entry.experiments.map((name) => {
    const path = join(folder, name);
    return [name, existsSync(path) ? readExperimentFiles(path) : null] as const;
  });
  return entry.build(Object.fromEntries(found));
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
      column("experiments", "made from", "text"),
    ],
    rows: TABLES.map(({ name, title, paper, experiments }) => ({
      marks: "",
      cells: { name, title, paper, experiments: experiments.join(", ") },
    })),
    notes: ["`moe-lab table NAME` prints one."],
  };
}

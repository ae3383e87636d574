import { Command } from "commander";
import { moeLabVersion } from "../exec/provenance.ts";
import { RUN_FLAG_LIST, readRequest } from "../sweep/run-flags.ts";
import type { RunRequest } from "../sweep/run-flags.ts";
import { readFlags } from "./flags.ts";
import { addRunFlag, collect, givenRunFlags, loose, refuse } from "./grammar.ts";
import { addClusterCommands, lazyClusterCommands } from "./cluster/grammar.ts";
import type { ClusterCommands } from "./cluster/grammar.ts";
import { addModelCommands, lazyModelCommands } from "./model-commands.ts";
import type { ModelCommands } from "./model-commands.ts";
import type { CheckOptions } from "./check.ts";
import type { CompareOptions } from "./compare.ts";
import type { ExportOptions } from "./export.ts";
import type { ExportCurvesOptions } from "./export/curves.ts";
import type { CommandIO } from "./io.ts";
import type { ListOptions, Listed } from "./list.ts";
import type { NewOptions } from "./new/new.ts";
import type { PlotOptions } from "./plot/plot.ts";
import type { ReportOptions } from "./report.ts";
import type { TableOptions } from "./table.ts";
import type { GcOptions, VerifyOptions } from "./verify.ts";
import type { TokenizerOptions } from "./tokenizer.ts";

/** What each command does with its options; every one returns the exit code. Injected, so that tests can listen. */
export interface Commands extends ClusterCommands, ModelCommands {
  readonly run: (file: string, request: RunRequest, io: CommandIO) => Promise<number>;
  readonly new: (options: NewOptions, io: CommandIO) => Promise<number>;
  readonly check: (options: CheckOptions, io: CommandIO) => Promise<number>;
  readonly compare: (options: CompareOptions, io: CommandIO) => Promise<number>;
  readonly table: (options: TableOptions, io: CommandIO) => Promise<number>;
  readonly plot: (options: PlotOptions, io: CommandIO) => Promise<number>;
  readonly report: (options: ReportOptions, io: CommandIO) => Promise<number>;
  readonly list: (what: Listed, options: ListOptions, io: CommandIO) => Promise<number>;
  readonly export: (options: ExportOptions, io: CommandIO) => Promise<number>;
  readonly exportCurves: (options: ExportCurvesOptions, io: CommandIO) => Promise<number>;
  readonly verify: (options: VerifyOptions, io: CommandIO) => Promise<number>;
  readonly gc: (options: GcOptions, io: CommandIO) => Promise<number>;
  readonly tokenizer: (options: TokenizerOptions, io: CommandIO) => Promise<number>;
  readonly doctor: (options: { readonly json: boolean }, io: CommandIO) => Promise<number>;
}

/** The real commands. Each loads its modules only when it is called: `--help` must answer at once. */
export const lazyCommands: Commands = {
  ...lazyClusterCommands,
  ...lazyModelCommands,
  run: async (...call) => (await import("./run.ts")).runRun(...call),
  new: async (...call) => (await import("./new/new.ts")).runNew(...call),
  check: async (...call) => (await import("./check.ts")).runCheck(...call),
  compare: async (...call) => (await import("./compare.ts")).runCompare(...call),
  table: async (...call) => (await import("./table.ts")).runTable(...call),
  plot: async (...call) => (await import("./plot/plot.ts")).runPlot(...call),
  report: async (...call) => (await import("./report.ts")).runReport(...call),
  list: async (...call) => (await import("./list.ts")).runList(...call),
  export: async (...call) => (await import("./export.ts")).runExport(...call),
  exportCurves: async (...call) => (await import("./export/curves.ts")).runExportCurves(...call),
  verify: async (...call) => (await import("./verify.ts")).runVerify(...call),
  gc: async (...call) => (await import("./verify.ts")).runGc(...call),
  tokenizer: async (...call) => (await import("./tokenizer.ts")).runTokenizer(...call),
  doctor: async (...call) => (await import("./doctor.ts")).runDoctor(...call),
};

/** What commands act with. */
interface Wiring {
  readonly commands: Commands;
  readonly io: CommandIO;
  readonly done: (code: number) => void;
}

/** Makes the command line's grammar. @param done takes the exit code of the command that ran. */
export function buildProgram(commands: Commands, io: CommandIO, done: (code: number) => void): Command {
  const program = new Command("moe-lab")
    .description(
      "Compares routers of Mixture-of-Experts language models on a laptop: trains small models in pairs.",
    )
    .version(moeLabVersion(), "-v, --version")
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr })
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 some runs failed, 2 wrong request, 70 a bug, 130 interrupted.",
    );
  const wiring = { commands, io, done };
  addRun(program, wiring);
  addNew(program, wiring);
  addCheck(program, wiring);
  addCompare(program, wiring);
  addTable(program, wiring);
  addPlot(program, wiring);
  addReport(program, wiring);
  addModelCommands(program, wiring);
  addList(program, wiring);
  addExport(program, wiring);
  addVerify(program, wiring);
  addGc(program, wiring);
  addTokenizer(program, wiring);
  addClusterCommands(program, wiring);
  addDoctor(program, wiring);
  return program;
}

function addRun(program: Command, { commands, io, done }: Wiring): void {
  const run = loose(program, "run")
    .description("train every variant and seed that is not finished yet, then print and write the answer")
    .argument("<experiment>", "experiment file (JSON with comments)");
  for (const [, flag] of RUN_FLAG_LIST) addRunFlag(run, flag);
  run.action(async (file: string, _: unknown, command: Command) => {
    const flags = readFlags(command, 1);
    const { request, problems } = readRequest(givenRunFlags(flags));
    refuse({ problems: [...flags.problems, ...problems] });
    done(await commands.run(file, request, io));
  });
}

function addNew(program: Command, { commands, io, done }: Wiring): void {
  const parent = program.command("new").description("write a router or an experiment to start from, here");
  for (const [what, description] of [
    ["router", "a router that passes `check`, its test, and an experiment with it"],
    ["experiment", "an experiment of shipped routers"],
  ] as const) {
    const command = loose(parent, what)
      .description(description)
      .argument("<name>", "what it is called, and its files");
    if (what === "router") command.option("--ts", "in TypeScript");
    command.action(async (name: string, _: unknown, own: Command) => {
      const flags = readFlags(own, 1);
      refuse(flags);
      done(await commands.new({ what, name, isTypeScript: flags.isSet("--ts") }, io));
    });
  }
}

function addCheck(program: Command, { commands, io, done }: Wiring): void {
  loose(program, "check")
    .description(
      "run a router on tiny inputs and models, and say everything that is wrong with it; a few seconds",
    )
    .argument("<router>", "the file of a router of your own, or a shipped router's name")
    .option(
      "--set <path=value>",
      "an option or a size that it needs, e.g. router.options.step=0.01 or model.topK=1; repeatable",
      collect,
      [],
    )
    .option("--json", "print one JSON value on stdout")
    .action(async (router: string, _: unknown, command: Command) => {
      const flags = readFlags(command, 1);
      refuse(flags);
      done(await commands.check({ router, set: flags.list("--set"), json: flags.isSet("--json") }, io));
    });
}

function addCompare(program: Command, { commands, io, done }: Wiring): void {
  loose(program, "compare")
    .description("paired statistics of variants against a baseline, from result folders")
    .argument("<folders...>", "result folders, e.g. results/attention-router")
    .option("--baseline <variant>", "instead of the experiment's")
    .option("--metric <name>", "instead of the experiment's")
    .option("--margin <percent>", "equivalence margin as a share of the baseline's mean, e.g. 0.5%")
    .option("--format <name>", "table, csv, md, latex, html or json")
    .option("--json", "the same as --format json")
    .option("--verbose", "costs, load, tests and marks in full")
    .action(async (_: unknown, __: unknown, command: Command) => {
      const flags = readFlags(command, Infinity);
      const options: CompareOptions = {
        folders: command.args,
        baseline: flags.text("--baseline") ?? undefined,
        metric: flags.text("--metric") ?? undefined,
        margin: flags.text("--margin") ?? undefined,
        format: flags.text("--format") ?? undefined,
        json: flags.isSet("--json"),
        verbose: flags.isSet("--verbose"),
      };
      refuse(flags);
      done(await commands.compare(options, io));
    });
}

function addTable(program: Command, { commands, io, done }: Wiring): void {
  loose(program, "table")
    .description("a paper's table from stored results, the paper's own numbers beside")
    .argument("[names...]", "e.g. yuan-1")
    .option("--list", "the tables that there are")
    .option("--all", "write every table to <results>/tables as md, csv, tex and html")
    .option("--results <folder>", "folder with one folder an experiment (default: results)")
    .option("--out <folder>", "where --all writes (default: <results>/tables)")
    .option("--tier <name>", "quick, standard or full (default: the longest finished one)")
    .option("--format <name>", "table, csv, md, latex, html or json")
    .option("--json", "the same as --format json")
    .action(async (_: unknown, __: unknown, command: Command) => {
      const flags = readFlags(command, Infinity);
      const options: TableOptions = {
        names: command.args,
        all: flags.isSet("--all"),
        results: flags.text("--results") ?? undefined,
        out: flags.text("--out") ?? undefined,
        tier: flags.text("--tier") ?? undefined,
        list: flags.isSet("--list"),
        format: flags.text("--format") ?? undefined,
        json: flags.isSet("--json"),
      };
      refuse(flags);
      done(await commands.table(options, io));
    });
}

function addPlot(program: Command, { commands, io, done }: Wiring): void {
  loose(program, "plot")
    .description("draw an experiment's pictures again from its result folder, or a figure across several")
    .argument("[folders...]", "e.g. results/attention-router; with --figure also `results`, the default")
    .option(
      "--figure <name>",
      "a figure across the folders, e.g. sensitivity, or all; repeatable; see --list",
      collect,
      [],
    )
    .option("--list", "the figures that there are")
    .option(
      "--out <folder>",
      "where pictures go (default: the experiment's folder; with --figure, figures beside the folders)",
    )
    .option("--format <names>", "png, svg, pdf or several, separated by commas (default: png)")
    .option("--json", "print the files' names as JSON")
    .action(async (_: unknown, __: unknown, command: Command) => {
      const flags = readFlags(command, Infinity);
      const options: PlotOptions = {
        folders: command.args,
        figures: flags.list("--figure"),
        out: flags.text("--out") ?? undefined,
        list: flags.isSet("--list"),
        format: flags.text("--format") ?? undefined,
        json: flags.isSet("--json"),
      };
      refuse(flags);
      done(await commands.plot(options, io));
    });
}

function addReport(program: Command, { commands, io, done }: Wiring): void {
  loose(program, "report")
    .description(
      "write an experiment's summary and report.html again from its result folder; of several folders one page",
    )
    .argument("<folders...>", "e.g. results/attention-router")
    .option(
      "--out <folder>",
      "where the files go (default: the folder itself; of several, the one that the first is in)",
    )
    .option("--json", "print the files' names as JSON")
    .action(async (_: unknown, __: unknown, command: Command) => {
      const flags = readFlags(command, Infinity);
      refuse(flags);
      const out = flags.text("--out") ?? undefined;
      done(await commands.report({ folders: command.args, out, json: flags.isSet("--json") }, io));
    });
}

function addList(program: Command, { commands, io, done }: Wiring): void {
  const list = program.command("list").description("routers, experiments, tables or runs that are there");
  for (const [what, description] of [
    ["routers", "shipped routers with paper, properties and options"],
    ["experiments", "shipped experiments and those in ./experiments"],
    ["tables", "tables of papers, and what is stored for them below --out"],
    ["runs", "runs below --out, finished or not"],
  ] as const) {
    loose(list, what)
      .description(description)
      .option("--out <folder>", "output folder of `run`", "results")
      .option("--json", "print one JSON value on stdout")
      .action(async (_: unknown, command: Command) => {
        const flags = readFlags(command, 0);
        refuse(flags);
        done(
          await commands.list(
            what,
            { out: flags.text("--out") ?? "results", json: flags.isSet("--json") },
            io,
          ),
        );
      });
  }
}

function addExport(program: Command, { commands, io, done }: Wiring): void {
  loose(program, "export")
    .description(
      "write a finished run's model for Hugging Face's transformers (OLMoE), where its router allows it; with --to, the curves of a result folder",
    )
    .argument(
      "<run>",
      "a run's folder, name or id; `moe-lab list runs` shows them; with --to a result folder",
    )
    .option("--to <format>", "curves for other programs: tensorboard, json, or csv (one number a row)")
    .option("--out <folder>", "where the files go (default: exports/<name>)")
    .option("--results <folder>", "output folder of `run`, for names and ids", "results")
    .option("--router <file>", "the file of a router of your own, if the run used one")
    .option("--json", "print the files' names as JSON")
    .action(async (run: string, _: unknown, command: Command) => {
      const flags = readFlags(command, 1);
      const to = flags.text("--to");
      if (to !== null) {
        refuse(flags);
        const [out, json] = [flags.text("--out"), flags.isSet("--json")];
        done(await commands.exportCurves({ folder: run, to, out, json }, io));
        return;
      }
      const options: ExportOptions = {
        run,
        out: flags.text("--out"),
        results: flags.text("--results") ?? "results",
        router: flags.text("--router"),
        json: flags.isSet("--json"),
      };
      refuse(flags);
      done(await commands.export(options, io));
    });
}

function addVerify(program: Command, { commands, io, done }: Wiring): void {
  loose(program, "verify")
    .description("check every file of runs and results against the seal that was written with it")
    .argument("[folder]", "output folder of `run`, or one result folder", "results")
    .option("--seal", "seal finished runs of older versions as they are")
    .option("--repair", "make pictures, summaries and pages of results again where their numbers are whole")
    .option("--json", "print one JSON value on stdout")
    .action(async (folder: string, _: unknown, command: Command) => {
      const flags = readFlags(command, 1);
      refuse(flags);
      const [seal, repair] = [flags.isSet("--seal"), flags.isSet("--repair")];
      done(await commands.verify({ folder, seal, repair, json: flags.isSet("--json") }, io));
    });
}

function addGc(program: Command, { commands, io, done }: Wiring): void {
  loose(program, "gc")
    .description("say which files below an output folder nothing needs, and remove them")
    .argument("[folder]", "output folder of `run`", "results")
    .option("--remove", "remove them; without it nothing is touched")
    .option("--json", "print one JSON value on stdout")
    .action(async (folder: string, _: unknown, command: Command) => {
      const flags = readFlags(command, 1);
      refuse(flags);
      done(await commands.gc({ folder, remove: flags.isSet("--remove"), json: flags.isSet("--json") }, io));
    });
}

function addTokenizer(program: Command, { commands, io, done }: Wiring): void {
  const tokenizer = program.command("tokenizer").description("byte pairs of an experiment's text");
  loose(tokenizer, "train")
    .description("train byte-level BPE as `data.vocabulary` does, and write Hugging Face's tokenizer.json")
    .argument("<experiment>", "experiment file; the training documents of its baseline are used")
    .option("--vocabulary <n>", "tokens, 256 to 65536 (default: the experiment's data.vocabulary)")
    .option("--out <file>", "the file to write", "tokenizer.json")
    .option("--json", "print one JSON value on stdout")
    .action(async (experiment: string, _: unknown, command: Command) => {
      const flags = readFlags(command, 1);
      const options: TokenizerOptions = {
        experiment,
        vocabulary: flags.text("--vocabulary"),
        out: flags.text("--out") ?? "tokenizer.json",
        json: flags.isSet("--json"),
      };
      refuse(flags);
      done(await commands.tokenizer(options, io));
    });
}

function addDoctor(program: Command, { commands, io, done }: Wiring): void {
  loose(program, "doctor")
    .description("engines, fonts and packages: what works here and why not what doesn't")
    .option("--json", "print one JSON value on stdout")
    .action(async (_: unknown, command: Command) => {
      const flags = readFlags(command, 0);
      refuse(flags);
      done(await commands.doctor({ json: flags.isSet("--json") }, io));
    });
}

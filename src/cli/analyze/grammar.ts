import type { Command } from "commander";
import { readFlags } from "../flags.ts";
import { collect, loose, refuse } from "../grammar.ts";
import type { CommandIO } from "../io.ts";
import type { AnalyzeOptions } from "./analyze.ts";

/** The command for what routers learned; it returns the exit code. */
export interface AnalyzeCommands {
  readonly analyze: (options: AnalyzeOptions, io: CommandIO) => Promise<number>;
}

/** The real one, loaded when it is called. */
export const lazyAnalyzeCommands: AnalyzeCommands = {
  analyze: async (...call) => (await import("./analyze.ts")).runAnalyze(...call),
};

/** Adds `analyze` to the command line. */
export function addAnalyze(
  program: Command,
  {
    commands,
    io,
    done,
  }: { readonly commands: AnalyzeCommands; readonly io: CommandIO; readonly done: (code: number) => void },
): void {
  loose(program, "analyze")
    .description(
      "what routers learned: tables and figures from the runs behind a result folder, or from counts made elsewhere",
    )
    .argument("[folder]", "a result folder, e.g. results/attention-router-first")
    .option(
      "--counts <file>",
      "counts a layer, domain and expert, made elsewhere (JSON or CSV, docs/analyze.md)",
    )
    .option("--chosen <file>", "chosen experts a token, made elsewhere (JSON lines or CSV, docs/analyze.md)")
    .option("--experts <n>", "how many experts there are, for --chosen in CSV")
    .option("--tokens <n>", "validation tokens to look at, about (default: 16384)")
    .option("--only <variant>", "only this variant; repeatable", collect, [])
    .option("--seeds <n>", "only the first n seeds")
    .option("--regret", "also ask whether the routes were good ones: every other route of the final models")
    .option("--router <file>", "the file of a router of your own that a run used; repeatable", collect, [])
    .option("--threads <n>", "threads (default: 1)")
    .option(
      "--out <folder>",
      "where the files go (default: routing in the result folder; of a file, routing-<its name>)",
    )
    .option("--format <names>", "png, svg, pdf or several, separated by commas (default: png,svg)")
    .option("--dry-run", "say what would be looked at, and what it would take")
    .option("--json", "print one JSON value on stdout")
    .action(async (_: unknown, __: unknown, command: Command) => {
      const flags = readFlags(command, 1);
      const options: AnalyzeOptions = {
        folder: command.args[0] ?? null,
        counts: flags.text("--counts"),
        chosen: flags.text("--chosen"),
        experts: flags.text("--experts"),
        tokens: flags.text("--tokens"),
        only: flags.list("--only"),
        seeds: flags.text("--seeds"),
        isRegretAsked: flags.isSet("--regret"),
        routers: flags.list("--router"),
        threads: flags.text("--threads"),
        out: flags.text("--out"),
        format: flags.text("--format"),
        isDryRun: flags.isSet("--dry-run"),
        json: flags.isSet("--json"),
      };
      refuse(flags);
      done(await commands.analyze(options, io));
    });
}

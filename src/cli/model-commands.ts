import type { Command } from "commander";
import type { AnalyzeOptions } from "./analyze/request.ts";
import { readFlags } from "./flags.ts";
import type { GenerateOptions } from "./generate/generate.ts";
import { collect, loose, refuse } from "./grammar.ts";
import type { CommandIO } from "./io.ts";

/** The commands that ask trained models; each returns the exit code. */
export interface ModelCommands {
  readonly analyze: (options: AnalyzeOptions, io: CommandIO) => Promise<number>;
  readonly generate: (options: GenerateOptions, io: CommandIO) => Promise<number>;
}

/** The real ones, loaded when they are called. */
export const lazyModelCommands: ModelCommands = {
  analyze: async (...call) => (await import("./analyze/analyze.ts")).runAnalyze(...call),
  generate: async (...call) => (await import("./generate/generate.ts")).runGenerate(...call),
};

interface Wiring {
  readonly commands: ModelCommands;
  readonly io: CommandIO;
  readonly done: (code: number) => void;
}

/** Adds `analyze` and `generate` to the command line. */
export function addModelCommands(program: Command, wiring: Wiring): void {
  addAnalyze(program, wiring);
  addGenerate(program, wiring);
}

function addAnalyze(program: Command, { commands, io, done }: Wiring): void {
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
    .option(
      "--needle",
      "also ask the final models for statements hidden in held-out text, by depth and length",
    )
    .option("--cloze", "also ask the final models which of four continuations of held-out text came")
    .option(
      "--temperatures <list>",
      "also draw answers to instructions at temperatures such as 0.5,0.7,1,1.4, and compare at equal entropy",
    )
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
        temperatures: flags.text("--temperatures"),
        questions: { needle: flags.isSet("--needle"), cloze: flags.isSet("--cloze") },
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

function addGenerate(program: Command, { commands, io, done }: Wiring): void {
  loose(program, "generate")
    .description("what a finished run's model says behind a prompt")
    .argument("<run>", "a run's folder, name or id; `moe-lab list runs` shows them")
    .option("--prompt <text>", "what it goes on from; needed")
    .option("--tokens <n>", "tokens to say, at most (default: as many as a sequence has room for)")
    .option(
      "--temperature <t>",
      "0: the most probable token, always (the default); 1: by the model's probabilities",
    )
    .option("--seed <n>", "of the draws, with a temperature (default: 1)")
    .option("--results <folder>", "output folder of `run`, for names and ids", "results")
    .option("--router <file>", "the file of a router of your own, if the run used one")
    .option("--json", "print one JSON value on stdout")
    .action(async (run: string, _: unknown, command: Command) => {
      const flags = readFlags(command, 1);
      const options: GenerateOptions = {
        run,
        prompt: flags.text("--prompt"),
        tokens: flags.text("--tokens"),
        temperature: flags.text("--temperature"),
        seed: flags.text("--seed"),
        results: flags.text("--results") ?? "results",
        router: flags.text("--router"),
        json: flags.isSet("--json"),
      };
      refuse(flags);
      done(await commands.generate(options, io));
    });
}

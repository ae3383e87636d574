import type { Command } from "commander";
import { readFlags } from "../flags.ts";
import { loose, refuse } from "../grammar.ts";
import type { CommandIO } from "../io.ts";
import type { GenerateOptions } from "./generate.ts";

/** The command that lets a model speak; it returns the exit code. */
export interface GenerateCommands {
  readonly generate: (options: GenerateOptions, io: CommandIO) => Promise<number>;
}

/** The real one, loaded when it is called. */
export const lazyGenerateCommands: GenerateCommands = {
  generate: async (...call) => (await import("./generate.ts")).runGenerate(...call),
};

/** Adds `generate` to the command line. */
export function addGenerate(
  program: Command,
  {
    commands,
    io,
    done,
  }: { readonly commands: GenerateCommands; readonly io: CommandIO; readonly done: (code: number) => void },
): void {
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

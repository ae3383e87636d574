import type { Command } from "commander";
import { readRequest, RUN_FLAG_LIST } from "../../sweep/run-flags.ts";
import { readFlags } from "../flags.ts";
import { addRunFlag, givenRunFlags, loose, refuse } from "../grammar.ts";
import type { CommandIO } from "../io.ts";
import type { WatchOptions } from "./watch.ts";

/** The command that shows runs in a browser while they go on. */
export interface WatchCommand {
  readonly watch: (options: WatchOptions, io: CommandIO) => Promise<number>;
}

/** The real one, loaded when it is called. */
export const lazyWatch: WatchCommand = {
  watch: async (...call) => (await import("./watch.ts")).runWatch(...call),
};

interface Wiring {
  readonly commands: WatchCommand;
  readonly io: CommandIO;
  readonly done: (code: number) => void;
}

/** Flags of `run` that decide which runs there are. */
const PLANNING: readonly string[] = ["out", "seeds", "steps", "tier", "set", "only", "firstSeed"];
const LAST_PORT = 65_535;

/** Adds `watch` to the command line. */
export function addWatch(program: Command, { commands, io, done }: Wiring): void {
  const watch = loose(program, "watch")
    .description(
      "show progress, curves so far and what fails in a browser, on this machine alone; Ctrl-C ends it",
    )
    .argument("[target]", "an experiment file, an output folder of `run`, or a result folder", "results");
  for (const [name, flag] of RUN_FLAG_LIST) if (PLANNING.includes(name)) addRunFlag(watch, flag);
  watch
    .option("--port <n>", "of the loopback address (default: a free one)")
    .action(async (target: string, _: unknown, command: Command) => {
      const flags = readFlags(command, 1);
      const { request, problems } = readRequest(givenRunFlags(flags));
      const port = flags.text("--port") ?? "0";
      const isPort = /^\d{1,5}$/.test(port) && Number(port) <= LAST_PORT;
      const wrong = {
        where: `--port ${port}`,
        path: "",
        message: `must be a whole number up to ${LAST_PORT}`,
      };
      refuse({ problems: [...flags.problems, ...problems, ...(isPort ? [] : [wrong])] });
      done(await commands.watch({ target, request, port: Number(port) }, io));
    });
}

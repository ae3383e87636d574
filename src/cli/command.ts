import { CommanderError } from "commander";
import { EXIT, InputError, formatProblem } from "../core/errors.ts";
import { systemSentence } from "../core/system-errors.ts";
import type { CommandIO } from "./io.ts";
import { buildProgram } from "./program.ts";
import type { Commands } from "./program.ts";

/**
 * Runs one command line.
 * @param argv without node and script.
 * @returns the exit code; never throws.
 */
export async function runCommand(
  argv: readonly string[],
  commands: Commands,
  io: CommandIO,
): Promise<number> {
  let code: number = EXIT.done;
  try {
    const program = buildProgram(commands, io, (result) => {
      code = result;
    });
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // commander has printed its message; help and version end by throwing too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.badRequest;
    if (error instanceof InputError) {
      io.stderr(error.problems.map((problem) => `error: ${formatProblem(problem)}\n`).join(""));
      return EXIT.badRequest;
    }
    const sentence = systemSentence(error);
    if (sentence !== null) {
      io.stderr(`error: ${sentence}\n`);
      return EXIT.runsFailed;
    }
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    io.stderr(`${trace}\nThis is a bug in moe-lab, or a failure of the system that it runs on.\n`);
    return EXIT.bug;
  }
}

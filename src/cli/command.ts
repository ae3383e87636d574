import { CommanderError } from "commander";
import { EXIT, InputError, formatProblem } from "../core/errors.ts";
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
    // Loaded when needed: `--help` must answer at once.
    const { systemSentence } = await import("../core/system-errors.ts");
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

/** Oldest Node that has what moe-lab uses; package.json says the same to npm. */
const OLDEST = { major: 20, minor: 19 } as const;

/** What to say on a Node that is too old; null where it is not. @param version e.g. `18.20.4`. */
export function nodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return null;
  return `moe-lab needs Node ${OLDEST.major}.${OLDEST.minor} or newer, and this is Node ${version}; install a newer one (https://nodejs.org)`;
}

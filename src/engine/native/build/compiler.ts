import { spawnSync } from "node:child_process";
import { archOf, type Target } from "./target.ts";

/** A C compiler: gcc, clang, or something that takes their flags. */
export interface Compiler {
  /** The program, and arguments that come first. */
  readonly command: readonly string[];
  /** The first line of what `--version` says. */
  readonly version: string;
  /** Whether it is zig cc, which names processors with underscores and the target in its command. */
  readonly zig?: boolean;
}

/** Names of the machine that a compiler makes programs for, by Node's name of the architecture. */
const MACHINES: Readonly<Record<string, RegExp>> = { x64: /^(x86_64|amd64)/, arm64: /^(aarch64|arm64)/ };

/**
 * The C compiler of this machine: `CC` where that is set, and else the first that runs of cc, clang and gcc.
 * @returns the compiler, or in one sentence why there is none
 */
export function findCompiler(
  target: Target,
  environment: NodeJS.ProcessEnv = process.env,
): Compiler | { readonly missing: string } {
  const asked = (environment["CC"] ?? "").split(/\s+/).filter((word) => word !== "");
  const candidates = asked.length > 0 ? [asked] : [["cc"], ["clang"], ["gcc"]];
  const reasons: string[] = [];
  for (const command of candidates) {
    const version = ask(command, "--version", environment);
    if (version === null) continue;
    const machine = ask(command, "-dumpmachine", environment) ?? "";
    // On macOS one compiler makes both kinds, and is told which.
    if (target.startsWith("darwin") || MACHINES[archOf(target)]?.test(machine) === true) {
      return { command, version };
    }
    reasons.push(`${command.join(" ")} makes programs for ${machine}, and this is ${target}`);
  }
  const none = asked.length > 0 ? `CC is ${asked.join(" ")}, which does not run` : "there is no C compiler";
  return { missing: reasons[0] ?? none };
}

/** The first line of a program's answer; null where it does not run. */
function ask(command: readonly string[], question: string, environment: NodeJS.ProcessEnv): string | null {
  const [program = "", ...first] = command;
  const { status, stdout } = spawnSync(program, [...first, question], {
    encoding: "utf8",
    env: environment,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return status === 0 ? (stdout.split("\n")[0] ?? "").trim() : null;
}

import type { Command } from "commander";
import { didYouMean, show } from "../config/suggest.ts";
import type { Problem } from "../core/errors.ts";

/** Reads a command's flags as text and collects everything that is wrong with them, to be thrown once. */
export interface FlagReader {
  readonly problems: readonly Problem[];
  /** Text; null when the flag was not given. */
  readonly text: (flag: string) => string | null;
  readonly isSet: (flag: string) => boolean;
  readonly list: (flag: string) => readonly string[];
}

/**
 * @param command parsed with unknown options and excess arguments allowed, so that all of them can be named at once.
 * @param most operands that it takes.
 */
export function readFlags(command: Command, most: number): FlagReader {
  const problems = operandProblems(command, most);
  const valueOf = (flag: string): unknown => command.getOptionValue(attributeOf(flag));
  const text = (flag: string): string | null => {
    const value = valueOf(flag);
    return typeof value === "string" ? value : null;
  };
  return {
    problems,
    text,
    isSet: (flag) => valueOf(flag) === true,
    list: (flag) => {
      const value = valueOf(flag);
      return Array.isArray(value) ? value.map(String) : [];
    },
  };
}

function operandProblems(command: Command, most: number): Problem[] {
  const known = command.options.flatMap((option) => option.long ?? []);
  const unknown = command.args.filter((argument) => /^-[^\d]/.test(argument));
  if (unknown.length === 0) {
    return command.args.slice(most).map((argument) => {
      return {
        where: argument,
        path: "",
        message: `${command.name()} takes ${most} argument${most === 1 ? "" : "s"}`,
      };
    });
  }
  return unknown.map((argument) => {
    const flag = argument.replace(/=.*$/s, "");
    const message = `there is no such flag${didYouMean(flag, known) || `; flags: ${known.join(", ")}`}`;
    return { where: show(flag).slice(1, -1), path: "", message };
  });
}

/** commander's name of an option's value: `--dry-run` is `dryRun`. */
function attributeOf(flag: string): string {
  return flag.replace(/^--/, "").replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

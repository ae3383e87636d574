import type { Command } from "commander";
import { didYouMean, show } from "../config/suggest.ts";
import type { Problem } from "../core/errors.ts";

/** Reads a command's flags as text and collects everything that is wrong with them, to be thrown once. */
export interface FlagReader {
  readonly problems: Problem[];
  /** A whole number of at least 1; null when the flag was not given. */
  readonly count: (flag: string) => number | null;
  /** One of the words; the first one when the flag was not given. */
  readonly choice: <T extends string>(flag: string, words: readonly [T, ...T[]]) => T;
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
    count: (flag) => {
      const written = text(flag);
      if (written === null) return null;
      const value = /^\d+$/.test(written) ? Number(written) : NaN;
      if (!Number.isSafeInteger(value) || value < 1) {
        problems.push({
          where: `${flag} ${written}`,
          path: "",
          message: "must be a whole number of at least 1",
        });
        return null;
      }
      return value;
    },
    choice: (flag, words) => {
      const written = text(flag);
      const found = words.find((word) => word === written);
      if (found !== undefined || written === null) return found ?? words[0];
      const allowed = `must be one of ${words.join(", ")}`;
      problems.push({ where: `${flag} ${written}`, path: "", message: allowed + didYouMean(written, words) });
      return words[0];
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

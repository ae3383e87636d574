import type { Command } from "commander";
import { InputError } from "../core/errors.ts";
import { RUN_FLAG_LIST, flagName } from "../sweep/run-flags.ts";
import type { RunFlag } from "../sweep/run-flags.ts";
import type { FlagReader } from "./flags.ts";

/** A flag of `run` as commander knows it: values stay text, and defaults are ours. */
export function addRunFlag(run: Command, { syntax, help, ...flag }: RunFlag): void {
  if (flag.kind === "list") run.option(syntax, help, collect, []);
  else if (flag.kind === "text" && flag.standard !== null) run.option(syntax, help, flag.standard);
  else run.option(syntax, help);
}

/** What was typed of `run`'s flags, by the names of RunRequest. A count that is no number stays text, to be refused with the rest. */
export function givenRunFlags(flags: FlagReader): Record<string, unknown> {
  const given = RUN_FLAG_LIST.map(([name, flag]): [string, unknown] => {
    const word = flagName(flag);
    if (flag.kind === "switch") return [name, flags.isSet(word)];
    if (flag.kind === "list") return [name, flags.list(word)];
    const text = flags.text(word) ?? undefined;
    return [name, flag.kind === "count" && /^\d+$/.test(text ?? "") ? Number(text) : text];
  });
  return Object.fromEntries(given);
}

/** A command that leaves unknown flags and too many arguments to `readFlags`, which names all of them at once. */
export function loose(parent: Command, name: string): Command {
  return parent.command(name).allowUnknownOption().allowExcessArguments();
}

export function refuse({ problems }: Pick<FlagReader, "problems">): void {
  if (problems.length > 0) throw new InputError(problems);
}

export function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

import type { FlagReader } from "./flags.ts";
import type { RunOptions } from "./run-options.ts";

/** More looks than this gain nothing, and their levels would take long to compute. */
const MOST_LOOKS = 10;

/** The flags of `run` about seeds and looks; problems are collected in the reader. */
export function readLookFlags(
  flags: FlagReader,
): Pick<RunOptions, "looks" | "untilDecided" | "maxSeeds" | "maxMinutes" | "firstSeed"> {
  const untilDecided = flags.isSet("--until-decided");
  const options = {
    untilDecided,
    looks: flags.count("--looks"),
    maxSeeds: flags.count("--max-seeds"),
    maxMinutes: flags.count("--max-minutes"),
    firstSeed: flags.count("--first-seed"),
  };
  const refuse = (where: string, message: string): void => {
    flags.problems.push({ where, path: "", message });
  };
  if (options.looks !== null && options.looks > MOST_LOOKS) {
    refuse(`--looks ${options.looks}`, `must be at most ${MOST_LOOKS}`);
  }
  for (const [flag, value] of [
    ["--max-seeds", options.maxSeeds],
    ["--max-minutes", options.maxMinutes],
  ] as const) {
    if (value !== null && !untilDecided)
      refuse(`${flag} ${value}`, "needs --until-decided; add it, or leave this out");
  }
  return options;
}

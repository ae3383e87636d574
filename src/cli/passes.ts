import { didYouMean } from "../config/suggest.ts";
import { PASSES } from "../engine/passes/index.ts";
import type { FlagReader } from "./flags.ts";

/**
 * Graph passes of the compiled engine that `--passes` asks for: names to run, `none`, or names with a minus before
 * them to leave out. All of them when the flag was not given.
 */
export function readPasses(flags: FlagReader): readonly string[] {
  const all = Object.keys(PASSES);
  const written = flags.text("--passes");
  if (written === null || written === "all") return all;
  if (written === "none") return [];
  const items = written.split(",").map((item) => item.trim());
  const left = items.filter((item) => item.startsWith("-")).map((item) => item.slice(1));
  const kept = items.filter((item) => !item.startsWith("-"));
  const report = (message: string): void => {
    flags.problems.push({ where: `--passes ${written}`, path: "", message });
  };
  for (const name of [...left, ...kept].filter((item) => !all.includes(item))) {
    report(
      `there is no pass "${name}"${didYouMean(name, all) || `; passes: ${all.join(", ")}, or all, or none`}`,
    );
  }
  if (left.length > 0 && kept.length > 0)
    report("names passes to run and passes to leave out; choose one way");
  return left.length > 0 ? all.filter((name) => !left.includes(name)) : kept;
}

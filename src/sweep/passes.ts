import { didYouMean } from "../config/suggest.ts";
import { InputError } from "../core/errors.ts";
import { PASSES } from "../engine/passes/index.ts";

/**
 * Graph passes of the compiled engine that `--passes` asks for.
 * @param written names to run, `all`, `none`, or names with a minus before them to leave out; null runs all.
 * @throws InputError naming every word that is no pass, or a mixture of both ways.
 */
export function passesOf(written: string | null): readonly string[] {
  const all = Object.keys(PASSES);
  if (written === null || written === "all") return all;
  if (written === "none") return [];
  const items = written.split(",").map((item) => item.trim());
  const left = items.filter((item) => item.startsWith("-")).map((item) => item.slice(1));
  const kept = items.filter((item) => !item.startsWith("-"));
  const unknown = [...left, ...kept].filter((item) => !all.includes(item));
  const messages = unknown.map(
    (name) =>
      `there is no pass "${name}"${didYouMean(name, all) || `; passes: ${all.join(", ")}, or all, or none`}`,
  );
  if (left.length > 0 && kept.length > 0)
    messages.push("names passes to run and passes to leave out: choose one way");
  if (messages.length > 0)
    throw new InputError(messages.map((message) => ({ where: `--passes ${written}`, path: "", message })));
  return left.length > 0 ? all.filter((name) => !left.includes(name)) : kept;
}

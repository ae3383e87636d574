import { readFileSync } from "node:fs";
import { parseSource } from "../../config/source.ts";
import { InputError, messageOf, type Problem } from "../../core/errors.ts";
import type { LayerCounts } from "../../records/decisions.ts";
import { countsSchema } from "./format.ts";
import { linesOf, problemsOf } from "./lines.ts";

/** Counts of a file, with E. */
export interface RoutingCounts {
  readonly experts: number;
  readonly layers: readonly LayerCounts[];
}

const COLUMNS = ["layer", "domain", "tokens", "expert", "count"] as const;

/**
 * Reads counts a layer, domain and expert: JSON, or CSV where the name ends in `.csv`.
 * @throws InputError with lines and reasons.
 */
export function readCounts(path: string): RoutingCounts {
  return path.toLowerCase().endsWith(".csv") ? fromCsv(path) : fromJson(path);
}

function fromJson(path: string): RoutingCounts {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError([{ where: path, path: "", message: `can't be read: ${messageOf(error)}` }]);
  }
  const source = parseSource(path, text);
  const found = countsSchema.safeParse(source.value);
  const at = (keys: readonly PropertyKey[], message: string): Problem => {
    const segments = keys.map((key) => (typeof key === "symbol" ? String(key) : key));
    return { where: source.place(segments) ?? path, path: segments.join("."), message };
  };
  if (source.problems.length > 0) throw new InputError(source.problems);
  if (!found.success) throw new InputError(found.error.issues.map((issue) => at(issue.path, issue.message)));
  const { experts, layers } = found.data;
  const problems = layers.flatMap(({ layer, domains }, l): Problem[] => [
    ...(layers.findIndex((other) => other.layer === layer) < l
      ? [at(["layers", l, "layer"], `layer ${layer} is there twice`)]
      : []),
    ...domains.flatMap(({ domain, tokens, counts }, d) => {
      const keys = ["layers", l, "domains", d] as const;
      return [
        ...(domains.findIndex((other) => other.domain === domain) < d
          ? [at([...keys, "domain"], `${domain} is there twice`)]
          : []),
        ...countProblems(counts, experts, tokens).map((message) => at([...keys, "counts"], message)),
      ];
    }),
  ]);
  if (problems.length > 0) throw new InputError(problems);
  return {
    experts,
    layers: layers.map(({ layer, domains }) => ({
      layer,
      domains: domains.map(({ domain, tokens, counts }) => ({ domain, tokens, assigned: counts })),
    })),
  };
}

/** What can't be of counts that are numbers. */
function countProblems(counts: readonly number[], experts: number, tokens: number): string[] {
  if (counts.length !== experts) return [`has ${counts.length} counts where there are ${experts} experts`];
  const most = counts.findIndex((count) => count > tokens);
  if (most >= 0) {
    return [`expert ${most} has ${counts[most] ?? 0} of ${tokens} tokens: no token has an expert twice`];
  }
  return counts.every((count) => count === 0) ? ["has no assignment at all"] : [];
}

function fromCsv(path: string): RoutingCounts {
  const problems = problemsOf(path);
  const lines = linesOf(path);
  const first = lines.next();
  const header = first.done === true ? "" : first.value.text.replaceAll(/\s/g, "");
  if (header !== COLUMNS.join()) problems.add(1, `begins with "${header}"; the header is ${COLUMNS.join()}`);
  problems.refuse();
  const layers = new Map<number, Map<string, { line: number; tokens: number; counts: number[] }>>();
  for (const { number: line, text, isWhole } of lines) {
    if (problems.isFull()) break;
    const cells = text.split(",").map((cell) => cell.trim());
    const [layer = 0, tokens = 0, expert = 0, count = 0] = [cells[0], cells[2], cells[3], cells[4]].map(
      (cell) => (/^\d+$/.test(cell ?? "") ? Number(cell) : Number.NaN),
    );
    const domain = cells[1] ?? "";
    if (cells.length !== COLUMNS.length || Number.isNaN(layer + tokens + expert + count) || domain === "") {
      problems.add(
        line,
        `"${text}" is not ${COLUMNS.join()} with numbers from 0${isWhole ? "" : ": the file was cut off"}`,
      );
      continue;
    }
    const domains =
      layers.get(layer) ?? new Map<string, { line: number; tokens: number; counts: number[] }>();
    layers.set(layer, domains);
    const known = domains.get(domain) ?? { line, tokens, counts: [] };
    domains.set(domain, known);
    if (known.tokens !== tokens)
      problems.add(line, `${tokens} tokens of ${domain} in layer ${layer}, ${known.tokens} before`);
    if (known.counts[expert] !== undefined)
      problems.add(line, `expert ${expert} of ${domain} in layer ${layer} is there twice`);
    if (expert > 65_535) problems.add(line, `expert ${expert} is too large a number`);
    else known.counts[expert] = count;
  }
  const experts = Math.max(
    0,
    ...[...layers.values()].flatMap((domains) => [...domains.values()].map(({ counts }) => counts.length)),
  );
  for (const [layer, domains] of layers) {
    for (const [domain, { line, tokens, counts }] of domains) {
      const all = Array.from({ length: experts }, (_, e) => counts[e] ?? 0);
      const absent = all.findIndex((_, e) => counts[e] === undefined);
      if (absent >= 0)
        problems.add(line, `expert ${absent} of ${domain} in layer ${layer} has no row; write 0 for none`);
      for (const message of countProblems(all, experts, tokens))
        problems.add(line, `${domain} in layer ${layer} ${message}`);
    }
  }
  problems.refuse();
  if (experts < 2) throw new InputError([{ where: path, path: "", message: "has no two experts" }]);
  return {
    experts,
    layers: [...layers].map(([layer, domains]) => ({
      layer,
      domains: [...domains].map(([domain, { tokens, counts }]) => ({ domain, tokens, assigned: counts })),
    })),
  };
}

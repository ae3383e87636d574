import type { z } from "zod";
import { InputError } from "../../core/errors.ts";
import { ID_KINDS, type Decisions, type IdKind } from "../../records/decisions.ts";
import { collectTokens, type Token } from "./collect-tokens.ts";
import { chosenHeaderSchema } from "./format.ts";
import { lineOf, problemsOf, rawLinesOf, type Line, type ProblemList, type RawLine } from "./lines.ts";
import { tokenScanner } from "./scan-token.ts";

type Header = z.output<typeof chosenHeaderSchema>;

const MOST_ID = 2 ** 31 - 1;
const FIELDS: readonly string[] = ["experts", "domain", ...ID_KINDS];

/**
 * Reads chosen experts a token: JSON lines, or CSV where the name ends in `.csv`.
 * @param experts E of a CSV file, which has no place for it.
 * @throws InputError with lines and reasons.
 */
export function readChosen(path: string, experts: number | null): Decisions {
  const problems = problemsOf(path);
  const lines = rawLinesOf(path);
  const first = firstOf(lines);
  if (first === null) throw new InputError([{ where: path, path: "", message: "is empty" }]);
  const isCsv = path.toLowerCase().endsWith(".csv");
  const header = isCsv ? csvHeader(first, experts, problems) : jsonHeader(first, problems);
  problems.refuse();
  if (header === null) throw new Error("a header without problems is there");
  const collected = collectTokens(header.layers, header.experts);
  // Lines as they nearly all are; the first of another kind goes the way of all text, and so does what is wrong.
  const scan = isCsv ? null : tokenScanner(header);
  for (const raw of lines) {
    if (problems.isFull()) break;
    const scanned = scan?.(raw) ?? null;
    if (scanned !== null && collected.addScanned(scanned)) continue;
    const line = lineOf(raw);
    if (line === null) continue;
    const token = header.read(line, problems);
    if (token !== null && isGood(token, line.number, { header, hasIds: collected.hasIds(), problems })) {
      collected.add(token);
    }
  }
  problems.refuse();
  const decisions = collected.taken();
  if (decisions.domain.length === 0) {
    throw new InputError([{ where: path, path: "", message: "has a header, and no token" }]);
  }
  return decisions;
}

/** The first line that has anything in it. */
function firstOf(lines: Iterator<RawLine>): Line | null {
  for (;;) {
    const next = lines.next();
    if (next.done === true) return null;
    const line = lineOf(next.value);
    if (line !== null) return line;
  }
}

interface Reader extends Header {
  readonly read: (line: Line, problems: ProblemList) => Token | null;
}

function jsonHeader(line: Line, problems: ProblemList): Reader | null {
  const value = parsed(line, problems);
  if (value === undefined) return null;
  const header = chosenHeaderSchema.safeParse(value);
  if (!header.success) {
    for (const { path, message } of header.error.issues) {
      const place = path.length === 0 ? "the header" : `the header's ${path.join(".")}`;
      problems.add(
        line.number,
        `${place}: ${message}; it is like {"format": 1, "experts": 64, "layers": [0, 7, 15]}`,
      );
    }
    return null;
  }
  const { layers } = header.data;
  if (layers.some((layer, index) => index > 0 && layer <= (layers[index - 1] ?? 0))) {
    problems.add(line.number, `the header's layers ${layers.join(", ")} do not ascend`);
  }
  return { ...header.data, read: jsonToken };
}

function parsed(line: Line, problems: ProblemList): unknown {
  try {
    return JSON.parse(line.text) as unknown;
  } catch {
    problems.add(line.number, line.isWhole ? "is no JSON" : "is no JSON: the file was cut off");
    return undefined;
  }
}

function jsonToken(line: Line, problems: ProblemList): Token | null {
  const value = parsed(line, problems);
  if (value === undefined) return null;
  if (typeof value !== "object" || value === null || !("experts" in value)) {
    problems.add(
      line.number,
      'is no token; one is like {"experts": [[3, 17], [5, 0]], "domain": "code", "input": 11}',
    );
    return null;
  }
  const fields = value as Record<string, unknown>;
  const { experts, domain = null } = fields;
  for (const name in fields) {
    if (!FIELDS.includes(name)) problems.add(line.number, `has ${name}; fields are ${FIELDS.join(", ")}`);
  }
  if (!Array.isArray(experts) || !experts.every((list) => Array.isArray(list))) {
    problems.add(line.number, "experts must be a list of one list a layer");
    return null;
  }
  if (domain !== null && typeof domain !== "string") {
    problems.add(line.number, "domain must be a text");
    return null;
  }
  return { experts: experts as number[][], domain, ids: fields };
}

function csvHeader(line: Line, experts: number | null, problems: ProblemList): Reader | null {
  const names = line.text.split(",").map((name) => name.trim());
  const layers = names.flatMap((name) => {
    const match = /^layer_(\d+)$/.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
  const others = names.filter(
    (name) => !/^layer_\d+$/.test(name) && (name === "experts" || !FIELDS.includes(name)),
  );
  if (others.length > 0) {
    problems.add(
      line.number,
      `has columns ${others.join(", ")}; columns are layer_<n>, domain, ${ID_KINDS.join(", ")}`,
    );
  }
  if (layers.length === 0) problems.add(line.number, "has no column layer_<n>, of a layer's experts: 3 17 5");
  if (layers.some((layer, index) => index > 0 && layer <= (layers[index - 1] ?? 0))) {
    problems.add(line.number, "the columns of layers do not ascend");
  }
  if (experts === null)
    problems.add(line.number, "a CSV file does not say how many experts there are; add --experts <n>");
  if (experts === null) return null;
  return { format: 1, experts, layers, read: (row, list) => csvToken(row, names, list) };
}

function csvToken(
  { number, text, isWhole }: Line,
  names: readonly string[],
  problems: ProblemList,
): Token | null {
  const cells = text.split(",");
  if (cells.length !== names.length) {
    const cut = isWhole ? "" : ": the file was cut off";
    problems.add(number, `has ${cells.length} cells where the header has ${names.length}${cut}`);
    return null;
  }
  const experts: number[][] = [];
  const ids: Partial<Record<IdKind, number>> = {};
  let domain: string | null = null;
  for (const [index, name] of names.entries()) {
    const cell = (cells[index] ?? "").trim();
    const kind = ID_KINDS.find((one) => one === name);
    if (kind !== undefined) ids[kind] = cell === "" ? Number.NaN : Number(cell);
    else if (name === "domain") domain = cell;
    else experts.push(cell === "" ? [] : cell.split(/\s+/).map(Number));
  }
  return { experts, domain, ids };
}

/** Checks a token; says what is wrong with it. */
function isGood(
  { experts, domain, ids }: Token,
  line: number,
  known: {
    readonly header: Header;
    readonly hasIds: readonly IdKind[] | null;
    readonly problems: ProblemList;
  },
): boolean {
  const { header, hasIds, problems } = known;
  const { layers, expertsPerToken } = header;
  const refuse = (message: string): boolean => {
    problems.add(line, message);
    return false;
  };
  if (experts.length !== layers.length) {
    return refuse(`has experts of ${experts.length} layers where the header has ${layers.length}`);
  }
  if (domain === "") return refuse("its domain is empty");
  for (let index = 0; index < experts.length; index++) {
    const [layer = 0, list = []] = [layers[index], experts[index]];
    if (expertsPerToken !== undefined && list.length !== expertsPerToken) {
      return refuse(`layer ${layer}: ${list.length} experts where the header says ${expertsPerToken}`);
    }
    for (let i = 0; i < list.length; i++) {
      const expert = list[i] ?? Number.NaN;
      if (!Number.isInteger(expert) || expert < 0 || expert >= header.experts) {
        return refuse(`layer ${layer}: expert ${String(expert)} is none of 0 to ${header.experts - 1}`);
      }
      if (list.indexOf(expert) !== i) return refuse(`layer ${layer}: expert ${expert} is there twice`);
    }
  }
  for (const kind of ID_KINDS) {
    const id = ids[kind];
    if (id !== undefined && !(Number.isInteger(id) && id >= 0 && id <= MOST_ID)) {
      return refuse(`${kind} must be the number of a token`);
    }
    if (hasIds !== null && hasIds.includes(kind) !== (id !== undefined)) {
      const own = ID_KINDS.filter((one) => ids[one] !== undefined);
      return refuse(
        `has ${own.join(", ") || "no ids"} where the first token has ${hasIds.join(", ") || "none"}`,
      );
    }
  }
  return true;
}

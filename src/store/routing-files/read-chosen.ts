import type { z } from "zod";
import { InputError } from "../../core/errors.ts";
import { ID_KINDS, type Decisions, type IdKind, type LayerDecisions } from "../../records/decisions.ts";
import { chosenHeaderSchema } from "./format.ts";
import { linesOf, problemsOf, type Line, type ProblemList } from "./lines.ts";

type Header = z.output<typeof chosenHeaderSchema>;

/** One token as a line has it; nothing of it is checked yet. */
interface Token {
  readonly experts: readonly (readonly number[])[];
  readonly domain: string | null;
  readonly ids: Readonly<Partial<Record<IdKind, number>>>;
}

/** Numbers in the order of their coming, in an array that grows. */
interface Growing<Numbers extends Uint16Array | Uint32Array | Int32Array> {
  readonly push: (value: number) => void;
  readonly taken: () => Numbers;
}

/** What a file without domains has its tokens in. */
const NO_DOMAIN = "text";
const MOST_ID = 2 ** 31 - 1;
const FIELDS: readonly string[] = ["experts", "domain", ...ID_KINDS];

/**
 * Reads chosen experts a token: JSON lines, or CSV where the name ends in `.csv`.
 * @param experts E of a CSV file, which has no place for it.
 * @throws InputError with lines and reasons.
 */
export function readChosen(path: string, experts: number | null): Decisions {
  const problems = problemsOf(path);
  const lines = linesOf(path);
  const first = lines.next();
  if (first.done === true) throw new InputError([{ where: path, path: "", message: "is empty" }]);
  const isCsv = path.toLowerCase().endsWith(".csv");
  const header = isCsv ? csvHeader(first.value, experts, problems) : jsonHeader(first.value, problems);
  problems.refuse();
  if (header === null) throw new Error("a header without problems is there");
  const collected = collectTokens(header.layers, header.experts);
  for (const line of lines) {
    if (problems.isFull()) break;
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

function collectTokens(
  layers: readonly number[],
  experts: number,
): { add: (token: Token) => void; hasIds: () => readonly IdKind[] | null; taken: () => Decisions } {
  const domains: string[] = [];
  const places = new Map<string, number>();
  const domain = growing((length) => new Uint16Array(length));
  const rows = layers.map(() => ({
    first: growing((length) => new Uint32Array(length)),
    expert: growing((length) => new Uint16Array(length)),
    count: 0,
  }));
  for (const { first } of rows) first.push(0);
  let kinds: readonly IdKind[] | null = null;
  const ids = new Map<IdKind, Growing<Int32Array>>();
  return {
    hasIds: () => kinds,
    add: (token) => {
      const name = token.domain ?? NO_DOMAIN;
      const place = places.get(name) ?? domains.push(name) - 1;
      places.set(name, place);
      domain.push(place);
      kinds ??= ID_KINDS.filter((kind) => token.ids[kind] !== undefined);
      for (const kind of kinds) {
        const list = ids.get(kind) ?? growing((length) => new Int32Array(length));
        ids.set(kind, list);
        list.push(token.ids[kind] ?? 0);
      }
      for (let index = 0; index < rows.length; index++) {
        const row = rows[index];
        if (row === undefined) continue;
        for (const expert of token.experts[index] ?? []) row.expert.push(expert);
        row.count += token.experts[index]?.length ?? 0;
        row.first.push(row.count);
      }
    },
    taken: () => ({
      ...{ experts, domains, domain: domain.taken(), sequence: null },
      ids: Object.fromEntries([...ids].map(([kind, list]) => [kind, list.taken()])),
      layers: rows.map(({ first, expert }, index): LayerDecisions => ({
        layer: layers[index] ?? 0,
        ...{ first: first.taken(), expert: expert.taken() },
        ...{ gate: null, entropyNats: null, margin: null },
      })),
    }),
  };
}

function growing<Numbers extends Uint16Array | Uint32Array | Int32Array>(
  make: (length: number) => Numbers,
): Growing<Numbers> {
  let values = make(1024);
  let length = 0;
  return {
    push: (value) => {
      if (length === values.length) {
        const larger = make(2 * length);
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    taken: () => values.subarray(0, length) as Numbers,
  };
}

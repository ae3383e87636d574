import { ID_KINDS, type Decisions, type IdKind, type LayerDecisions } from "../../records/decisions.ts";
import type { ScannedToken } from "./scan-token.ts";

/** One token as a line has it; nothing of it is checked yet. */
export interface Token {
  readonly experts: readonly (readonly number[])[];
  readonly domain: string | null;
  readonly ids: Readonly<Partial<Record<IdKind, number>>>;
}

/** Tokens, as they come, in columns. */
export interface TokenColumns {
  readonly add: (token: Token) => void;
  /** The same of a token that was scanned: whether it has the ids that the first one has, and so was added. */
  readonly addScanned: (token: ScannedToken) => boolean;
  /** Those that the first token has; null where there is none yet. */
  readonly hasIds: () => readonly IdKind[] | null;
  readonly taken: () => Decisions;
}

/** What a file without domains has its tokens in. */
const NO_DOMAIN = "text";

/** Numbers in the order of their coming, in an array that grows. */
interface Growing<Numbers extends Uint16Array | Uint32Array | Int32Array> {
  readonly push: (value: number) => void;
  /** Part of a list. */
  readonly append: (list: ArrayLike<number>, start: number, end: number) => void;
  readonly taken: () => Numbers;
}

/** Collects tokens of some layers with E experts. */
export function collectTokens(layers: readonly number[], experts: number): TokenColumns {
  const domain = domainColumn();
  const rows = layers.map(() => ({
    first: growing((length) => new Uint32Array(length)),
    expert: growing((length) => new Uint16Array(length)),
    count: 0,
  }));
  for (const { first } of rows) first.push(0);
  let kinds: readonly IdKind[] | null = null;
  const ids = ID_KINDS.map((kind) => ({ kind, list: growing((length) => new Int32Array(length)) }));
  return {
    hasIds: () => kinds,
    add: (token) => {
      domain.add(token.domain ?? NO_DOMAIN);
      kinds ??= ID_KINDS.filter((kind) => token.ids[kind] !== undefined);
      for (const { kind, list } of ids) if (kinds.includes(kind)) list.push(token.ids[kind] ?? 0);
      for (let index = 0; index < rows.length; index++) {
        const row = rows[index];
        if (row === undefined) continue;
        for (const expert of token.experts[index] ?? []) row.expert.push(expert);
        row.count += token.experts[index]?.length ?? 0;
        row.first.push(row.count);
      }
    },
    addScanned: (token) => {
      kinds ??= ID_KINDS.filter((_, place) => (token.ids[place] ?? -1) >= 0);
      for (let place = 0; place < ids.length; place++) {
        const kind = ids[place]?.kind;
        if (kind !== undefined && kinds.includes(kind) !== (token.ids[place] ?? -1) >= 0) return false;
      }
      domain.add(token.domain ?? NO_DOMAIN);
      for (let place = 0; place < ids.length; place++) {
        const id = token.ids[place] ?? -1;
        if (id >= 0) ids[place]?.list.push(id);
      }
      let start = 0;
      for (let index = 0; index < rows.length; index++) {
        const [row, end] = [rows[index], token.ends[index] ?? 0];
        if (row === undefined) continue;
        row.expert.append(token.experts, start, end);
        row.first.push((row.count += end - start));
        start = end;
      }
      return true;
    },
    taken: () => ({
      ...{ experts, ...domain.taken(), sequence: null },
      ids: Object.fromEntries(
        ids.flatMap(({ kind, list }) => (kinds?.includes(kind) === true ? [[kind, list.taken()]] : [])),
      ),
      layers: rows.map(({ first, expert }, index): LayerDecisions => ({
        layer: layers[index] ?? 0,
        ...{ first: first.taken(), expert: expert.taken() },
        ...{ gate: null, entropyNats: null, margin: null, meanProbs: null },
      })),
    }),
  };
}

function domainColumn(): {
  add: (name: string) => void;
  taken: () => Pick<Decisions, "domains" | "domain">;
} {
  const domains: string[] = [];
  const places = new Map<string, number>();
  const domain = growing((length) => new Uint16Array(length));
  let last: { readonly name: string; readonly place: number } | null = null;
  return {
    add: (name) => {
      if (last?.name !== name) {
        last = { name, place: places.get(name) ?? domains.push(name) - 1 };
        places.set(name, last.place);
      }
      domain.push(last.place);
    },
    taken: () => ({ domains, domain: domain.taken() }),
  };
}

function growing<Numbers extends Uint16Array | Uint32Array | Int32Array>(
  make: (length: number) => Numbers,
): Growing<Numbers> {
  let values = make(1024);
  let length = 0;
  const makeRoom = (): void => {
    const larger = make(2 * values.length);
    larger.set(values);
    values = larger;
  };
  return {
    push: (value) => {
      if (length === values.length) makeRoom();
      values[length++] = value;
    },
    append: (list, start, end) => {
      while (length + end - start > values.length) makeRoom();
      for (let i = start; i < end; i++) values[length++] = list[i] ?? 0;
    },
    taken: () => values.subarray(0, length) as Numbers,
  };
}

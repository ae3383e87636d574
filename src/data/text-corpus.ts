import type { DataSettings } from "../config/settings.ts";
import { hashJson } from "../core/json.ts";
import {
  digestSplits,
  hashOfOwnCode,
  readCache,
  readCachedJson,
  writeCache,
  writeCachedJson,
  type PreparedText,
} from "./cache.ts";
import { bySplit, joinSplits, mapSplits } from "./documents.ts";
import { dealDomains, readDomains, type DomainText } from "./domain-text.ts";
import { measureOverlap, type Overlap } from "./overlap.ts";
import { byteTokenizer, type Tokenizer } from "./tokenizer.ts";
import type { Corpus, DomainTokens } from "./types.ts";
import { normalisedWeights } from "./weights.ts";

/** What turns text into tokens; the cache and the corpus take all they say about tokens from it. */
const tokenizer: Tokenizer = byteTokenizer;

/** Where prepared text is kept, and what it depends on besides the text. */
interface Shelf {
  readonly folder: string | null;
  readonly code: string;
  readonly shares: readonly number[];
}

/**
 * Reads, splits and tokenises the text of every domain, as docs/model.md has it. Reads only the domains asked for.
 * @param options.cacheFolder where prepared text is kept (see `defaultCacheFolder`); null keeps nothing. What is found
 * there counts only for exactly these bytes of text, shares and code.
 * @throws InputError with everything that is wrong with the user's files.
 */
export function textCorpus(data: DataSettings, options: { readonly cacheFolder: string | null }): Corpus {
  const texts = readDomains(data.domains);
  const dealt = dealDomains(texts, data);
  const shelf: Shelf = {
    folder: options.cacheFolder,
    code: hashOfOwnCode(),
    shares: [data.validationShare, data.testShare],
  };
  const prepared = texts.map((_, index) =>
    preparedText(shelf, texts.slice(0, index + 1), () => {
      const { documents, split, repeated } = dealt(index);
      const joined = joinSplits(documents, split);
      const splits = mapSplits((name) => tokenizer.encode(joined.splits[name]));
      return { splits, documents: joined.documents, digests: digestSplits(splits), repeated };
    }),
  );
  const overlaps = overlapsOf(shelf, texts, () => {
    const parts = texts.map((_, index) => bySplit(dealt(index).documents, dealt(index).split));
    return measureOverlap(
      parts.map(({ validation }) => validation),
      parts.flatMap(({ train }) => train),
    );
  });
  const domains = domainTokens(texts, prepared, overlaps);
  return {
    domains,
    vocabulary: tokenizer.vocabulary,
    labelCount: domains.length,
    bytesPerToken: bytesPerToken(domains),
    hash: hashJson(domains.map(({ name, weight }, index) => [name, weight, prepared[index]?.digests])),
  };
}

function domainTokens(
  texts: readonly DomainText[],
  prepared: readonly PreparedText[],
  overlaps: readonly Overlap[],
): readonly DomainTokens[] {
  const weights = normalisedWeights(texts.map(({ settings }) => settings));
  return prepared.map(({ splits, documents, repeated }, index): DomainTokens => {
    const { settings, sources } = texts[index] as DomainText;
    return {
      name: settings.name,
      ...(weights[index] as { weight: number; validationWeight: number }),
      splits,
      task: null,
      sources,
      documents,
      repeated: repeated.flatMap((count, owner) =>
        count === 0 ? [] : [{ domain: texts[owner]?.settings.name ?? "", documents: count }],
      ),
      overlap: overlaps[index] ?? null,
    };
  });
}

/** The text of the last of some domains: what it holds depends on those before it. */
function preparedText(shelf: Shelf, texts: readonly DomainText[], make: () => PreparedText): PreparedText {
  const key = keyOf(shelf, tokenizer.name, texts);
  const found = shelf.folder === null ? null : readCache(shelf.folder, key);
  if (found !== null) return found;
  const made = make();
  if (shelf.folder !== null) writeCache(shelf.folder, key, made);
  return made;
}

/** The overlap of each domain, which depends on the text of all. */
function overlapsOf(
  shelf: Shelf,
  texts: readonly DomainText[],
  make: () => readonly Overlap[],
): readonly Overlap[] {
  const key = keyOf(shelf, "overlap", texts);
  const found = shelf.folder === null ? null : readCachedJson(shelf.folder, key);
  if (found !== null) return found as readonly Overlap[];
  const made = make();
  if (shelf.folder !== null) writeCachedJson(shelf.folder, key, made);
  return made;
}

function keyOf({ code, shares }: Shelf, what: string, texts: readonly DomainText[]): string {
  return hashJson({
    code,
    tokenizer: what,
    shares,
    text: texts.map(({ settings, sources }) => [settings.corpus, sources.map(({ sha256 }) => sha256)]),
  });
}

/** Mean over validation, with domains weighted as there. */
function bytesPerToken(domains: readonly DomainTokens[]): number {
  return domains.reduce(
    (sum, { validationWeight, splits }) =>
      sum + validationWeight * tokenizer.bytesPerToken(splits.validation),
    0,
  );
}

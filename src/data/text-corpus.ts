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
import type { FilterSettings } from "./filters.ts";
import { measureOverlap, type Overlap } from "./overlap.ts";
import { bpeTokenizer } from "./tokenizers/bpe-tokenizer.ts";
import { byteTokenizer, type Merge, type Tokenizer } from "./tokenizers/tokenizer.ts";
import { trainBpe } from "./tokenizers/train-bpe.ts";
import type { Tokens } from "./tokens.ts";
import type { Corpus, DomainTokens, Split } from "./types.ts";
import { normalisedWeights } from "./weights.ts";

/** Where prepared text is kept, and what it depends on besides the text. */
interface Shelf {
  readonly folder: string | null;
  readonly code: string;
  readonly shares: readonly number[];
  readonly filters: FilterSettings;
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
    filters: { maxRepeats: data.maxRepeats, wordShareDomains: data.wordShareDomains },
  };
  const prepared = texts.map((_, index) =>
    preparedText(shelf, texts.slice(0, index + 1), () => {
      const { documents, split, repeated, filtered } = dealt(index);
      const joined = joinSplits(documents, split);
      return { ...joined, digests: digestSplits(joined.splits), repeated, filtered };
    }),
  );
  const overlaps = overlapsOf(shelf, texts, () => {
    const parts = texts.map((_, index) => bySplit(dealt(index).documents, dealt(index).split));
    return measureOverlap(
      parts.map(({ validation }) => validation),
      parts.flatMap(({ train }) => train),
    );
  });
  const tokenizer = tokenizerOf(shelf, data.vocabulary, prepared);
  const tokenised = prepared.map((text) => tokenisedText(shelf, tokenizer, text));
  const domains = domainTokens(texts, tokenised, overlaps);
  return {
    domains,
    vocabulary: tokenizer.vocabulary,
    labelCount: domains.length,
    tokenizer,
    hash: hashJson(domains.map(({ name, weight }, index) => [name, weight, tokenised[index]?.digests])),
  };
}

/** A domain's text as tokens. */
interface TokenisedText extends Omit<PreparedText, "splits"> {
  readonly splits: Readonly<Record<Split, Tokens>>;
}

function domainTokens(
  texts: readonly DomainText[],
  tokenised: readonly TokenisedText[],
  overlaps: readonly Overlap[],
): readonly DomainTokens[] {
  const weights = normalisedWeights(texts.map(({ settings }) => settings));
  return tokenised.map(({ splits, documents, repeated, filtered }, index): DomainTokens => {
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
      filtered,
      overlap: overlaps[index] ?? null,
    };
  });
}

/** The bytes of the last of some domains: what it holds depends on those before it. */
function preparedText(shelf: Shelf, texts: readonly DomainText[], make: () => PreparedText): PreparedText {
  return cachedText(shelf, keyOf(shelf, byteTokenizer.name, texts), make);
}

/**
 * Bytes, or byte pairs trained on the training bytes of all domains; the vocabulary is smaller than asked for where there are
 * not so many (checks.ts refuses that).
 */
function tokenizerOf(shelf: Shelf, vocabulary: number, texts: readonly PreparedText[]): Tokenizer {
  if (vocabulary === byteTokenizer.vocabulary) return byteTokenizer;
  const key = hashJson({ code: shelf.code, vocabulary, training: texts.map(({ digests }) => digests.train) });
  const make = (): readonly Merge[] =>
    trainBpe(
      texts.map(({ splits }) => splits.train),
      vocabulary,
    );
  return bpeTokenizer(cachedJson(shelf, key, make));
}

/** A domain's bytes as tokens; ids of more than a byte are kept as two, the lower one first. */
function tokenisedText(shelf: Shelf, tokenizer: Tokenizer, text: PreparedText): TokenisedText {
  if (tokenizer === byteTokenizer) return text;
  const { code } = shelf;
  const key = hashJson({ code, tokenizer: tokenizer.name, bytes: text.digests });
  const { splits, digests } = cachedText(shelf, key, () => {
    const tokens = mapSplits((split) => bytesOf(tokenizer.encode(text.splits[split])));
    return { ...text, splits: tokens, digests: digestSplits(tokens) };
  });
  return { ...text, splits: mapSplits((split) => tokensOf(splits[split])), digests };
}

function bytesOf(tokens: Tokens): Uint8Array {
  return new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength);
}

function tokensOf(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(Uint8Array.from(bytes).buffer); // a copy, since what a file holds need not be aligned
}

function cachedText({ folder }: Shelf, key: string, make: () => PreparedText): PreparedText {
  const found = folder === null ? null : readCache(folder, key);
  if (found !== null) return found;
  const made = make();
  if (folder !== null) writeCache(folder, key, made);
  return made;
}

/** The overlap of each domain, which depends on the text of all. */
function overlapsOf(
  shelf: Shelf,
  texts: readonly DomainText[],
  make: () => readonly Overlap[],
): readonly Overlap[] {
  return cachedJson(shelf, keyOf(shelf, "overlap", texts), make);
}

function cachedJson<Value>({ folder }: Shelf, key: string, make: () => Value): Value {
  const found = folder === null ? null : readCachedJson(folder, key);
  if (found !== null) return found as Value;
  const made = make();
  if (folder !== null) writeCachedJson(folder, key, made);
  return made;
}

function keyOf({ code, shares, filters }: Shelf, what: string, texts: readonly DomainText[]): string {
  return hashJson({
    code,
    tokenizer: what,
    shares,
    filters,
    text: texts.map(({ settings, sources }) => [
      settings.name,
      settings.corpus,
      sources.map(({ sha256 }) => sha256),
    ]),
  });
}

import type { DataSettings, DomainSettings } from "../config/settings.ts";
import { InputError, messageOf, type Problem } from "../core/errors.ts";
import { hashJson } from "../core/json.ts";
import { digestSplits, hashOfOwnCode, readCache, writeCache, type PreparedText } from "./cache.ts";
import { CORPUS_NAMES, shippedCorpus } from "./corpora/registry.ts";
import { cutFile } from "./cut.ts";
import {
  dealDocuments,
  digestDocuments,
  joinSplits,
  mapSplits,
  uniqueDocuments,
  type DigestedDocument,
} from "./documents.ts";
import { sourceRecords, type SourceRecord, type TextSource } from "./source.ts";
import { byteTokenizer, type Tokenizer } from "./tokenizer.ts";
import type { Corpus, DomainTokens } from "./types.ts";
import { readUserFiles } from "./user-files.ts";

/** What turns text into tokens; the cache and the corpus take all they say about tokens from it. */
const tokenizer: Tokenizer = byteTokenizer;

/** The text of one domain, read; its documents are made on demand, and once. */
interface DomainText {
  readonly settings: DomainSettings;
  readonly sources: readonly SourceRecord[];
  readonly digested: () => readonly DigestedDocument[];
}

/**
 * Reads, splits and tokenises the text of every domain, as docs/model.md has it. Reads only the domains asked for.
 * @param options.cacheFolder where prepared text is kept (see `defaultCacheFolder`); null keeps nothing. What is found
 * there counts only for exactly these bytes of text, shares and code.
 * @throws InputError with everything that is wrong with the user's files.
 */
export function loadCorpus(data: DataSettings, options: { readonly cacheFolder: string | null }): Corpus {
  const texts = readDomains(data.domains);
  const code = hashOfOwnCode();
  const totalWeight = data.domains.reduce((sum, { weight }) => sum + weight, 0);
  const totalValidationWeight = data.domains.reduce((sum, domain) => sum + validationWeightOf(domain), 0);
  const domains = texts.map((text, index) => {
    const before = texts.slice(0, index);
    const key = hashJson({
      code,
      tokenizer: tokenizer.name,
      shares: [data.validationShare, data.testShare],
      text: [...before, text].map(({ settings, sources }) => [
        settings.corpus,
        sources.map(({ sha256 }) => sha256),
      ]),
    });
    const { splits, documents, digests } = cached(options.cacheFolder, key, () =>
      prepare(text, before, data),
    );
    const { name, weight } = text.settings;
    const domain = {
      name,
      weight: weight / totalWeight,
      validationWeight: validationWeightOf(text.settings) / totalValidationWeight,
      splits,
      sources: text.sources,
      documents,
    };
    return { domain, digests };
  });
  return {
    domains: domains.map(({ domain }) => domain),
    vocabulary: tokenizer.vocabulary,
    bytesPerToken: bytesPerToken(domains.map(({ domain }) => domain)),
    hash: hashJson(domains.map(({ domain, digests }) => [domain.name, domain.weight, digests])),
  };
}

function validationWeightOf({ weight, validationWeight }: DomainSettings): number {
  return validationWeight ?? weight;
}

function readDomains(settings: readonly DomainSettings[]): readonly DomainText[] {
  const problems: Problem[] = [];
  const texts = settings.map((domain, index): DomainText => {
    const source = readDomain(domain, `data.domains[${index}]`, problems);
    let digested: readonly DigestedDocument[] | undefined;
    return {
      settings: domain,
      sources: sourceRecords(source.files),
      digested: () => (digested ??= digestDocuments(source.documents())),
    };
  });
  if (problems.length > 0) throw new InputError(problems);
  return texts;
}

function readDomain(domain: DomainSettings, path: string, problems: Problem[]): TextSource {
  if (domain.corpus === null) {
    const read = readUserFiles(domain.files, `${path}.files`);
    problems.push(...read.problems);
    return { files: read.files, documents: () => read.files.flatMap(({ content }) => cutFile(content)) };
  }
  const corpus = shippedCorpus(domain.corpus);
  if (corpus === undefined) {
    const message = `"${domain.corpus}" is no shipped corpus; there are ${CORPUS_NAMES.join(", ")}`;
    problems.push({ where: "", path: `${path}.corpus`, message });
    return { files: [], documents: () => [] };
  }
  try {
    const files = corpus.read();
    return { files, documents: () => corpus.documents(files) };
  } catch (error) {
    problems.push({ where: "", path: `${path}.corpus`, message: messageOf(error) });
    return { files: [], documents: () => [] };
  }
}

function cached(folder: string | null, key: string, make: () => PreparedText): PreparedText {
  const found = folder === null ? null : readCache(folder, key);
  if (found !== null) return found;
  const made = make();
  if (folder !== null) writeCache(folder, key, made);
  return made;
}

function prepare(text: DomainText, before: readonly DomainText[], data: DataSettings): PreparedText {
  const known = new Set(before.flatMap(({ digested }) => digested().map(({ digest }) => digest)));
  const documents = uniqueDocuments(text.digested(), known);
  const joined = joinSplits(documents, dealDocuments(documents, data.validationShare, data.testShare));
  const splits = mapSplits((split) => tokenizer.encode(joined.splits[split]));
  return { splits, documents: joined.documents, digests: digestSplits(splits) };
}

/** Mean over validation, with domains weighted as there. */
function bytesPerToken(domains: readonly DomainTokens[]): number {
  return domains.reduce(
    (sum, { validationWeight, splits }) =>
      sum + validationWeight * tokenizer.bytesPerToken(splits.validation),
    0,
  );
}

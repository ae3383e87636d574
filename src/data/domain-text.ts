import type { DataSettings, DomainSettings } from "../config/settings.ts";
import { InputError, messageOf, type Problem } from "../core/errors.ts";
import { CORPUS_NAMES, shippedCorpus } from "./corpora/registry.ts";
import { cutFile } from "./cut.ts";
import {
  dealDocuments,
  digestDocuments,
  distinctTexts,
  type Document,
  type DocumentGroup,
} from "./documents.ts";
import { filterTraining, type FilterSettings } from "./filters.ts";
import { sourceRecords, type SourceRecord, type TextSource } from "./source.ts";
import type { FilteredCount, Split } from "./types.ts";
import { readUserFiles } from "./user-files.ts";

/** The text of one domain, read; its documents are made on demand, and once. */
export interface DomainText {
  readonly settings: DomainSettings;
  readonly sources: readonly SourceRecord[];
  readonly groups: () => readonly DocumentGroup[];
}

/** The documents of a domain, each text once over all domains, with the split of each. */
interface DealtDomain {
  readonly documents: readonly Document[];
  readonly split: readonly Split[];
  /** Documents left out because a domain had them before, by its place; the last place is the domain's own. */
  readonly repeated: readonly number[];
  /** Training documents left out by the filters (filters.ts). */
  readonly filtered: readonly FilteredCount[];
}

/** @throws InputError with everything that is wrong with the user's files. */
export function readDomains(settings: readonly DomainSettings[]): readonly DomainText[] {
  const problems: Problem[] = [];
  const texts = settings.map((domain, index): DomainText => {
    const source = readDomain(domain, `data.domains[${index}]`, problems);
    let groups: readonly DocumentGroup[] | undefined;
    return {
      settings: domain,
      sources: sourceRecords(source.files),
      groups: () => (groups ??= digestDocuments(source.documents())),
    };
  });
  if (problems.length > 0) throw new InputError(problems);
  return texts;
}

/** Deals the documents of each domain out; made on demand, and once. */
export function dealDomains(
  texts: readonly DomainText[],
  settings: FilterSettings & Pick<DataSettings, "validationShare" | "testShare">,
): (domain: number) => DealtDomain {
  const distinct = distinctTexts();
  const taken: ReturnType<typeof distinct.take>[] = [];
  const dealt: DealtDomain[] = [];
  return (domain) => {
    for (const text of texts.slice(taken.length, domain + 1)) taken.push(distinct.take(text.groups()));
    const { documents, repeated } = taken[domain] ?? { documents: [], repeated: [] };
    return (dealt[domain] ??= {
      ...filterTraining(documents, dealDocuments(documents, settings.validationShare, settings.testShare), {
        ...settings,
        domain: texts[domain]?.settings.name ?? "",
      }),
      repeated,
    });
  };
}

function readDomain(domain: DomainSettings, path: string, problems: Problem[]): TextSource {
  if (domain.corpus === null) {
    const read = readUserFiles(domain.files, `${path}.files`);
    problems.push(...read.problems);
    return { files: read.files, documents: () => read.files.map(({ content }) => cutFile(content)) };
  }
  const corpus = shippedCorpus(domain.corpus);
  if (corpus === undefined) {
    const message = `"${domain.corpus}" is no shipped corpus; there are ${CORPUS_NAMES.join(", ")}`;
    problems.push({ where: "", path: `${path}.corpus`, message });
    return { files: [], documents: () => [] };
  }
  try {
    const files = corpus.read();
    return { files, documents: () => corpus.documents(files).map((document) => [document]) };
  } catch (error) {
    problems.push({ where: "", path: `${path}.corpus`, message: messageOf(error) });
    return { files: [], documents: () => [] };
  }
}

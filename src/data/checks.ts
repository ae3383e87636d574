import type { DataSettings } from "../config/settings.ts";
import { evaluationWindows } from "./batches.ts";
import { PINNED_SOURCES } from "./corpora/pins.ts";
import { UNCUT_BYTES } from "./cut.ts";
import { combinedSha256 } from "./source.ts";
import type { Corpus, DomainTokens } from "./types.ts";

/** A setting that asks for more than there is: its dotted path below the settings, and one sentence. */
interface TextProblem {
  readonly path: string;
  readonly message: string;
}

/** Every place where more text is asked for than there is: training streams, and validation windows of each domain. */
export function textProblems(corpus: Corpus, data: DataSettings): readonly TextProblem[] {
  return corpus.domains.flatMap((domain, index) => [
    ...trainingProblems(domain, data, `data.domains[${index}]`),
    ...validationProblems(domain, data),
  ]);
}

/**
 * What a user should know of the text, a sentence each: shipped corpora that are not as published, documents that count
 * in another domain, and how much of validation stands in training text (overlap.ts).
 */
export function corpusNotices(corpus: Corpus, data: DataSettings): readonly string[] {
  return [...pinNotices(corpus, data), ...corpus.domains.flatMap(repeatNotices), ...overlapNotices(corpus)];
}

/**
 * One sentence for every shipped corpus whose source files are not those that this version of moe-lab was made with.
 * The runs are as good as others, but can't be compared with published ones; their data hash differs.
 */
function pinNotices(corpus: Corpus, data: DataSettings): readonly string[] {
  return corpus.domains.flatMap((domain, index) => {
    const name = data.domains[index]?.corpus ?? null;
    const pinned = name === null ? undefined : PINNED_SOURCES[name];
    const found = combinedSha256(domain.sources);
    if (pinned === undefined || pinned === found) return [];
    return [
      `the files of corpus "${name ?? ""}" are not those that moe-lab was made with (SHA-256 ${found.slice(0, 12)}, ` +
        `expected ${pinned.slice(0, 12)}): numbers differ from published ones; "npm ci" installs the pinned packages`,
    ];
  });
}

function repeatNotices(domain: DomainTokens): readonly string[] {
  const elsewhere = domain.repeated.filter((repeat) => repeat.domain !== domain.name);
  if (elsewhere.length === 0) return [];
  const places = elsewhere.map((repeat) => `${repeat.documents} stand in domain "${repeat.domain}"`);
  return [
    `of the ${countRead(domain)} documents of domain "${domain.name}", ${places.join(", ")} before it (but for white space ` +
      "and byte-order marks) and count only there",
  ];
}

function overlapNotices({ domains }: Corpus): readonly string[] {
  const measured = domains.flatMap(({ name, overlap }) =>
    overlap === null || overlap.grams === 0 ? [] : [{ name, ...overlap }],
  );
  if (measured.length === 0) return [];
  const shares = measured.map(
    ({ name, shared, grams }) => `${name} ${((100 * shared) / grams).toFixed(1)} %`,
  );
  const count = (of: "documents" | "nearDuplicates"): number =>
    measured.reduce((sum, overlap) => sum + overlap[of], 0);
  return [
    `validation text that training text has too, by runs of 13 words: ${shares.join(", ")}; ` +
      `${count("nearDuplicates")} of ${count("documents")} documents share half or more`,
  ];
}

/** Documents as read, repetitions too. */
function countRead({ documents, repeated }: DomainTokens): number {
  return (
    documents.train +
    documents.validation +
    documents.test +
    repeated.reduce((sum, repeat) => sum + repeat.documents, 0)
  );
}

/** Says whose a domain's text is, where an earlier domain has all of it; null where not. */
function ownedProblem(domain: DomainTokens): string | null {
  const { train, validation, test } = domain.documents;
  const owners = domain.repeated.filter((repeat) => repeat.domain !== domain.name);
  if (train + validation + test > 0 || owners.length === 0) return null;
  const names = owners.map((repeat) => `"${repeat.domain}"`).join(", ");
  return (
    `all documents of domain "${domain.name}" (${countRead(domain)}) stand in domain ${names} before it, and a text ` +
    "counts once, so that none is in training and validation; leave one of these domains out"
  );
}

function trainingProblems(domain: DomainTokens, data: DataSettings, path: string): readonly TextProblem[] {
  const found = domain.splits.train.length;
  const needed = data.sequenceLength + 1;
  if (found >= needed) return [];
  const owned = ownedProblem(domain);
  if (owned !== null) return [{ path, message: owned }];
  return [
    {
      path,
      message:
        `domain "${domain.name}" has ${countText(domain, "train")} to train on, but data.sequenceLength = ` +
        `${data.sequenceLength} needs at least ${needed} tokens; give it more text, or shorter sequences${splitHint(domain)}`,
    },
  ];
}

function validationProblems(domain: DomainTokens, data: DataSettings): readonly TextProblem[] {
  const { validationTokens, sequenceLength, validationShare } = data;
  const { windows, wanted } = evaluationWindows(domain, data, "validation", validationTokens);
  if (windows >= wanted || ownedProblem(domain) !== null) return [];
  return [
    {
      path: "data.validationTokens",
      message:
        `domain "${domain.name}" has ${countText(domain, "validation")} held out for validation, but ` +
        `data.validationTokens = ${validationTokens} needs ${wanted * sequenceLength + 1} of it ` +
        `(${wanted} sequences of ${sequenceLength}, there are ${windows}); give it more text, lower ` +
        `data.validationTokens, or raise data.validationShare = ${validationShare}`,
    },
  ];
}

function countText(domain: DomainTokens, split: "train" | "validation"): string {
  const documents = domain.documents[split];
  return `${domain.splits[split].length} tokens (${documents} ${documents === 1 ? "document" : "documents"})`;
}

/** The split is by document: one or two documents can't fill three splits. */
function splitHint({ documents }: DomainTokens): string {
  const all = documents.train + documents.validation + documents.test;
  if (all > 2) return "";
  return (
    ` (its text is ${all} ${all === 1 ? "document" : "documents"}; validation and test take theirs first, and ` +
    `a document is a file, or a piece of a file above ${UNCUT_BYTES} bytes)`
  );
}

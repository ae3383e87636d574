import type { DataSettings, Settings } from "../config/settings.ts";
import { evaluationWindows } from "./batches.ts";
import { PINNED_SOURCES } from "./corpora/pins.ts";
import { UNCUT_BYTES } from "./cut.ts";
import { combinedSha256 } from "./source.ts";
import { byteTokenizer } from "./tokenizers/tokenizer.ts";
import type { Corpus, DomainTokens } from "./types.ts";

/** A setting that asks for more than there is: its dotted path below the settings, and one sentence. */
interface TextProblem {
  readonly path: string;
  readonly message: string;
}

/** Every place where more is asked of the text than there is: tokens, training streams, and validation windows of each domain. */
export function textProblems(corpus: Corpus, data: DataSettings): readonly TextProblem[] {
  return [
    ...vocabularyProblems(corpus, data),
    ...corpus.domains.flatMap((domain, index) => [
      ...trainingProblems(domain, data, `data.domains[${index}]`),
      ...validationProblems(domain, data),
    ]),
  ];
}

/** Says where the text has no tokenizer of the vocabulary that is asked for, and where a task is asked for what only text has. */
export function vocabularyProblems(
  { tokenizer, vocabulary, domains }: Corpus,
  data: DataSettings,
): readonly TextProblem[] {
  const refuse = (message: string): readonly TextProblem[] => [{ path: "data.vocabulary", message }];
  const isText = tokenizer !== null && domains.every(({ answers }) => answers === undefined);
  const forText: readonly (readonly [isWritten: boolean, name: string])[] = [
    [tokenizer === null && data.vocabulary !== byteTokenizer.vocabulary, "vocabulary"],
    [data.maxRepeats !== null, "maxRepeats"],
    [data.wordShareDomains !== null, "wordShareDomains"],
    [data.fimRate > 0, "fimRate"],
  ];
  const message = "is for text; the sequences of synthetic tasks and instructions are given. Leave it out";
  const misplaced = forText.flatMap(([isWritten, name]) =>
    isWritten && !isText ? [{ path: `data.${name}`, message }] : [],
  );
  if (misplaced.length > 0 || tokenizer === null) return misplaced;
  if (tokenizer.vocabulary === data.vocabulary) return [];
  return refuse(
    `asks for ${data.vocabulary} tokens, but the training text makes only ${vocabulary}, since no two tokens stand side by ` +
      `side twice after that; lower it to at most ${vocabulary}, or give more text`,
  );
}

/**
 * What a user should know of the text, a sentence each: shipped corpora that are not as published, documents that count
 * in another domain, how much of validation stands in training text (overlap.ts), and text that is trained on again and again.
 */
export function corpusNotices(
  corpus: Corpus,
  { data, training }: Pick<Settings, "data" | "training">,
): readonly string[] {
  return [
    ...pinNotices(corpus, data),
    ...corpus.domains.flatMap(repeatNotices),
    ...filterNotices(corpus),
    ...overlapNotices(corpus),
    ...epochNotices(corpus, training.steps * data.batchSequences * data.sequenceLength),
  ];
}

/** Up to here, text that is repeated is worth nearly as much as new text (Muennighoff et al. 2023, arXiv 2305.16264). */
const EPOCHS = 4;

/** Says how often a run of so many tokens goes round the text of its domains, where that is more than `EPOCHS` times. */
function epochNotices({ domains }: Corpus, tokens: number): readonly string[] {
  const repeated = domains.flatMap(({ name, weight, splits, task }) => {
    const epochs = (tokens * weight) / splits.train.length;
    return task === null && Number.isFinite(epochs) && epochs > EPOCHS
      ? [`${name} ${epochs.toFixed(1)} times`]
      : [];
  });
  if (repeated.length === 0) return [];
  return [
    `a run goes round its training text: ${repeated.join(", ")}; beyond ${EPOCHS} times repeated text teaches less than new text ` +
      "(arXiv 2305.16264), and verdicts may be of learning by heart; give more text, less weight or fewer steps",
  ];
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

function filterNotices({ domains }: Corpus): readonly string[] {
  if (domains.every(({ filtered = [] }) => filtered.length === 0)) return [];
  const gone = domains.flatMap(({ name, documents, filtered = [] }) => {
    const all = filtered.reduce((sum, rule) => sum + rule.documents, documents.train);
    return filtered
      .filter((rule) => rule.documents > 0)
      .map(
        (rule) =>
          `${name} ${rule.documents} of ${all} documents by ${rule.rule} (${(rule.bytes / 1000).toFixed(1)} kB)`,
      );
  });
  return [`left out of the training text by filters: ${gone.length === 0 ? "nothing" : gone.join(", ")}`];
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

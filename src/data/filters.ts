import type { DataSettings } from "../config/settings.ts";
import type { Document } from "./documents.ts";
import { eachPiece } from "./tokenizers/pieces.ts";
import type { FilteredCount, Split } from "./types.ts";

/** What decides which training documents are left out. */
export type FilterSettings = Pick<DataSettings, "maxRepeats" | "wordShareDomains">;

const BLANK = 0x20;
/** Longest run of pieces whose repeats are counted. */
const LONGEST_GRAM = 13;
/** Shares of all words of a document, of the most frequent one and of the two most frequent. */
const MOST_ONE = 0.3;
const MOST_TWO = 0.5;

/**
 * OLMoE's filters (arXiv 2409.02060, section 2), on training documents alone, so that a filtered and an unfiltered experiment are judged on the
 * same text. Departures: the paper counts repeats of tokens of its tokenizer, this of the pieces that a byte-pair tokenizer starts from, so
 * that the vocabulary does not matter; it also drops code of repositories with few stars, which text here does not tell.
 * @returns the documents that stay, in order, with their splits, and what went, by the first rule that a document broke.
 */
export function filterTraining(
  documents: readonly Document[],
  split: readonly Split[],
  settings: FilterSettings & { readonly domain: string },
): {
  readonly documents: readonly Document[];
  readonly split: readonly Split[];
  readonly filtered: readonly FilteredCount[];
} {
  const rules = rulesFor(settings);
  if (rules.length === 0) return { documents, split, filtered: [] };
  const broken = documents.map(({ bytes }, index) =>
    split[index] === "train" ? (rules.find(({ isBroken }) => isBroken(bytes))?.rule ?? null) : null,
  );
  const stays = (_: unknown, index: number): boolean => broken[index] === null;
  return {
    documents: documents.filter(stays),
    split: split.filter(stays),
    filtered: rules.map(({ rule }) => {
      const gone = documents.filter((_, index) => broken[index] === rule);
      return { rule, documents: gone.length, bytes: gone.reduce((sum, { bytes }) => sum + bytes.length, 0) };
    }),
  };
}

interface Rule {
  readonly rule: FilteredCount["rule"];
  readonly isBroken: (text: Uint8Array) => boolean;
}

function rulesFor({
  maxRepeats,
  wordShareDomains,
  domain,
}: FilterSettings & { readonly domain: string }): readonly Rule[] {
  return [
    ...(maxRepeats === null
      ? []
      : [{ rule: "repeats", isBroken: (text: Uint8Array) => hasRepeats(text, maxRepeats) } as const]),
    ...(wordShareDomains?.includes(domain) === true
      ? [{ rule: "word share", isBroken: isOfFewWords } as const]
      : []),
  ];
}

/**
 * Whether some run of 1 to 13 pieces (tokenizers/pieces.ts, without the blank before them) stands `times` times in a row: pieces[i] = pieces[i - n] for (times - 1) n places. Linear
 * in the length of the text.
 * @param text UTF-8.
 */
export function hasRepeats(text: Uint8Array, times: number): boolean {
  const numbers = new Map<string, number>();
  const pieces: number[] = [];
  const view = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  /** Of each length of run, how many pieces in a row equal the one so many before. */
  const equal = new Uint32Array(LONGEST_GRAM + 1);
  let isFound = false;
  eachPiece(text, (start, end) => {
    if (isFound) return;
    const piece = view.toString("latin1", text[start] === BLANK && end - start > 1 ? start + 1 : start, end);
    const number = numbers.get(piece) ?? numbers.size;
    numbers.set(piece, number);
    for (let n = 1; n <= LONGEST_GRAM; n++) {
      equal[n] = pieces[pieces.length - n] === number ? (equal[n] ?? 0) + 1 : 0;
      if ((equal[n] ?? 0) >= (times - 1) * n) isFound = true;
    }
    pieces.push(number);
  });
  return isFound;
}

/** Whether the most frequent word is more than 30 % of a document, or the two most frequent are more than 50 %. A word has no white space in it. */
export function isOfFewWords(text: Uint8Array): boolean {
  const words = Buffer.from(text).toString("utf8").split(/\s+/u).filter(Boolean);
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  let [first, second] = [0, 0];
  for (const count of counts.values()) {
    if (count > first) [first, second] = [count, first];
    else if (count > second) second = count;
  }
  return first > MOST_ONE * words.length || first + second > MOST_TWO * words.length;
}

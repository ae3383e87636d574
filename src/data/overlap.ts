import { eachGram } from "./grams.ts";

/** How much of the held-out text of a domain stands in training text too. */
export interface Overlap {
  /** Held-out documents with at least one word. */
  readonly documents: number;
  /** Those of them of whose 13-grams at least half stand in training text. */
  readonly nearDuplicates: number;
  /** 13-grams of these documents; repetitions count. */
  readonly grams: number;
  /** Those of them that stand in training text. */
  readonly shared: number;
}

/** A document is a near-duplicate of training text when it shares this much of its 13-grams. */
const NEAR = 0.5;

/** Bits of the table that tells most training grams, without a look into the set, to be in no held-out document. */
const FILTER_BITS = 24;

/**
 * Overlap of held-out documents with training text by 13-grams of words (grams.ts; the contamination measure of GPT-3,
 * Brown et al. 2020, appendix C).
 * @param heldOut documents of each domain.
 * @param training documents of all domains together.
 * @returns in the order of `heldOut`.
 */
export function measureOverlap(
  heldOut: readonly (readonly Uint8Array[])[],
  training: Iterable<Uint8Array>,
): readonly Overlap[] {
  const wanted = new Set<number>();
  const filter = new Uint8Array(2 ** (FILTER_BITS - 3));
  for (const document of heldOut.flat()) {
    eachGram(document, (gram) => {
      wanted.add(gram);
      const bit = gram % 2 ** FILTER_BITS;
      filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
    });
  }
  const found = new Set<number>();
  for (const document of training) {
    eachGram(document, (gram) => {
      const bit = gram % 2 ** FILTER_BITS;
      if (((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0 && wanted.has(gram)) found.add(gram);
    });
  }
  return heldOut.map((documents) => countOverlap(documents, found));
}

function countOverlap(documents: readonly Uint8Array[], found: ReadonlySet<number>): Overlap {
  const total = { documents: 0, nearDuplicates: 0, grams: 0, shared: 0 };
  for (const document of documents) {
    let grams = 0;
    let shared = 0;
    eachGram(document, (gram) => {
      grams += 1;
      if (found.has(gram)) shared += 1;
    });
    total.grams += grams;
    total.shared += shared;
    if (grams > 0) total.documents += 1;
    if (grams > 0 && shared >= NEAR * grams) total.nearDuplicates += 1;
  }
  return total;
}

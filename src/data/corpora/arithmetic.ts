import { streamOf, type Stream } from "../../core/streams.ts";
import type { ShippedCorpus } from "../source.ts";
import { PROBLEM_KINDS } from "./problems.ts";

const DOCUMENTS = 640;
const LINES = 40;

/**
 * Worked arithmetic, made up: document i (from 0) is 40 lines, each one problem of a kind drawn from the stream
 * `0/arithmetic/i`, whatever the seed of a run. A blank line stands between documents.
 */
export const arithmetic: ShippedCorpus = {
  name: "arithmetic",
  read: () => {
    const documents = Array.from({ length: DOCUMENTS }, (_, index) =>
      arithmeticDocument(streamOf(0, "arithmetic", index)),
    );
    return [{ file: "arithmetic (generated)", content: Buffer.from(documents.join("\n\n"), "ascii") }];
  },
  documents: (files) => files.flatMap(({ content }) => cutAtBlankLines(content)),
};

function arithmeticDocument(stream: Stream): string {
  return Array.from({ length: LINES }, () => {
    const kind = PROBLEM_KINDS[stream.integer(PROBLEM_KINDS.length)];
    return kind === undefined ? "" : kind(stream);
  }).join("\n");
}

function cutAtBlankLines(content: Uint8Array): readonly Uint8Array[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.length);
  const documents: Uint8Array[] = [];
  for (let start = 0; start < text.length;) {
    const blank = text.indexOf("\n\n", start);
    const end = blank === -1 ? text.length : blank;
    documents.push(content.subarray(start, end));
    start = end + 2;
  }
  return documents;
}

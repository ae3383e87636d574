import { isContinuation } from "./utf8.ts";

/** A file above this size is cut into several documents, so that a split by document is possible. */
export const UNCUT_BYTES = 65_536;

/** A piece of a cut file ends at the first line break at or after this size. */
const PIECE_BYTES = 16_384;

const LINE_FEED = 0x0a;

/**
 * The documents of one file: the file itself up to 65 536 bytes; a larger one in pieces, each ending with the first
 * line feed at or after its byte 16 384. Where no line feed comes within 65 536 bytes, the piece has that length,
 * less the bytes of a UTF-8 character that would be cut in two. The pieces side by side are the file.
 */
export function cutFile(content: Uint8Array): readonly Uint8Array[] {
  if (content.length <= UNCUT_BYTES) return [content];
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < content.length;) {
    const end = pieceEnd(content, start);
    pieces.push(content.subarray(start, end));
    start = end;
  }
  return pieces;
}

function pieceEnd(content: Uint8Array, start: number): number {
  if (content.length - start <= PIECE_BYTES) return content.length;
  const lineFeed = content.indexOf(LINE_FEED, start + PIECE_BYTES - 1);
  const limit = start + UNCUT_BYTES;
  if (lineFeed !== -1 && lineFeed < limit) return lineFeed + 1;
  if (content.length <= limit) return content.length;
  let end = limit;
  while (isContinuation(content[end])) end--;
  return end;
}

import { isContinuation } from "./utf8.ts";

/** A file above this size is cut into several documents, so that a split by document is possible. */
export const UNCUT_BYTES = 65_536;

/** A piece of a cut file ends at the first line break at or after this size. */
const PIECE_BYTES = 16_384;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The documents of one file: the file itself up to 65 536 bytes; a larger one in pieces, each ending with the first
 * line end at or after its byte 16 384. Where none comes within 65 536 bytes, the piece has that length, less the bytes
 * of a UTF-8 character that would be cut in two. The pieces side by side are the file. CR LF counts as one byte and a
 * byte-order mark at the start as none, so that a file is cut at the same places whatever its line ends.
 */
export function cutFile(content: Uint8Array): readonly Uint8Array[] {
  if (content.length <= UNCUT_BYTES || nextEnd(content, 0, UNCUT_BYTES) === content.length) return [content];
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < content.length;) {
    const end = nextEnd(content, start, PIECE_BYTES);
    pieces.push(content.subarray(start, end));
    start = end;
  }
  return pieces;
}

/** Where the piece from `start` ends: at the first line end from its byte `wanted` on, or at its byte 65 536. */
function nextEnd(content: Uint8Array, start: number, wanted: number): number {
  let counted = 0;
  for (let index = start === 0 ? markLength(content) : start; index < content.length; index++) {
    const byte = content[index];
    if (byte === CARRIAGE_RETURN && content[index + 1] === LINE_FEED) continue;
    counted += 1;
    if (counted >= wanted && (byte === LINE_FEED || byte === CARRIAGE_RETURN)) return index + 1;
    if (counted === UNCUT_BYTES) {
      let end = index + 1;
      while (isContinuation(content[end])) end--;
      return end;
    }
  }
  return content.length;
}

/** Bytes of a byte-order mark at the start. */
function markLength(content: Uint8Array): number {
  return content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? 3 : 0;
}

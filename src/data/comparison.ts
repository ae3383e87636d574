import { sha256 } from "../core/json.ts";

const MARKS = /\uFEFF/g;
const WHITE_SPACE = /\p{White_Space}+/gu;

/**
 * SHA-256 of a text as texts are compared: without byte-order marks, each run of white space (line ends of any kind
 * too; Unicode's White_Space) as one space, none at either end. Two forms of a text that differ in nothing else are one.
 */
export function comparisonDigest(text: Uint8Array): string {
  const characters = Buffer.from(text.buffer, text.byteOffset, text.length).toString("utf8");
  return sha256(characters.replace(MARKS, "").replace(WHITE_SPACE, " ").trim());
}

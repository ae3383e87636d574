import { expect, it } from "vitest";
import { byteTokenizer } from "../../src/data/tokenizer.ts";
import { bytes } from "./helpers.ts";

it("takes every byte for a token", () => {
  expect(byteTokenizer.vocabulary).toBe(256);
  // UTF-8: é is C3 A9.
  expect([...byteTokenizer.encode(bytes("aé"))]).toEqual([0x61, 0xc3, 0xa9]);
  expect(byteTokenizer.decode([0x61, 0xc3, 0xa9])).toBe("aé");
  expect(byteTokenizer.bytesPerToken(bytes("aé"))).toBe(1);
});

it("shows a character that a window cuts as U+FFFD, and keeps a byte order mark", () => {
  expect(byteTokenizer.decode([0xa9, 0x61])).toBe("\uFFFDa");
  expect(byteTokenizer.decode([0xef, 0xbb, 0xbf, 0x61])).toBe("\uFEFFa");
});

import { isUtf8 } from "node:buffer";
import { describe, expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { firstInvalidUtf8 } from "../../src/data/utf8.ts";

describe("firstInvalidUtf8", () => {
  // Unicode 15.0, table 3-7 (well-formed sequences) and section 3.9, D92.
  it.each([
    ["empty", [], -1],
    ["ASCII", [0x00, 0x41, 0x7f], -1],
    [
      "smallest and largest of 2, 3 and 4 bytes",
      [0xc2, 0x80, 0xdf, 0xbf, 0xe0, 0xa0, 0x80, 0xef, 0xbf, 0xbf],
      -1,
    ],
    ["U+10000 and U+10FFFF", [0xf0, 0x90, 0x80, 0x80, 0xf4, 0x8f, 0xbf, 0xbf], -1],
    ["Latin-1 é", [0x63, 0x61, 0x66, 0xe9, 0x20], 3],
    ["a lone continuation byte", [0x41, 0x80], 1],
    ["an overlong slash", [0x41, 0x41, 0xc0, 0xaf], 2],
    ["an overlong 3-byte form", [0xe0, 0x9f, 0xbf], 0],
    ["an overlong 4-byte form", [0xf0, 0x8f, 0xbf, 0xbf], 0],
    ["a surrogate", [0x41, 0xed, 0xa0, 0x80], 1],
    ["above U+10FFFF", [0xf4, 0x90, 0x80, 0x80], 0],
    ["a character cut at the end", [0x41, 0xe2, 0x82], 1],
    ["a byte that never occurs", [0xff], 0],
  ])("finds %s", (_, values, offset) => {
    expect(firstInvalidUtf8(Uint8Array.from(values))).toBe(offset);
  });

  it("agrees with Node on random bytes about what is valid, and on everything before the offset", () => {
    // Bytes near the borders of the table make valid and invalid sequences about equally likely.
    const borders = [
      0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
    ];
    const stream = streamOf(0, "utf8");
    const outcomes = new Set<boolean>();
    for (let trial = 0; trial < 20_000; trial++) {
      const sample = Uint8Array.from({ length: 1 + stream.integer(5) }, () => borders[stream.integer(16)]!);
      const offset = firstInvalidUtf8(sample);
      outcomes.add(isUtf8(sample));
      expect(offset === -1).toBe(isUtf8(sample));
      if (offset !== -1) expect(isUtf8(sample.subarray(0, offset))).toBe(true);
    }
    expect(outcomes.size).toBe(2);
  });
});

import { isUtf8 } from "node:buffer";
import { describe, expect, it } from "vitest";
import { cutFile } from "../../src/data/cut.ts";
import { bytes } from "./helpers.ts";

describe("cutFile", () => {
  it("leaves a file of 65 536 bytes whole", () => {
    const file = bytes("line\n".repeat(13_107) + "x"); // 13 107 * 5 + 1 = 65 536
    expect(cutFile(file)).toEqual([file]);
  });

  it("ends a piece with the first line feed at or after its byte 16 384", () => {
    // Lines of 1 000 bytes: the line feed that ends line 17 is byte 17 000. 70 lines: 17 + 17 + 17 + 17 + 2.
    const pieces = cutFile(bytes(`${"x".repeat(999)}\n`.repeat(70)));
    expect(pieces.map(({ length }) => length)).toEqual([17_000, 17_000, 17_000, 17_000, 2000]);
    // Lines of 16 384 bytes end exactly at that byte.
    const exact = cutFile(bytes(`${"x".repeat(16_383)}\n`.repeat(5)));
    expect(exact.map(({ length }) => length)).toEqual([16_384, 16_384, 16_384, 16_384, 16_384]);
  });

  it("cuts text without line feeds at 65 536 bytes, before a character that would be cut", () => {
    // One byte, then 3-byte characters: characters end at 1 + 3n; the last such size up to 65 536 is 65 536 = 1 + 3 * 21 845.
    expect(cutFile(bytes("x" + "€".repeat(30_000))).map(({ length }) => length)).toEqual([65_536, 24_465]);
    // Two bytes first: sizes 2 + 3n; the last up to 65 536 is 65 534.
    const pieces = cutFile(bytes("xx" + "€".repeat(30_000)));
    expect(pieces.map(({ length }) => length)).toEqual([65_534, 24_468]);
    expect(pieces.every((piece) => isUtf8(piece))).toBe(true);
  });

  it("cuts at the same places whatever the line ends, and behind a byte-order mark", () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index * index}`);
    const pieces = (end: string, mark = "") =>
      cutFile(bytes(mark + lines.join(end))).map((piece) =>
        Buffer.from(piece).toString("utf8").replace("\uFEFF", "").replaceAll(/\r\n?/g, "\n"),
      );
    expect(pieces("\n").length).toBeGreaterThan(10);
    expect(pieces("\r\n")).toEqual(pieces("\n"));
    expect(pieces("\r")).toEqual(pieces("\n"));
    expect(pieces("\n", "\uFEFF")).toEqual(pieces("\n"));
    // 65 536 bytes but for the mark and the line feed of CR LF: still whole.
    expect(cutFile(bytes(`\uFEFF${"x".repeat(65_534)}\r\nx`))).toHaveLength(1);
    expect(cutFile(bytes(`\uFEFF${"x".repeat(65_534)}\r\nxx`))).toHaveLength(2);
  });

  it("loses nothing", () => {
    const file = bytes(Array.from({ length: 20_000 }, (_, index) => `line ${index * index}`).join("\n"));
    expect(Buffer.concat(cutFile(file)).equals(file)).toBe(true);
    expect(cutFile(file).length).toBeGreaterThan(10);
  });
});

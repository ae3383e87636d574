/** Text in lines of a terminal; widths of scripts are string-width's. */
import { expect, it } from "vitest";
import { longestWord, wrap, wrapWithin } from "../../src/tables/wrap.ts";

it("breaks at spaces, as late as fits", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("one two three", 8)).toEqual(["one two", "three"]);
  expect(wrap("one two three", 13)).toEqual(["one two three"]);
});

it("a longer word has a line of its own", () => {
  expect(wrap("a unbreakable b", 4)).toEqual(["a", "unbreakable", "b"]);
});

it("or is broken, but not within a character", () => {
  expect(wrapWithin("a unbreakable b", 4)).toEqual(["a", "unbr", "eaka", "ble", "b"]);
  expect(wrapWithin("👨‍👩‍👧👨‍👩‍👧e\u0301e\u0301", 3)).toEqual(["👨‍👩‍👧", "👨‍👩‍👧e\u0301", "e\u0301"]);
  expect(wrapWithin("漢字", 1)).toEqual(["漢", "字"]);
});

it("counts columns: two for a Chinese letter and for an emoji of several signs, none for a combining accent", () => {
  // 4 + 1 + 4 columns.
  expect(wrap("漢字 漢字", 9)).toEqual(["漢字 漢字"]);
  expect(wrap("漢字 漢字", 8)).toEqual(["漢字", "漢字"]);
  expect(longestWord("a 👨‍👩‍👧 e\u0301")).toBe(2);
});

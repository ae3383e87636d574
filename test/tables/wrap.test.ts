/** Text in lines of a terminal; widths of scripts are string-width's. */
import { expect, it } from "vitest";
import { longestWord, wrap } from "../../src/tables/wrap.ts";

it("breaks at spaces, as late as fits", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("one two three", 8)).toEqual(["one two", "three"]);
  expect(wrap("one two three", 13)).toEqual(["one two three"]);
});

it("a longer word has a line of its own", () => {
  expect(wrap("a unbreakable b", 4)).toEqual(["a", "unbreakable", "b"]);
});

it("counts columns: two for a Chinese letter and for an emoji of several signs, none for a combining accent", () => {
  // 4 + 1 + 4 columns.
  expect(wrap("漢字 漢字", 9)).toEqual(["漢字 漢字"]);
  expect(wrap("漢字 漢字", 8)).toEqual(["漢字", "漢字"]);
  expect(longestWord("a 👨‍👩‍👧 e\u0301")).toBe(2);
});

import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import { findFont, FONT_FAMILY } from "../../src/report/draw/fonts.ts";
import { fitText, textWidth, wrapText } from "../../src/report/draw/text.ts";

describe("textWidth", () => {
  it.each(["attention, scale-matched", "linear", "WWWW", "illi", "expert-choice †", "top-2 of 64 (no bal.)"])(
    "is not below the canvas's own measure of %s, and less than a third above",
    (text) => {
      GlobalFonts.registerFromPath(findFont().regular, FONT_FAMILY);
      const context = createCanvas(10, 10).getContext("2d");
      context.font = `13px "${FONT_FAMILY}"`;
      const measured = context.measureText(text).width;
      expect(textWidth(text, 13)).toBeGreaterThanOrEqual(measured);
      expect(textWidth(text, 13)).toBeLessThan(measured * 1.33);
    },
  );
});

describe("wrapText", () => {
  it("breaks at spaces", () => {
    // At 10 px "aa bb" is 4 * 6.5 + 4 = 30 wide.
    expect(wrapText("aa bb dd", 10, 30)).toEqual(["aa bb", "dd"]);
    expect(wrapText("aa bb dd", 10, 29)).toEqual(["aa", "bb", "dd"]);
  });

  it("breaks a word that is too long behind its joints, else between any two characters", () => {
    // 6.5 a letter, 4 a hyphen.
    expect(wrapText("aa-bb-dd", 10, 34)).toEqual(["aa-bb-", "dd"]);
    expect(wrapText("x aaaaaaa y", 10, 20)).toEqual(["x", "aaa", "aaa", "a y"]);
    expect(wrapText("路由器注意力", 10, 30)).toEqual(["路由器", "注意力"]);
    // A family is one character, of five em by the estimate.
    expect(wrapText("👨‍👩‍👧👨‍👩‍👧", 10, 50)).toEqual(["👨‍👩‍👧", "👨‍👩‍👧"]);
  });
});

describe("fitText", () => {
  it("cuts only what is too wide", () => {
    expect(fitText("aa bb", 10, 30)).toBe("aa bb");
    // The ellipsis counts one em: "aa" and it are 23 wide.
    expect(fitText("aa bb", 10, 29)).toBe("aa…");
    expect(fitText("a👨‍👩‍👧b", 10, 60)).toBe("a…");
  });
});

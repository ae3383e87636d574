import { describe, expect, it } from "vitest";
import { limitFor, relativeScale } from "../../src/report/draw/relative-scale.ts";

describe("relativeScale", () => {
  const scale = relativeScale(4);

  it("is white where the share is even, and saturates at the limits", () => {
    expect(scale.colorOf(1)).toBe("#ffffff");
    expect(scale.colorOf(100)).toBe(scale.colorOf(4));
    expect(scale.colorOf(0)).toBe(scale.colorOf(0.25));
    expect(scale.colorOf(4)).not.toBe(scale.colorOf(0.25));
  });

  it("has a bar from the lower limit to the upper one, with ticks at equal ratios", () => {
    expect(scale.colors[0]).toBe(scale.colorOf(0.25));
    expect(scale.colors.at(-1)).toBe(scale.colorOf(4));
    expect(scale.ticks).toEqual(["≤ 0.25", "0.5", "1", "2", "≥ 4"]);
  });
});

describe("limitFor", () => {
  it("is the narrowest limit that holds the ratios and their inverses", () => {
    expect(limitFor([1, 1.1, 0.95])).toBe(1.21);
    expect(limitFor([1, 0.5])).toBe(2.25);
    expect(limitFor([0.3, 1])).toBe(4);
    expect(limitFor([0, 1])).toBe(16);
  });

  it("lets one in twenty-one stand out", () => {
    expect(limitFor([...Array.from({ length: 20 }, () => 1.1), 3])).toBe(1.21);
  });
});

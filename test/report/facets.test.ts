import { describe, expect, it } from "vitest";
import { facetWords } from "../../src/report/figures/facets.ts";
import { sizedResults } from "./sizes.ts";

const settingsOf = (steps: number, experts: number, width = 64) =>
  sizedResults({ name: "x", steps, experts, width, floor: 0 }).record.experiment.variants[0]!.settings;

describe("facetWords", () => {
  it("says what differs, and nothing else", () => {
    const all = [settingsOf(400, 8), settingsOf(400, 16), settingsOf(400, 16, 128)];
    expect(facetWords(all)).toEqual([
      "model width 64, 8 experts",
      "model width 64, 16 experts",
      "model width 128, 16 experts",
    ]);
    expect(facetWords([settingsOf(400, 1), settingsOf(400, 8)])).toEqual(["1 expert", "8 experts"]);
    expect(facetWords(all, ["model.experts"])).toEqual([
      "model width 64",
      "model width 64",
      "model width 128",
    ]);
    expect(facetWords(all, ["model"])).toEqual(["", "", ""]);
  });

  it("does not say the length of training: an axis does", () => {
    expect(facetWords([settingsOf(400, 8), settingsOf(800, 8)])).toEqual(["", ""]);
  });

  it("says settings without words of their own by their name", () => {
    const one = settingsOf(400, 8);
    const other = { ...one, training: { ...one.training, annealShare: 0.2 } };
    expect(facetWords([one, other])).toEqual(["annealShare 0", "annealShare 0.2"]);
    const text = { ...one, data: { ...one.data, domains: [{ ...one.data.domains[0]!, name: "code" }] } };
    expect(facetWords([one, text])).toEqual(["domains fiction", "domains code"]);
  });
});

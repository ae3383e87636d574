/** Settings of a variant that follow from those below it. */
import { describe, expect, it } from "vitest";
import { deriveSettings } from "../../src/config/derived.ts";
import { load, problemsOf } from "./fixtures.ts";

const BELOW = {
  model: { experts: 8, topK: 2, expertWidth: 128, norm: "rms" },
  training: { learningRate: 0.002 },
};

const derive = (formula: string, path = "model.experts", own: unknown = {}) => {
  const { values, problems } = deriveSettings({ [path]: formula }, BELOW, own);
  return values.get(path) ?? problems.map(({ message }) => message).join("; ");
};

describe("formulas", () => {
  it.each([
    ["4 * model.experts", 32],
    ["2 * model.experts - 2", 14],
    // Products before sums, left to right: 128 - 8 / 2 * 2 + 1 = 121.
    ["model.expertWidth - model.experts / model.topK * model.topK + 1", 121],
    ["  model.experts/model.topK ", 4],
    ["10 - 2 - 3", 5],
    ["12 / 2 / 3", 2],
    ["0.5 * model.experts", 4],
  ])("%s is %d", (formula, value) => expect(derive(formula)).toBe(value));

  it.each([
    ["", "is no formula; write numbers and settings"],
    ["2 ** 3", `"2 ** 3" is no formula: "*" can't stand where it does`],
    ["- 2", `"-" can't stand where it does`],
    ["2 3", `"3" can't stand where it does`],
    ["2 *", "nothing follows the last sign"],
    ["(1 + 2) * 3", "is no formula; write numbers and settings"],
    ["2 * model.expert", 'there is no setting "model.expert"; did you mean "model.experts"?'],
    ["model.norm", '"model.norm" is no number'],
    ["1 / 0", "is Infinity here"],
    ["model.experts / 3", "is 2.6666666666666665 here: must be an integer"],
    ["model.experts - 8", "is 0 here: must be"],
  ])("%s: %s", (formula, message) => expect(derive(formula)).toContain(message));

  it("of a setting that there is not, or that the variant sets itself, are refused", () => {
    expect(derive("2", "model.expert")).toContain('unknown key "expert"');
    expect(derive("2", "model.topK", { model: { topK: 4 } })).toContain('sets "model.topK" itself too');
  });
});

const FILE = (formula: string): string => `{
  "name": "x", "seeds": 2, "baseline": "a",
  "base": {"model": {"experts": 8, "topK": 2, "expertWidth": 64}},
  "tier": "quick",
  "tiers": {"quick": {"model": {"experts": 16}}},
  "variants": [
    {"name": "a"},
    {"name": "b", "derived": {"model.experts": "${formula}"}}
  ]
}`;

describe("in a file", () => {
  it("speak of base and tier, and need not be listed in varies", async () => {
    const { experiment, locate } = await load(FILE("2 * model.experts"));
    expect(experiment.variants.map(({ settings }) => settings.model.experts)).toEqual([16, 32]);
    expect(experiment.variants[1]?.varies).toEqual(["model.experts"]);
    expect(locate("b", "model.experts")).toMatch(/:8:48$/);
  });

  it("have line and column where they are wrong, by themselves or with what they make", async () => {
    expect(await problemsOf(FILE("model.expert"))).toEqual([expect.stringMatching(/:8:48: .*no setting/)]);
    expect(await problemsOf(FILE("model.topK / 2"))).toEqual([
      expect.stringMatching(/:8:48: .*topK is 2, but there are only 1 experts/),
    ]);
  });
});

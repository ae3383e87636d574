import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../../src/config/defaults.ts";
import { ownSettings, type ParentSettings, type Settings } from "../../src/config/settings.ts";
import { parentMark, startWords, trainingMarks } from "../../src/analysis/marks.ts";

/** The defaults, started from the defaults' own run of 100 steps. */
function from(change: Partial<ParentSettings> = {}): Settings {
  const own = ownSettings(DEFAULTS);
  const training = { ...own.training, steps: 100 };
  return {
    ...DEFAULTS,
    parent: { ...own, training, seed: null, keepRouter: false, noise: null, parent: null, ...change },
  };
}

describe("marks of runs with a parent", () => {
  it("name another start than the baseline's, with the tokens trained before", () => {
    // 100 steps of 16 sequences of 64.
    const words = "starts from a parent (linear, 102400 tokens)";
    expect(startWords(from())).toBe(words);
    expect(trainingMarks(from(), DEFAULTS)).toEqual([{ kind: "unequal-training", detail: words }]);
    expect(trainingMarks(DEFAULTS, from())).toEqual([
      { kind: "unequal-training", detail: "starts at random" },
    ]);
    const dense = from({ router: { name: "dense", options: {} } });
    expect(trainingMarks(dense, from())).toEqual([
      { kind: "unequal-training", detail: "starts from a parent (dense, 102400 tokens)" },
    ]);
  });

  it("do not name what equal parents are used for", () => {
    expect(trainingMarks(from({ keepRouter: true }), from())).toEqual([]);
    expect(trainingMarks(from(), from())).toEqual([]);
  });

  it("say that all seeds share one parent", () => {
    expect(parentMark(from({ seed: 7 }))).toEqual({
      kind: "given-parent",
      detail: "linear, 102400 tokens, seed 7",
    });
    expect(parentMark(from())).toBeNull();
    expect(parentMark(DEFAULTS)).toBeNull();
  });
});

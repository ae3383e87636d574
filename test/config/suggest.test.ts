import { describe, expect, it } from "vitest";
import { didYouMean, editDistance, nearest, show } from "../../src/config/suggest.ts";

describe("editDistance", () => {
  it.each([
    ["", "abc", 3],
    ["kitten", "sitting", 3], // the textbook case: k->s, e->i, +g
    ["topK", "topK", 0],
    ["linaer", "linear", 1], // neighbours swapped
    ["ficton", "fiction", 1],
    ["abcdef", "", 6],
  ])("%s to %s is %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe("nearest", () => {
  it("ignores case, dashes and underscores", () => {
    expect(nearest("truncated_normal", ["normal", "truncated-normal"])).toBe("truncated-normal");
    expect(nearest("TOPK", ["experts", "topK"])).toBe("topK");
  });

  it("guesses nothing when more than a third of the letters is wrong", () => {
    expect(nearest("loss", ["validation_loss_nats"])).toBeUndefined();
    expect(nearest("b", ["a"])).toBeUndefined();
  });

  it("does not compare absurdly long words", () => {
    expect(nearest("a".repeat(1e6), ["a".repeat(1e6)])).toBeUndefined();
  });

  it("is a half sentence, or nothing", () => {
    expect(didYouMean("linaer", ["linear", "hash"])).toBe('; did you mean "linear"?');
    expect(didYouMean("xyz", ["linear", "hash"])).toBe("");
  });
});

describe("show", () => {
  it("cuts long values and escapes what can't be seen", () => {
    expect(show("a\u001b[31mb\u202ec\u009bd")).toBe('"a\\u001b[31mb\\u202ec\\u009bd"');
    expect(show("x".repeat(100))).toBe(`"${"x".repeat(56)}...`);
    expect(show(Infinity)).toBe("Infinity");
    expect(show(undefined)).toBe("undefined");
    expect(show({ a: [1, null] })).toBe('{"a":[1,null]}');
  });
});

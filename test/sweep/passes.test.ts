import { describe, expect, it } from "vitest";
import { passesOf } from "../../src/sweep/passes.ts";
import { PASSES } from "../../src/engine/passes/index.ts";

const all = Object.keys(PASSES);

describe("--passes", () => {
  it.each([
    [null, all],
    ["all", all],
    ["none", []],
    ["algebra, dead-code", ["algebra", "dead-code"]],
    ["-algebra,-aliases", all.filter((name) => name !== "algebra" && name !== "aliases")],
  ])("%s", (written, expected) => {
    expect(passesOf(written)).toEqual(expected);
  });

  it("names every word that is no pass, and refuses both ways at once", () => {
    expect(() => passesOf("algebr,-zzz")).toThrow(
      /no pass "zzz"; passes: aliases, .*\n.*no pass "algebr"; did you mean "algebra"\?\n.*choose one way/s,
    );
  });
});

import { describe, expect, it } from "vitest";
import { contains, deepFreeze, dotted, leavesOf, nest, parsePath, valueAt } from "../../src/config/paths.ts";

describe("dotted paths", () => {
  it("are written and read again", () => {
    const path = ["data", "domains", 0, "files", 12];
    expect(dotted(path)).toBe("data.domains[0].files[12]");
    expect(parsePath("data.domains[0].files[12]")).toEqual(path);
  });

  it("quote keys that are no plain words", () => {
    expect(dotted(["grid", "model.topK", 1])).toBe('grid["model.topK"][1]');
  });
});

describe("values", () => {
  it("are found by path, own keys only", () => {
    expect(valueAt({ a: [{ b: 3 }] }, ["a", 0, "b"])).toBe(3);
    expect(valueAt({ a: 1 }, ["a", "b"])).toBeUndefined();
    expect(valueAt({}, ["toString"])).toBeUndefined();
    expect(valueAt(nest(["a", "b"], 7), ["a", "b"])).toBe(7);
  });

  it("are listed with lists as one value", () => {
    expect([...leavesOf({ a: { b: 1, c: [1, 2] }, d: null })]).toEqual([
      ["a.b", 1],
      ["a.c", [1, 2]],
      ["d", null],
    ]);
  });

  it("contain what is below them, word by word", () => {
    expect(contains(["router"], ["router", "options", "x"])).toBe(true);
    expect(contains(["rout"], ["router"])).toBe(false);
    expect(contains(["router", "name"], ["router"])).toBe(false);
  });

  it("freeze all the way down", () => {
    const value = deepFreeze({ a: [{ b: 1 }] });
    expect(() => Object.assign(value.a[0]!, { b: 2 })).toThrow(TypeError);
  });
});

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseSource, readSource } from "../../src/config/source.ts";
import { InputError } from "../../src/core/errors.ts";
import { withFolder } from "./fixtures.ts";

/** The message of the InputError that a call throws. */
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return "nothing was refused";
}

describe("parseSource", () => {
  it("accepts comments and trailing commas, and knows the place of every key and value", () => {
    const source = parseSource("x", '// why\n{\n  "a": [1, /* two */ 2,],\r\n  "b": {"c": "d"},\n}\n');
    expect(source.value).toEqual({ a: [1, 2], b: { c: "d" } });
    expect(source.problems).toEqual([]);
    expect(source.place([])).toBe("x:2:1");
    expect(source.place(["a", 1])).toBe("x:3:22");
    expect(source.place(["b", "c"])).toBe("x:4:14");
    expect(source.place(["b", "c"], "key")).toBe("x:4:9");
    expect(source.place(["b", "e"])).toBeUndefined();
  });

  it("keeps a forbidden key away from the prototype", () => {
    const source = parseSource("x", '{"__proto__": {"seeds": 99}}');
    expect(Object.keys(source.value as object)).toEqual([]);
    expect((source.value as { seeds?: number }).seeds).toBeUndefined();
    expect(source.problems).toHaveLength(1);
  });

  it.each([
    ["", "x:1:1: the file is empty; docs/experiments.md has a short experiment to start from"],
    [" \n\t", "x:1:1: the file is empty; docs/experiments.md has a short experiment to start from"],
    ["{", 'x:1:2: a "}" is missing'],
    ["[1, 2", 'x:1:6: a "]" is missing'],
    ['{\n"a": 1 "b": 2}', 'x:2:8: a "," is expected here, found "b"'],
    ['{"a" 1}', 'x:1:6: a ":" is expected here, found 1'],
    ["{'a': 1}", "x:1:2: is no JSON value; text needs double quotes, found 'a'"],
    ['{"a": yes}', "x:1:7: is no JSON value; text needs double quotes, found yes"],
    ['{"a": "x\n"}', 'x:1:7: the text does not end on this line; close it with a double quote, found "x'],
    ['{"a": "\\q"}', 'x:1:7: no such escape; write a backslash as \\\\, found "\\q"'],
    ['{"a": 1.}', "x:1:7: the number is not complete, found 1."],
    ["// only a comment", "x:1:18: a value is expected here"],
    ["{}\n/* open", "x:2:1: the comment does not end; close it with */, found /* open"],
    ["{} {}", "x:1:4: the file should end here, found {"],
    ["[".repeat(20_000), "x:1:101: more than 100 brackets are open here"],
    ['{"a":'.repeat(20_000), "x:1:501: more than 100 brackets are open here"],
  ])("refuses %j", (text, message) => {
    expect(refusal(() => parseSource("x", text))).toBe(message);
  });
});

describe("readSource", () => {
  it("tolerates a byte order mark without moving columns", () =>
    withFolder((folder) => {
      const file = join(folder, "x.json");
      writeFileSync(file, '\ufeff{"a": 1}');
      const source = readSource(file);
      expect(source.value).toEqual({ a: 1 });
      expect(source.place(["a"])).toBe(`${file}:1:7`);
      return Promise.resolve();
    }));

  it("refuses what is no readable UTF-8 file", () =>
    withFolder((folder) => {
      const file = join(folder, "x.json");
      const missing = join(folder, "y.json");
      mkdirSync(join(folder, "inner"));
      expect(refusal(() => readSource(missing))).toBe(`${missing}: does not exist; check the path`);
      expect(refusal(() => readSource(join(file, "z")))).toContain("does not exist");
      expect(refusal(() => readSource(join(folder, "inner")))).toContain("is a folder");
      writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d]));
      expect(refusal(() => readSource(file))).toBe(`${file}: is not UTF-8 text; save it as UTF-8`);
      writeFileSync(file, Buffer.from('{"a": 1}', "utf16le"));
      expect(refusal(() => readSource(file))).toContain("x.json");
      writeFileSync(file, " ".repeat(5 * 1024 * 1024));
      expect(refusal(() => readSource(file))).toContain(
        "has 5242880 bytes; an experiment file has at most 4194304",
      );
      return Promise.resolve();
    }));
});

import { expect, it } from "vitest";
import { canonicalJson, hashJson, sha256 } from "../../src/core/json.ts";

it("sorts keys at every depth, keeps the order of lists, and leaves no space", () => {
  expect(canonicalJson({ b: [2, { z: 1, a: null }], a: true })).toBe('{"a":true,"b":[2,{"a":null,"z":1}]}');
  expect(canonicalJson({ a: true, b: [2, { a: null, z: 1 }] })).toBe('{"a":true,"b":[2,{"a":null,"z":1}]}');
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  // By code unit: "B" (66) before "a" (97), and "10" before "9".
  expect(canonicalJson({ a: 1, B: 2, "9": 3, "10": 4 })).toBe('{"10":4,"9":3,"B":2,"a":1}');
});

it("leaves out what is undefined in an object, as if it were not there", () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  expect(canonicalJson({})).toBe("{}");
});

it("writes numbers and text as JSON does, to be read again", () => {
  expect(canonicalJson([1e21, 0.1, -0, 1e-7])).toBe("[1e+21,0.1,0,1e-7]");
  const value = { 'quote "': "line\nend \u2028 é", empty: [] };
  expect(JSON.parse(canonicalJson(value))).toEqual(value);
});

it.each([
  ["NaN", NaN],
  ["Infinity", [Infinity]],
  ["undefined in a list", [undefined]],
  ["a function", { a: () => 1 }],
  ["a bigint", 1n],
])("refuses %s", (_, value) => {
  expect(() => canonicalJson(value)).toThrow(/canonicalJson: /);
});

it("hashes the text: SHA-256 of the empty string and of {} by sha256sum", () => {
  expect(sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(hashJson({ a: undefined })).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  expect(hashJson({ b: 1, a: 2 })).toBe(sha256('{"a":2,"b":1}'));
});

/** What Node 23 removed of node:util and tfjs-node still calls. On Node 23 and newer tfjs-node.test.ts needs it too. */
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { restoreRemovedUtil } from "../../src/engine/removed-util.ts";

type Test = (value: unknown) => boolean;

it("gives a module without them what Node 22 had", () => {
  const module: Record<string, Test> = {};
  expect(restoreRemovedUtil(module)).toEqual(["isArray", "isNullOrUndefined"]);
  const values = [[], [1], new Float32Array(1), {}, null, undefined, 0, "", false];
  expect(values.map(module["isArray"]!)).toEqual([true, true, ...Array<boolean>(7).fill(false)]);
  const nothing = values.filter(module["isNullOrUndefined"]!);
  expect(nothing).toEqual([null, undefined]);
});

it("leaves alone what is there", () => {
  const own: Test = () => true;
  const module: Record<string, Test> = { isArray: own };
  expect(restoreRemovedUtil(module)).toEqual(["isNullOrUndefined"]);
  expect(module["isArray"]).toBe(own);
  expect(restoreRemovedUtil(module)).toEqual([]);
});

it("reaches what require gives, so that CommonJS packages see it", () => {
  const required = createRequire(import.meta.url)("util") as Record<string, Test>;
  const before = { ...required };
  const restored = restoreRemovedUtil();
  const major = Number(process.versions.node.split(".")[0]);
  expect(restored.includes("isNullOrUndefined")).toBe(major >= 23);
  expect(required["isNullOrUndefined"]!(undefined)).toBe(true);
  for (const name of Object.keys(before)) expect(required[name], name).toBe(before[name]);
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { pointedPlace } from "../../src/core/places.ts";
import { load, resolve } from "../../src/exec/loader-hooks.ts";
import { temporaryFolder } from "../support/folder.ts";

const context = {
  conditions: [],
  importAttributes: {},
  importAssertions: {},
  parentURL: undefined,
  format: undefined,
};
const others = { url: "file:///elsewhere.js" };

it("moe-lab is the one that runs, and all else is Node's", async () => {
  const found = await resolve("moe-lab", context, () => others);
  expect(found.url).toMatch(/^file:.*\/index\.js$/);
  expect(await resolve("./factor.js", context, () => others)).toBe(others);
});

it("types are taken out, and every line and column stays", async () => {
  const file = join(temporaryFolder(), "own.ts");
  writeFileSync(file, "type A = number;\nexport const a: A = 1;\n");
  const next = (): never => {
    throw new Error("not Node's");
  };
  const { format, source } = await load(pathToFileURL(file).href, context, next);
  expect(format).toBe("module");
  const lines = (source as string).split("\n");
  expect(lines[0]?.trim()).toBe("");
  expect(lines[1]).toBe("export const a    = 1;");
  const js = { format: "module", source: "" } as const;
  expect(await load("file:///own.js", context, () => js)).toBe(js);
});

it.each([
  ["const a = 1;\nlet b: = 2;\n", 2, 8],
  ["\n\nenum A { x }\n", 3, 1],
])("what can't be taken out is refused at its place: %j", async (text, line, column) => {
  const file = join(temporaryFolder(), "own.ts");
  writeFileSync(file, text);
  const error = await Promise.resolve(load(pathToFileURL(file).href, context, () => others as never)).then(
    () => null,
    (thrown: unknown) => thrown as Error,
  );
  expect(pointedPlace(error?.stack ?? "")).toEqual({ file, line, column });
});

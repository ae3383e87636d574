import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { routerRegistry } from "../../src/exec/router-registry.ts";
import { definitionProblems } from "../../src/check/definition.ts";
import { hashWithImports, loadUserRouter } from "../../src/exec/user-router.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { temporaryFolder } from "../support/folder.ts";

/** A module whose contract is right as far as loading checks it. */
const moduleText = (name: string): string => `
import { factor } from "./lib/factor.js";
const nothing = () => ({});
export default {
  name: "${name}", paper: "none", summary: "test", wantsBalanceLoss: false,
  options: { safeParse: (data) => ({ success: true, data }), shape: {}, strict() { return this; } },
  problems: () => [], causal: () => true, alwaysOnExperts: () => 0, parameters: nothing, state: nothing,
  matrices: nothing, flopsPerToken: () => factor, solved: nothing, route: nothing,
};`;

function writeRouter(folder: string, name = "my-router", file = "router.js"): string {
  mkdirSync(join(folder, "lib"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "lib", "factor.js"), "export const factor = 2;");
  const path = join(folder, file);
  writeFileSync(path, moduleText(name));
  return path;
}

describe("a user's router", () => {
  test("is loaded with its declared name and a hash", async () => {
    const file = writeRouter(temporaryFolder());
    const loaded = await loadUserRouter(file);
    expect(loaded.router.name).toBe("my-router");
    expect(loaded.file).toBe(file);
    expect(loaded.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test("the hash follows the contents, imports included, and not the place", () => {
    const folder = temporaryFolder();
    const copy = temporaryFolder();
    const file = writeRouter(folder);
    cpSync(folder, copy, { recursive: true });
    const hash = hashWithImports(file);
    expect(hashWithImports(join(copy, "router.js"))).toBe(hash);
    writeFileSync(join(copy, "lib", "factor.js"), "export const factor = 3;");
    expect(hashWithImports(join(copy, "router.js"))).not.toBe(hash);
  });

  test("all that is missing is named at once", () => {
    const problems = definitionProblems({ name: "My Router", paper: 1, options: {} });
    const [first] = problems;
    expect(first).toMatchObject({
      field: "name",
      message: 'is "My Router"; it must be lower-case words joined by "-"',
    });
    expect(problems).toContainEqual({
      field: "route",
      message: "is missing; it must be a function",
      place: null,
    });
    // name, paper, summary, causal, wantsBalanceLoss, options, flopsPerToken, route.
    expect(problems).toHaveLength(8);
    expect(definitionProblems(undefined)[0]?.message).toContain("defineRouter");
    for (const router of shippedRouters.values()) expect(definitionProblems(router)).toEqual([]);
  });

  test.each([
    ["missing.js", null, "no such router file"],
    ["router.tsx", "export default {}", "a router is an ES module"],
    ["broken.mjs", "export default {\n  name: ;\n};", "broken.mjs:2:9: the router can't be loaded: "],
    ["throws.mjs", "export default 1;\nthrow new RangeError('too late');", "RangeError: too late"],
    ["empty.js", "export const a = 1;", "default export"],
  ])("%s is refused with a reason", async (name, text, reason) => {
    const path = join(temporaryFolder(), name);
    if (text !== null) writeFileSync(path, text);
    const loading = loadUserRouter(path);
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(reason);
  });

  test("a name that is taken is refused", async () => {
    const registry = routerRegistry(shippedRouters);
    await expect(registry.load(writeRouter(temporaryFolder(), "linear"))).rejects.toThrow("a shipped router");
    const first = writeRouter(temporaryFolder());
    await registry.load(first);
    await registry.load(first);
    expect(registry.find("my-router").file).toBe(first);
    expect(registry.find("linear")).toMatchObject({ file: null, hash: null });
    await expect(registry.load(writeRouter(temporaryFolder()))).rejects.toThrow("give it another name");
  });
});

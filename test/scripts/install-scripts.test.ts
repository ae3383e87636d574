/**
 * onnxruntime-node's install script downloads CUDA files that nobody needs, and fails without a network; koffi's compiles koffi
 * where there is no binary for the platform.
 */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));

const refused = ["koffi", "onnxruntime-node"];

it("npm runs no install script of these, by the lock file (npm 10) and by allowScripts (from 11 on)", () => {
  const { packages } = read("package-lock.json") as {
    packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
  };
  const fix = "take hasInstallScript away there again: npm install writes it";
  for (const name of refused) {
    expect(packages[`node_modules/${name}`], `${name}: ${fix}`).not.toHaveProperty("hasInstallScript");
  }
  const { allowScripts } = read("package.json") as { allowScripts: Readonly<Record<string, boolean>> };
  const scripts = Object.keys(packages)
    .filter((path) => packages[path]?.hasInstallScript === true)
    .map((path) => path.replace(/^.*node_modules\//, ""));
  // None is left to npm's default, which differs from version to version.
  expect(Object.keys(allowScripts).sort()).toEqual([...scripts, ...refused].sort());
  for (const name of refused) expect(allowScripts[name]).toBe(false);
});

it("the project's npm configuration has only what npm knows", () => {
  const keys = readFileSync(".npmrc", "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split("=")[0]);
  expect(keys).toEqual(["engine-strict", "omit-lockfile-registry-resolved", "fund", "audit"]);
});

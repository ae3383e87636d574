import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nodeProblem } from "../../src/cli/command.ts";

test("a Node that is too old is named with the one that is needed; package.json says the same", () => {
  expect(nodeProblem("18.20.4")).toContain("needs Node 20.19 or newer, and this is Node 18.20.4");
  expect(nodeProblem("20.18.3")).not.toBeNull();
  for (const version of ["20.19.0", "20.20.2", "22.0.0", "24.1.0"]) expect(nodeProblem(version)).toBeNull();
  const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
  expect(engines.node).toBe(">=20.19");
});

/** How .ci/run adds up the reports of several runs of vitest. */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { runSync } from "../support/spawn.ts";

const folder = temporaryFolder();

interface File {
  readonly status: string;
  /** Statuses of its tests; their names are a, b, c. */
  readonly tests: readonly string[];
}

/** A report as vitest writes it, of files by name. */
function report(name: string, files: Readonly<Record<string, File>>): string {
  const testResults = Object.entries(files).map(([file, { status, tests }]) => ({
    name: resolve(file),
    status,
    assertionResults: tests.map((test, i) => ({ status: test, fullName: "abc"[i] })),
  }));
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ testResults }));
  return path;
}

function count(...args: readonly string[]): { status: number | null; lines: string[] } {
  const { code, stdout } = runSync(process.execPath, ["scripts/count-tests.mjs", ...args]);
  return { status: code, lines: stdout.split("\n").slice(0, -1) };
}

const all = report("1.json", {
  "test/a.test.ts": { status: "passed", tests: ["passed", "passed"] },
  "test/b.test.ts": { status: "passed", tests: ["passed", "skipped"] },
  "test/c.test.ts": { status: "passed", tests: ["pending"] },
});

it("counts, names what was skipped, and ends with the plain line", () => {
  expect(count(all)).toEqual({
    status: 0,
    lines: ["skipped: test/b.test.ts: b", "skipped: test/c.test.ts: a", "3 passed, 0 failed"],
  });
});

it("says which files are worth another run", () => {
  expect(count("--skipped", all)).toEqual({ status: 0, lines: ["test/b.test.ts", "test/c.test.ts"] });
});

it("counts a file that was run again once, by its last run", () => {
  const again = report("2.json", {
    "test/b.test.ts": { status: "passed", tests: ["passed", "passed"] },
    "test/c.test.ts": { status: "passed", tests: ["passed", "passed", "passed"] },
  });
  expect(count(all, again)).toEqual({ status: 0, lines: ["7 passed, 0 failed"] });
});

it.each<[string, File, string]>([
  ["a failed test", { status: "failed", tests: ["passed", "failed"] }, "3 passed, 1 failed"],
  ["a file that does not load", { status: "failed", tests: [] }, "2 passed, 1 failed"],
])("fails with %s", (_, file, line) => {
  const again = report("3.json", {
    "test/b.test.ts": file,
    "test/c.test.ts": { status: "passed", tests: [] },
  });
  const { status, lines } = count(all, again);
  expect(status).toBe(1);
  expect(lines.at(-1)).toBe(line);
});

it("fails where nothing ran", () => {
  expect(count(join(folder, "none.json"))).toEqual({ status: 1, lines: ["0 passed, 0 failed"] });
});

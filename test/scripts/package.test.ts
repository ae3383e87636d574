/** What `npm pack` would ship. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { readExperimentFiles } from "../../src/store/experiment-files.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runSync } from "../support/spawn.ts";

const MOST_BYTES = 3_000_000;

interface Packed {
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

function packed(): Packed {
  const { stdout } = runSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"]);
  return (JSON.parse(stdout) as Packed[])[0]!;
}

it("ships what table and compare read, under 3 MB, and no run", () => {
  const folder = mkdtempSync("results/runs-of-a-test-");
  const run = join("results", "runs", `package-test-${process.pid}`, "runs.csv");
  try {
    writeFileSync(join(folder, "curves.csv"), "");
    mkdirSync(dirname(run), { recursive: true });
    writeFileSync(run, "");
    const { files, unpackedSize } = packed();
    const paths = files.map(({ path }) => path);
    expect(unpackedSize).toBeLessThan(MOST_BYTES);
    expect(paths).toEqual(
      expect.arrayContaining([
        "dist/cli/main.js",
        "schema/experiment.schema.json",
        "experiments/attention-router.json",
        "results/attention-router/experiment.json",
        "results/attention-router/runs.csv",
        "results/shared-expert-until-decided/looks.json",
      ]),
    );
    const results = paths.filter((path) => path.startsWith("results/"));
    expect(
      results.filter((path) => !/^results\/[^/]+\/(experiment\.json|runs\.csv|looks\.json)$/.test(path)),
    ).toEqual([]);
    expect(paths.filter((path) => /^(results\/runs|src|test|bench|assembly)\b/.test(path))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(dirname(run), { recursive: true });
  }
});

it("what it ships of a result folder is enough to read it", () => {
  const whole = readExperimentFiles("results/attention-router");
  expect(whole.curves.length).toBeGreaterThan(0);
  const folder = temporaryFolder();
  for (const name of ["experiment.json", "runs.csv"]) {
    copyFileSync(`results/attention-router/${name}`, join(folder, name));
  }
  expect(readExperimentFiles(folder)).toEqual({
    record: whole.record,
    runs: whole.runs,
    curves: [],
    load: [],
    matrices: [],
  });
});

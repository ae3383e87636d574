/**
 * Every shipped result folder, recomputed from its runs by SciPy alone (scripts/recompute_statistics.py). Needs Python with numpy and scipy
 * (MOE_LAB_PYTHON, or python3).
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { findPython } from "../support/python.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runSync } from "../support/spawn.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/recompute_statistics.py", import.meta.url));
const RESULTS = fileURLToPath(new URL("../../results", import.meta.url));

/** One thread: on a busy machine those of NumPy wait for each other by spinning. */
const recompute = (folders: readonly string[]) =>
  runSync("path" in python ? python.path : "", [SCRIPT, ...folders], {
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
  });

const python = findPython("numpy", "scipy");
if ("missing" in python) {
  it.skip(`shipped statistics recomputed with SciPy (${python.missing})`, () => undefined);
} else {
  const folders = readdirSync(RESULTS)
    .map((name) => join(RESULTS, name))
    .filter((folder) => existsSync(join(folder, "summary.csv")));
  /** summary.csv and recipes.csv of each folder, and of the recipes below it. */
  const tables = folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }))
    .filter((path) => /(^|\/)(summary|recipes)\.csv$/.test(path.replaceAll("\\", "/")));
  it("shipped statistics are those of SciPy", () => {
    const { code, stdout } = recompute(folders);
    expect(code, stdout).toBe(0);
    expect(tables.length).toBeGreaterThan(20);
    expect(stdout.match(/largest relative deviation/g)).toHaveLength(tables.length);
  }, 120_000);
  it("a number that is not what the runs say is found", () => {
    const folder = temporaryFolder();
    cpSync(join(RESULTS, "shared-expert-until-decided"), folder, { recursive: true });
    const runs = join(folder, "runs.csv");
    const [header = "", first = "", ...others] = readFileSync(runs, "utf8").split("\n");
    const column = header.split(",").indexOf("validation_loss_nats");
    const cells = first.split(",");
    cells[column] = String(Number(cells[column]) + 1e-6);
    writeFileSync(runs, [header, cells.join(","), ...others].join("\n"));
    expect(recompute([folder]).code).toBe(1);
  }, 120_000);
}

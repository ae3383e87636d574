/**
 * Every shipped result folder, recomputed from its runs by SciPy alone (scripts/recompute_statistics.py). Needs Python with numpy and scipy
 * (MOE_LAB_PYTHON, or python3).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { findPython } from "../support/python.ts";
import { temporaryFolder } from "../support/runs.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/recompute_statistics.py", import.meta.url));
const RESULTS = fileURLToPath(new URL("../../results", import.meta.url));

function wasLookedAtOnce(folder: string): boolean {
  const file = join(folder, "looks.json");
  if (!existsSync(file)) return true;
  const { procedures } = JSON.parse(readFileSync(file, "utf8")) as { procedures: { looks: unknown[] }[] };
  return procedures.every(({ looks }) => looks.length === 1);
}

const python = findPython("numpy", "scipy");
if ("missing" in python) {
  it.skip(`shipped statistics recomputed with SciPy (${python.missing})`, () => undefined);
} else {
  const folders = readdirSync(RESULTS)
    .map((name) => join(RESULTS, name))
    .filter((folder) => existsSync(join(folder, "summary.csv")) && wasLookedAtOnce(folder));
  it("shipped statistics are those of SciPy", () => {
    const words = execFileSync(python.path, [SCRIPT, ...folders], { encoding: "utf8" });
    expect(words.match(/largest relative deviation/g)).toHaveLength(folders.length);
  }, 60_000);
  it("a number that is not what the runs say is found", () => {
    const folder = temporaryFolder();
    cpSync(folders[0] ?? "", folder, { recursive: true });
    const runs = join(folder, "runs.csv");
    const [header = "", first = "", ...others] = readFileSync(runs, "utf8").split("\n");
    const column = header.split(",").indexOf("validation_loss_nats");
    const cells = first.split(",");
    cells[column] = String(Number(cells[column]) + 1e-6);
    writeFileSync(runs, [header, cells.join(","), ...others].join("\n"));
    expect(spawnSync(python.path, [SCRIPT, folder]).status).toBe(1);
  }, 60_000);
}

import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandIO } from "../../src/cli/io.ts";
import { runPlot } from "../../src/cli/plot.ts";
import { InputError } from "../../src/core/errors.ts";
import { writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { ELEVEN, madeUpResults } from "../report/fixture.ts";

let folder: string;
let out: string;
let err: string;
const io: CommandIO = {
  stdout: (text) => (out += text),
  stderr: (text) => (err += text),
  color: false,
  columns: 100,
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moe-lab-plot-"));
  out = "";
  err = "";
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("runPlot", () => {
  const results = madeUpResults(ELEVEN.slice(0, 2), [0, 1]);
  const pictures = () => readdirSync(folder).filter((name) => /\.(png|svg|pdf)$/.test(name));

  it("draws PNG files from the small files, and prints their paths", async () => {
    writeExperimentFiles(folder, results);
    expect(await runPlot({ folder }, io)).toBe(0);
    const names = ["difference.png", "final-loss.png", "curves.png", "load.png"];
    expect(out).toBe(names.map((name) => `${join(folder, name)}\n`).join(""));
    expect(pictures().sort()).toEqual(names.sort());
    expect(err).toBe("");
  });

  it("takes several formats, and prints one JSON value with --json", async () => {
    writeExperimentFiles(folder, results);
    expect(await runPlot({ folder, format: "svg,pdf", json: true }, io)).toBe(0);
    const { files } = JSON.parse(out) as { files: string[] };
    expect(files).toHaveLength(8);
    expect(files[0]).toBe(join(folder, "difference.svg"));
    expect(files[1]).toBe(join(folder, "difference.pdf"));
  });

  it("refuses unknown formats before it reads anything", async () => {
    const call = runPlot({ folder: "/no/such/folder", format: "png,jpeg,svgg" }, io);
    await expect(call).rejects.toThrow(InputError);
    await expect(call).rejects.toThrow(/no picture format "jpeg".*\n.*"svgg".*did you mean "?svg/i);
  });

  it("refuses a folder without results", async () => {
    await expect(runPlot({ folder: join(folder, "none") }, io)).rejects.toThrow(InputError);
  });

  it("says so when nothing has finished", async () => {
    const runs = results.runs.map((run) => ({ ...run, status: "missing" as const, results: null }));
    writeExperimentFiles(folder, { ...results, runs, curves: [], load: [], matrices: [] });
    expect(await runPlot({ folder }, io)).toBe(0);
    expect(out).toBe("");
    expect(err).toContain("nothing to draw");
  });
});

describe("plot's modules", () => {
  it("load neither tfjs nor the engine", () => {
    const packages = new Set<string>();
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      const source = readFileSync(file, "utf8");
      const imports = /(?:^|\n)(?:import|export)\s+(?!type\b)[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/g;
      for (const [, fixed, dynamic] of source.matchAll(imports)) {
        const target = fixed ?? dynamic ?? "";
        if (target.startsWith(".")) visit(resolve(dirname(file), target));
        else packages.add(target);
      }
    };
    visit(resolve(import.meta.dirname, "../../src/cli/plot.ts"));
    expect([...packages]).toEqual(expect.arrayContaining(["@napi-rs/canvas", "chart.js"]));
    expect([...packages].filter((name) => /tensorflow|onnxruntime/.test(name))).toEqual([]);
    expect([...seen].filter((file) => file.includes("/src/engine/"))).toEqual([]);
  });
});

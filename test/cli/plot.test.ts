import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { CommandIO } from "../../src/cli/io.ts";
import { runPlot } from "../../src/cli/plot/plot.ts";
import { InputError } from "../../src/core/errors.ts";
import { writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { ELEVEN, madeUpResults } from "../report/fixture.ts";
import { sizedResults } from "../report/sizes.ts";
import { temporaryFolder } from "../support/folder.ts";

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
  folder = temporaryFolder();
  out = "";
  err = "";
});

const CHARTS = ["difference", "slopes", "final-loss", "curves", "effect", "power", "load"];

describe("runPlot", () => {
  const results = madeUpResults(ELEVEN.slice(0, 2), [0, 1]);
  const pictures = () => readdirSync(folder).filter((name) => /\.(png|svg|pdf)$/.test(name));

  it("draws PNG files from the small files, and prints their paths", async () => {
    writeExperimentFiles(folder, results);
    expect(await runPlot({ folders: [folder] }, io)).toBe(0);
    const names = CHARTS.map((name) => `${name}.png`);
    expect(out).toBe(names.map((name) => `${join(folder, name)}\n`).join(""));
    expect(pictures().sort()).toEqual(names.sort());
    expect(err).toBe("");
  });

  it("takes several formats, and prints one JSON value with --json", async () => {
    writeExperimentFiles(folder, results);
    expect(await runPlot({ folders: [folder], format: "svg,pdf", json: true }, io)).toBe(0);
    const { files } = JSON.parse(out) as { files: string[] };
    expect(files).toHaveLength(2 * CHARTS.length);
    expect(files[0]).toBe(join(folder, "difference.svg"));
    expect(files[1]).toBe(join(folder, "difference.pdf"));
  });

  it("draws elsewhere with --out", async () => {
    writeExperimentFiles(folder, results);
    const elsewhere = join(folder, "elsewhere");
    expect(await runPlot({ folders: [folder], out: elsewhere }, io)).toBe(0);
    expect(pictures()).toEqual([]);
    expect(readdirSync(elsewhere).sort()).toEqual(CHARTS.map((name) => `${name}.png`).sort());
  });

  it("refuses unknown formats before it reads anything", async () => {
    const call = runPlot({ folders: ["/no/such/folder"], format: "png,jpeg,svgg" }, io);
    await expect(call).rejects.toThrow(InputError);
    await expect(call).rejects.toThrow(/no picture format "jpeg".*\n.*"svgg".*did you mean "?svg/i);
  });

  it("refuses a folder without results", async () => {
    await expect(runPlot({ folders: [join(folder, "none")] }, io)).rejects.toThrow(InputError);
  });

  it("says so when nothing has finished", async () => {
    const runs = results.runs.map((run) => ({ ...run, status: "missing" as const, results: null }));
    writeExperimentFiles(folder, { ...results, runs, curves: [], load: [], matrices: [] });
    expect(await runPlot({ folders: [folder] }, io)).toBe(0);
    expect(out).toBe("");
    expect(err).toContain("nothing to draw");
  });
});

describe("runPlot with figures", () => {
  const sizes = [400, 800].map((steps) => sizedResults({ name: `s${steps}`, steps, floor: 0.01 }));
  const write = () =>
    sizes.map((results) => {
      const path = join(folder, results.record.experiment.name);
      writeExperimentFiles(path, results);
      return path;
    });

  it("draws them beside the folders, from the folders or from the one around them", async () => {
    const folders = write();
    expect(await runPlot({ folders, figures: ["scaling", "sensitivity"] }, io)).toBe(0);
    const files = ["sensitivity", "scaling"].map((name) => join(folder, "figures", `${name}.png`));
    expect(out).toBe(files.map((file) => `${file}\n`).join(""));
    const bytes = files.map((file) => readFileSync(file));
    out = "";
    const elsewhere = join(folder, "elsewhere");
    const around = { folders: [folder], figures: ["scaling", "sensitivity"], out: elsewhere, json: true };
    expect(await runPlot(around, io)).toBe(0);
    const again = (JSON.parse(out) as { files: string[] }).files;
    expect(again).toEqual(["sensitivity", "scaling"].map((name) => join(elsewhere, `${name}.png`)));
    expect(again.map((file) => readFileSync(file).equals(bytes[again.indexOf(file)]!))).toEqual([true, true]);
    expect(err).toBe("");
  });

  it("a figure that can't be made is an error that says what it needs; with all, a line", async () => {
    const [first = ""] = write();
    const call = runPlot({ folders: [first], figures: ["scaling"] }, io);
    await expect(call).rejects.toThrow(InputError);
    await expect(call).rejects.toThrow(
      /--figure scaling: needs runs of several sizes or lengths.*given: .*s400/,
    );
    expect(await runPlot({ folders: [first], figures: ["all"] }, io)).toBe(0);
    expect(out).toBe(`${join(folder, "figures", "sensitivity.png")}\n`);
    expect(err).toMatch(/^not drawn: scaling needs runs of several sizes/);
    expect(err).toContain(
      "not drawn: olmoe-dense needs a finished run of linear-64-8 and dense of olmoe-dense",
    );
  });

  it("names everything that is wrong with the request at once", async () => {
    const call = runPlot({ folders: [], figures: ["sensitvity"], format: "gif" }, io);
    await expect(call).rejects.toThrow(
      /no picture format "gif".*\n.*--figure sensitvity.*did you mean "?sensitivity/i,
    );
    await expect(runPlot({ folders: [] }, io)).rejects.toThrow(/plot needs a result folder/);
  });

  it("lists the figures", async () => {
    expect(await runPlot({ folders: [], list: true, json: true }, io)).toBe(0);
    for (const name of ["sensitivity", "scaling", "yuan-loss", "olmoe-balance-loss", "olmoe-assignment"]) {
      expect(out).toContain(`"${name}"`);
    }
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
    visit(resolve(import.meta.dirname, "../../src/cli/plot/plot.ts"));
    expect([...packages]).toEqual(expect.arrayContaining(["@napi-rs/canvas", "chart.js"]));
    expect([...packages].filter((name) => /tensorflow|onnxruntime/.test(name))).toEqual([]);
    expect([...seen].filter((file) => file.includes("/src/engine/"))).toEqual([]);
  });
});

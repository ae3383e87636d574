import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { runCompare, type CompareOptions } from "../../src/cli/compare.ts";
import { runTable, type TableOptions } from "../../src/cli/table.ts";
import { writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { TABLES } from "../../src/tables/registry.ts";
import type { ExperimentResults } from "../../src/records/experiment.ts";
import { temporaryFolder } from "../support/folder.ts";
import { example } from "../tables/example.ts";

let results: string;
let one: string;
beforeEach(() => {
  results = temporaryFolder();
  one = join(results, "attention-router");
  writeExperimentFiles(one, example);
});

/** What a command prints on stdout and stderr. */
async function capture(command: (io: Parameters<typeof runCompare>[1]) => Promise<number>) {
  const printed = { out: "", err: "", code: -1 };
  printed.code = await command({
    stdout: (text) => (printed.out += text),
    stderr: (text) => (printed.err += text),
    color: false,
    columns: 80,
  });
  return printed;
}
const compare = (options: Partial<CompareOptions> = {}) =>
  capture((io) => runCompare({ folders: [one], ...options }, io));
const table = (options: Partial<TableOptions> = {}) =>
  capture((io) => runTable({ names: ["yuan-1"], results, ...options }, io));

describe("compare", () => {
  it("prints the answer and its table; with --verbose all that is known", async () => {
    const { out, err, code } = await compare();
    expect(code).toBe(0);
    expect(err).toBe("");
    expect(out).toContain("Whether Attention or Linear trains the better model is undecided: -1.32 %");
    expect(out).not.toContain("Sensitivity");
    const verbose = await compare({ verbose: true });
    expect(verbose.out).toContain("Sensitivity: MoE beats dense by 4.61 %");
    expect(verbose.out).toContain("dead");
    expect(out).toContain("Attention                     3/3  1.5000 ±0.0248  -1.32 ±1.63  0.074  undecided");
  });
  it("takes baseline, metric and margin", async () => {
    const parsed = JSON.parse(
      (await compare({ json: true, baseline: "attention", metric: "train_loss_nats", margin: "5%" })).out,
    ) as {
      tables: { rows: Record<string, unknown>[] }[];
    };
    const linear = parsed.tables[0]!.rows[0]!;
    expect(linear["difference_nats"]).toBeCloseTo(0.02, 12);
    expect(linear["metric"]).toBe("train_loss_nats");
    expect(linear["verdict"]).toBe("equivalent");
  });
  it.each([
    [{ margin: "0.5" }, "--margin 0.5: write a percentage"],
    [{ margin: "0%" }, "--margin 0%"],
    [{ format: "xml" }, "--format xml: no such format"],
    [{ baseline: "x" }, 'has no variant "x"'],
    [{ folders: [] }, "compare needs a result folder"],
  ])("refuses %j", async (options, message) => {
    await expect(compare(options)).rejects.toThrow(message);
  });
  it("several folders: one table where the baseline is the same runs, else one each", async () => {
    const renamed = (name: string, id: (id: string) => string): ExperimentResults => ({
      ...example,
      record: { ...example.record, experiment: { ...example.record.experiment, name } },
      runs: example.runs.map((run) => ({ ...run, runId: id(run.runId) })),
    });
    const two = join(results, "two");
    writeExperimentFiles(
      two,
      renamed("two", (id) => id.replace("attention-", "changed-")),
    );
    const pooled = (await compare({ folders: [one, two], format: "csv" })).out.trim().split("\n");
    expect(pooled).toHaveLength(1 + 7);
    expect(pooled.at(-1)).toContain("two/attention");
    expect((await compare({ folders: [one, two] })).out.replaceAll(/\s+/g, " ")).toContain(
      "Tokens per s of two come from a timing pass of its own",
    );
    writeExperimentFiles(
      two,
      renamed("two", (id) => `${id}x`),
    );
    const apart = await compare({ folders: [one, two], format: "csv" });
    expect(apart.out.trim().split("\n")).toHaveLength(1 + 12);
    expect(apart.err).toContain(
      "note: attention-router and two can't share a table: their baselines have equal settings",
    );
  });
});

describe("table", () => {
  it("prints the paper's numbers beside ours", async () => {
    const { out, code } = await table();
    expect(code).toBe(0);
    expect(out).toMatch(/Attention router, 8 experts +826\.0 +2\.109/);
    expect(out).toMatch(/Attention router, 8 experts +-0\.38 +-1\.32 ±1\.63 +3\/3/);
    expect(out).toContain("1.5000 ±0.0248");
  });
  it("lists what there is, and guesses at a wrong name", async () => {
    expect((await table({ names: [], list: true })).out).toContain("olmoe-granularity");
    await expect(table({ names: ["yuan1"] })).rejects.toThrow(
      'there is no table "yuan1"; did you mean "yuan-1"?',
    );
    await expect(table({ names: [] })).rejects.toThrow('table needs a name: "yuan-1"');
    await expect(table({ results: join(results, "none") })).rejects.toThrow("no such folder");
  });
  it("says everything that is wrong at once", async () => {
    await expect(table({ names: ["yuan-9"], tier: "quik", results: join(results, "none") })).rejects.toThrow(
      /no table "yuan-9".*\n.*none: no such folder\n--tier quik: there is no such tier; did you mean "quick"\?/s,
    );
    await expect(table({ all: true, format: "md" })).rejects.toThrow(
      /--all: is every table; leave out "yuan-1"\n--all: writes md, csv, tex and html; leave out --format md/,
    );
  });
  it("leaves cells empty where an experiment has no results, or the tier that was asked for has none", async () => {
    expect((await table({ tier: "full" })).out.replaceAll(/\s+/g, " ")).toContain(
      "No finished run of any row: `moe-lab run experiments/attention-router.json --tier full` fills the empty cells",
    );
    rmSync(one, { recursive: true });
    expect((await table()).out).toContain("moe-lab run");
  });
  it("--all writes every table as md, csv, tex and html, also without any results", async () => {
    const { out, code } = await table({ names: [], all: true });
    const files = out.trim().split("\n");
    expect(code).toBe(0);
    expect(files).toHaveLength(4 * TABLES.length);
    expect(files).toContain(join(results, "tables", "yuan-2.tex"));
    expect(files.every((file) => existsSync(file))).toBe(true);
    expect(readFileSync(join(results, "tables", "yuan-1.html"), "utf8")).toMatch(
      /^<!doctype html>[^]*1\.5000 ±0\.0248/,
    );
    const { files: again } = JSON.parse((await table({ names: [], all: true, json: true })).out) as {
      files: string[];
    };
    expect(again).toEqual(files);
  });
});

/** Every package that a file loads, through relative imports, type imports aside. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, clause, specifier] of text.matchAll(/^(?:import|export)\s+([^;]*?\s+from\s+)?"([^"]+)";/gm)) {
    if (clause?.startsWith("type ") || specifier === undefined) continue;
    if (!specifier.startsWith(".")) packages.add(specifier);
    else for (const name of packagesOf(resolve(dirname(file), specifier), seen)) packages.add(name);
  }
  return packages;
}

describe("light", () => {
  it("the walk finds imports through files", () => {
    expect(packagesOf(resolve("src/cli/compare.ts"))).toContain("csv-parse/sync");
  });
  it.each(["src/cli/compare.ts", "src/cli/table.ts"])("%s loads no tensors and no engine", (file) => {
    const text = [...packagesOf(resolve(file))];
    expect(text.filter((name) => /tensorflow|onnxruntime|canvas|chart|protobuf/.test(name))).toEqual([]);
    expect(text.length).toBeGreaterThan(5);
  });
});

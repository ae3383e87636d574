/** Curves for other programs, read back by them where Python has them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runExportCurves } from "../../src/cli/export/curves.ts";
import { crc32c } from "../../src/store/curve-files/crc32c.ts";
import { runHistories } from "../../src/store/curve-files/history.ts";
import { tensorboardEvents } from "../../src/store/curve-files/tensorboard.ts";
import { writeCurveFiles } from "../../src/store/curve-files/write-curve-files.ts";
import { ELEVEN, madeUpResults } from "../report/fixture.ts";
import { temporaryFolder } from "../support/folder.ts";
import { findPython } from "../support/python.ts";
import { runSync } from "../support/spawn.ts";

const SCRIPT = fileURLToPath(new URL("../fixtures/tensorboard/read.py", import.meta.url));
const LABEL = `matched, "so"; =1`;
const results = madeUpResults(
  [ELEVEN[0]!, { ...ELEVEN[3]!, name: "attention, x=1/2", label: LABEL }],
  [1, 2],
  { evaluateEvery: 400, layers: 1, experts: 4 },
);
const runs = runHistories(results);

describe("the history of runs", () => {
  it("has a row a number, curves first, and no row where there is none", () => {
    const [first] = runs;
    expect(runs.map(({ variant, seed }) => [variant, seed])).toEqual(
      [
        ["linear", 1],
        ["attention, x=1/2", 1],
        ["linear", 2],
        ["attention, x=1/2", 2],
      ].toSorted((a, b) => (a[0] === b[0] ? 0 : a[0] === "linear" ? -1 : 1)),
    );
    expect(first!.rows.map(({ step, metric }) => [step, metric])).toEqual([
      [400, "train_loss"],
      [400, "validation_loss"],
      [800, "train_loss"],
      [800, "validation_loss"],
      [800, "final_train_loss"],
      [800, "final_validation_loss"],
      [800, "final_validation_bits_per_byte"],
      // No causal loss, no test loss and no domains were measured.
      [800, "final_balance_loss"],
      [800, "final_z_loss"],
      [800, "final_max_load_share"],
      [800, "final_dead_experts"],
      [800, "final_unrouted_share"],
    ]);
    const final = results.runs.find((run) => run.variant === "linear" && run.seed === 1)!.results!;
    expect(first!.rows[5]).toEqual({
      ...{ step: 800, tokens: final.tokensTrained, metric: "final_validation_loss" },
      ...{ value: final.validationLossNats, unit: "nats/token" },
    });
  });

  it("leaves out runs that have not finished", () => {
    const some = results.runs.map((run, index) =>
      index === 0 ? run : { ...run, status: "failed" as const, results: null },
    );
    expect(runHistories({ ...results, runs: some })).toHaveLength(1);
  });
});

describe("a TensorBoard file", () => {
  it("is checked by CRC-32C", () => {
    // RFC 3720, B.4: 32 bytes of zeros, of ones, and 0 to 31; and the check value of the catalogues.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  });

  it("begins with its version, as TFRecord", () => {
    const bytes = Buffer.from(tensorboardEvents([]));
    // Field 3 (13 letters): 2 + 13 bytes; a wall time of zero is no field.
    expect(bytes.readBigUInt64LE(0)).toBe(15n);
    expect(bytes.length).toBe(8 + 4 + 15 + 4);
    expect(bytes.subarray(12, 27).toString("latin1")).toBe("\x1a\rbrain.Event:2");
  });
});

const python = findPython("tensorboard", "pandas");
const missing = "missing" in python ? ` (${python.missing})` : "";

function readBack(path: string): unknown {
  const { code, stdout, stderr } = runSync("path" in python ? python.path : "", [SCRIPT, path]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe.skipIf("missing" in python)(`read back in Python${missing}`, () => {
  it("tensorboard has every number of every run at its step", async () => {
    const folder = temporaryFolder();
    await writeCurveFiles(runs, "tensorboard", folder);
    const theirs = readBack(folder) as Record<string, Record<string, [number, number][]>>;
    expect(Object.keys(theirs).length).toBe(4);
    const linear = runs[0]!;
    const read = theirs[`linear-s1-${linear.runId.slice(0, 12)}`]!;
    const ours = (metric: string): [number, number][] =>
      linear.rows.filter((row) => row.metric === metric).map(({ step, value }) => [step, Math.fround(value)]);
    expect(read["validation_loss_nats"]).toEqual(ours("validation_loss"));
    expect(read["train_loss_nats"]).toEqual(ours("train_loss"));
    expect(read["final/validation_loss_nats"]).toEqual(ours("final_validation_loss"));
    expect(read["final/dead_experts"]).toEqual([[800, 0]]);
    // 8 sequences of 128 positions a step.
    expect(read["tokens"]).toEqual([
      [400, 409_600],
      [800, 819_200],
    ]);
  });

  it("pandas reads the tidy CSV without options: numbers are numbers, labels whole", async () => {
    const folder = temporaryFolder();
    const [path] = await writeCurveFiles(runs, "csv", folder);
    const { kinds, rows, labels, last } = readBack(path!) as {
      kinds: Record<string, string>;
      rows: number;
      labels: string[];
      last: [string, number, number][];
    };
    expect(kinds).toMatchObject({ seed: "i", step: "i", tokens: "i", value: "f" });
    expect(rows).toBe(4 * 12);
    expect(labels).toEqual(["linear", LABEL]);
    expect(last.toSorted()).toEqual(
      results.runs
        .map((run): [string, number, number] => [run.variant, run.seed, run.results!.validationLossNats])
        .toSorted(),
    );
  });
});

describe("export --to", () => {
  const asked = async (to: string): Promise<string> => {
    const said: string[] = [];
    const io = { stdout: (text: string) => said.push(text), stderr: () => 0, color: false, columns: 80 };
    const out = join(temporaryFolder(), "made");
    const folder = "results/attention-router";
    expect(await runExportCurves({ folder, to, out, json: false }, io)).toBe(0);
    return said.join("").split("\n")[0]!;
  };

  it("writes JSON of the committed results, 88 runs", async () => {
    const { runs: written } = JSON.parse(readFileSync(await asked("json"), "utf8")) as { runs: unknown[] };
    expect(written).toHaveLength(88);
  });

  it("does not fake a format that only its library writes, and corrects names", async () => {
    await expect(async () => asked("wandb-offline")).rejects.toThrow(/internal format.*--to json/);
    await expect(async () => asked("tensorbord")).rejects.toThrow(/did you mean "tensorboard"/);
  });
});

/** The benchmark as its user starts it, with as few steps as it takes. */
import { describe, expect, it } from "vitest";
import { runSync } from "../support/spawn.ts";

function bench(args: readonly string[], env: Record<string, string> = {}) {
  return runSync(process.execPath, ["bench/bench.mjs", ...args], { env: { ...process.env, ...env } });
}

describe("npm run bench", () => {
  it("prints one JSON value, and says which peer it left out", () => {
    const args = ["--peer", "compiled,torch", "--size", "nano", "--router", "linear", "--threads", "1"];
    const { code, stdout, stderr } = bench([...args, "--rounds", "1", "--json", "-"], {
      MOE_LAB_PYTHON: "/nowhere/python",
    });
    expect(stderr).toContain("torch: LEFT OUT");
    const rows = JSON.parse(stdout) as Record<string, unknown>[];
    expect(rows).toHaveLength(1);
    const [row] = rows;
    expect(row).toMatchObject({
      measure: "step",
      peer: "compiled",
      size: "nano",
      router: "linear",
      threads: 1,
    });
    expect(row).toMatchObject({
      floor_by: "onnxruntime",
      agreement: null,
      tokens: 1024,
      flops: 964_165_632,
    });
    for (const field of [
      "median_ms",
      "min_ms",
      "max_ms",
      "cpu_ms",
      "floor_ms",
      "rss_mb",
      "compile_ms",
      "steps",
    ]) {
      expect(row?.[field], field).toBeGreaterThan(0);
    }
    expect(row?.["machine"]).toMatchObject({ node: process.versions.node, torch: null, python: null });
    expect(code).toBe(0);
  });

  it.skipIf(process.env["MOE_LAB_PYTHON"] === undefined)(
    "finds PyTorch's first steps equal to ours, whether or not ours is timed",
    () => {
      const args = ["--size", "nano", "--router", "linear,attention", "--threads", "1", "--rounds", "1"];
      const { stdout, stderr } = bench([...args, "--peer", "torch", "--json", "-"]);
      const rows = JSON.parse(stdout) as Record<string, unknown>[];
      expect(rows, stderr).toHaveLength(2);
      for (const row of rows) expect(row["agreement"]).toMatchObject({ agrees: true });
    },
    240_000,
  );

  it("refuses what it does not know, before it measures anything", () => {
    const { code, stdout, stderr } = bench(["--size", "huge"]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain('--size "huge" is not one of nano, micro, small');
  });
});

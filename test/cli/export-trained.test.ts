/**
 * From text to another program: `moe-lab run` trains, `moe-lab export` writes, and transformers computes our logits from what
 * was written. Needs Python with torch and transformers (MOE_LAB_PYTHON, or python3).
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { shippedRouters } from "../../src/routers/index.ts";
import { loadFinalCheckpoint } from "../../src/store/checkpoint.ts";
import { readRun } from "../../src/store/read-run.ts";
import { compiled } from "../support/engines.ts";
import { largestDifference, logitsOf } from "../support/logits.ts";
import { temporaryFolder } from "../support/folder.ts";
import { findPython } from "../support/python.ts";
import { MAIN, runSync } from "../support/spawn.ts";
import { openWithTransformers } from "../support/transformers.ts";

const EXPERIMENT = {
  name: "tiny",
  title: "Tiny",
  base: {
    model: { width: 16, layers: 2, heads: 2, experts: 4, topK: 2, expertWidth: 16 },
    data: { domains: [{ name: "arithmetic" }], sequenceLength: 16, batchSequences: 4, validationTokens: 64 },
    training: { steps: 60, warmupSteps: 5, learningRate: 0.01, evaluateEvery: 30, evaluationTokens: 64 },
  },
  seeds: [1],
  baseline: "renormalised",
  variants: [
    { name: "renormalised" },
    {
      name: "as-they-are",
      varies: ["router.options.renormalise"],
      router: { options: { renormalise: false } },
    },
    { name: "frozen", varies: ["router.options.frozen"], router: { options: { frozen: true } } },
  ],
};

const python = findPython("torch", "transformers");
if ("missing" in python) {
  it.skip(`a trained model opened with transformers (${python.missing})`, () => undefined);
} else {
  it("a trained model opened with transformers has our logits", async () => {
    const folder = temporaryFolder();
    const moeLab = (...args: string[]): string =>
      runSync(process.execPath, [MAIN, ...args], { cwd: folder }).stdout;
    writeFileSync(join(folder, "tiny.json"), JSON.stringify(EXPERIMENT));
    moeLab("run", "tiny.json", "--jobs", "1");
    const names = readdirSync(join(folder, "results", "runs")).filter((name) => name.startsWith("linear-"));
    expect(names).toHaveLength(3);

    const text = "17 + 25 = 42\n3 * 14 = 42\n".repeat(3).slice(0, 64);
    const tokens = Int32Array.from(Buffer.from(text));
    const sequences = [0, 1, 2, 3].map((b) => Array.from(tokens.subarray(16 * b, 16 * b + 16)));
    const exports = names.map((name) => {
      moeLab("export", name);
      const at = join(folder, "exports", name);
      writeFileSync(join(at, "tokens.json"), JSON.stringify(sequences));
      return at;
    });
    const { cases } = await openWithTransformers(python.path, exports);

    for (const [index, name] of names.entries()) {
      const run = join(folder, "results", "runs", name);
      const { id, identity, results } = readRun(run)!;
      expect(results?.trainLossNats).toBeLessThan(4); // ln 256 = 5.5: it has learned
      const { tensors } = loadFinalCheckpoint(join(run, "checkpoint"), id);
      const parameters = Object.fromEntries(
        Object.entries(tensors).map(([key, tensor]) => [key.replace(/^parameters\//, ""), tensor]),
      );
      const router = shippedRouters.get(identity.settings.router.name)!;
      const ours = await logitsOf(compiled, identity.settings, router, parameters, tokens);
      const opened = cases[exports[index]!]!;
      expect(opened.loadingProblems).toEqual({});
      expect(largestDifference(ours, opened.logits)).toBeLessThan(1e-4);
    }
  }, 600_000);
}

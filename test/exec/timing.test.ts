import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { timeVariants } from "../../src/exec/timing.ts";
import { temporaryFolder } from "../support/folder.ts";
import { planOf, settingsOf } from "../support/runs.ts";

const WORKER = fileURLToPath(new URL("../fixtures/fake-worker.mjs", import.meta.url));
const worker = { engine: "compiled", threads: 1, cacheFolder: null } as const;
const variant = {
  spec: { settings: settingsOf(), routerFiles: {}, parent: null },
  identity: planOf().identity,
};

test("speed comes from the median step, and is kept for the same variants and machine", async () => {
  const runsFolder = temporaryFolder();
  const options = { workerFile: WORKER, worker, provenance: "here", runsFolder };
  // 16 sequences of 64 tokens in 1 and in 2 ms; the slow round of a second counts for nothing.
  const expected = [(16 * 64) / 0.001, (16 * 64) / 0.002];
  expect(await timeVariants([variant, variant], options)).toEqual(expected);
  const unused = { ...options, workerFile: "/nowhere.js" };
  expect(await timeVariants([variant, variant], unused)).toEqual(expected);
  expect(readdirSync(join(runsFolder, "timings"))).toHaveLength(1);
  // Another machine is another question.
  await expect(timeVariants([variant, variant], { ...unused, provenance: "there" })).rejects.toThrow(
    "worker process",
  );
});

test("a variant that can't take a step has its reason, costs the others nothing, and keeps nothing", async () => {
  const runsFolder = temporaryFolder();
  const broken = { ...variant, spec: { ...variant.spec, routerFiles: { linear: "mine.js" } } };
  const options = { workerFile: WORKER, worker, provenance: "here", runsFolder };
  expect(await timeVariants([broken, variant], options)).toEqual(["mine.js throws", (16 * 64) / 0.002]);
  expect(existsSync(join(runsFolder, "timings"))).toBe(false);
});

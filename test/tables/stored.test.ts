import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { TABLES } from "../../src/tables/registry.ts";
import { readStored } from "../../src/tables/stored.ts";
import { temporaryFolder } from "../support/folder.ts";
import { madeUp } from "./made-up.ts";

const entry = TABLES.find(({ name }) => name === "olmoe-adam-eps")!;
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

async function store(
  tier: "quick" | "standard" | "full",
  made: Parameters<typeof madeUp>[1] = {},
): Promise<void> {
  const path = join(folder, tier === "standard" ? "olmoe-adam-eps" : `olmoe-adam-eps-${tier}`);
  writeExperimentFiles(path, await madeUp("olmoe-adam-eps", { tier, ...made }));
}
const shown = (asked: Parameters<typeof readStored>[2] = null) => {
  const { results, others } = readStored(folder, entry, asked);
  return { tier: results?.record.experiment.tier ?? null, others };
};

it("nothing stored", () => expect(shown()).toEqual({ tier: null, others: [] }));

it("the longest tier whose runs are finished; --tier another; what else is there is told", async () => {
  await store("quick");
  await store("standard");
  await store("full", { unfinished: ["eps-1e-5"] });
  expect(shown()).toEqual({
    tier: "standard",
    others: [
      { tier: "quick", finished: 8, runs: 8 },
      { tier: "full", finished: 15, runs: 16 },
    ],
  });
  expect(shown("full").tier).toBe("full");
  rmSync(join(folder, "olmoe-adam-eps"), { recursive: true });
  expect(shown().tier).toBe("quick");
  expect(shown("standard").tier).toBeNull();
});

it("runs that the table does not need may be missing", async () => {
  await store("quick");
  await store("full", { without: ["frozen", "dense"] });
  expect(shown().tier).toBe("full");
});

it("none finished: the one with the most finished runs", async () => {
  await store("quick", { unfinished: ["linear"] });
  await store("full", { without: ["eps-1e-5"] });
  // 7 of 8 against 8 of 16
  expect(shown().tier).toBe("full");
});

it("a folder with another experiment's name inside is not taken for this one", async () => {
  await store("quick");
  const path = join(folder, "olmoe-adam-eps-quick", "experiment.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"name": "olmoe-adam-eps"', '"name": "another"'));
  expect(shown().tier).toBeNull();
});

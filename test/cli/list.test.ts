import { join } from "node:path";
import { expect, it } from "vitest";
import { runList } from "../../src/cli/list.ts";
import { writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { TABLES } from "../../src/tables/registry.ts";
import { temporaryFolder } from "../support/folder.ts";
import { example } from "../tables/example.ts";

it("list tables: paper, experiment, and what is stored", () => {
  const out = temporaryFolder();
  writeExperimentFiles(join(out, "attention-router"), example);
  let text = "";
  const io = {
    stdout: (more: string) => (text += more),
    stderr: () => undefined,
    color: false,
    columns: 80,
  };
  expect(runList("tables", { out, json: true }, io)).toBe(0);
  const entries = JSON.parse(text) as Record<string, string>[];
  expect(entries).toHaveLength(TABLES.length);
  expect(entries[0]).toEqual({
    name: "yuan-1",
    title: "Routers compared at equal size",
    paper: "Yuan 2.0-M32, arXiv 2405.17976, section 3 and table 1",
    madeFrom: "experiment attention-router",
    stored: "standard",
  });
  expect(entries.find(({ name }) => name === "lfa")?.["stored"]).toBe("nothing yet");
  text = "";
  runList("tables", { out, json: false }, io);
  expect(text).toContain("yuan-1\n  title: Routers compared at equal size\n");
});

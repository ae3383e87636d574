/** The tables beside the committed results are what the renderer of now makes of them. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { expect, it } from "vitest";
import { runCompare } from "../../src/cli/compare.ts";
import { answerOf } from "../../src/report/answer.ts";
import { readExperimentFiles } from "../../src/store/experiment-files.ts";
import { readRecipes } from "../../src/store/recipe-folders.ts";
import { summaryFilesOf } from "../../src/tables/summary-files.ts";

const folders = readdirSync("results", { recursive: true, encoding: "utf8" })
  .map((path) => posix.join("results", path.replaceAll("\\", "/")))
  .filter((path) => posix.basename(path) === "experiment.json" && !path.startsWith("results/runs/"))
  .map((path) => posix.dirname(path));

it("there are folders to compare, also under recipes", () => {
  expect(folders.length).toBeGreaterThan(20);
  expect(folders.some((folder) => folder.includes("/recipes/"))).toBe(true);
});

// `moe-lab report DIR` writes them anew.
it.each(folders)("%s", (folder) => {
  const files = summaryFilesOf(folder, answerOf(readExperimentFiles(folder), readRecipes(folder)));
  expect(files.map(([path]) => path)).toContain(join(folder, "summary.md"));
  for (const [path, text] of files) expect(readFileSync(path, "utf8"), path).toBe(text);
  const isMade = (name: string): boolean => files.some(([path]) => path === join(folder, name));
  expect(existsSync(join(folder, "recipes.md"))).toBe(isMade("recipes.md"));
});

it("README shows what `compare` prints today", async () => {
  let printed = "";
  const io = { stdout: (text: string) => (printed += text), stderr: () => true, color: false, columns: 100 };
  expect(await runCompare({ folders: ["results/attention-router"] }, io)).toBe(0);
  const [, ...answer] = printed.trimEnd().split("\n\n");
  expect(readFileSync("README.md", "utf8")).toContain(`\`\`\`\n${answer.join("\n\n")}\n\`\`\``);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { answerOf } from "../../src/report/answer.ts";
import { writeSummaryFiles } from "../../src/tables/summary-files.ts";
import { temporaryFolder } from "../support/folder.ts";
import { example } from "./example.ts";

it("writes summary.csv and summary.md with the rows of the loss table", () => {
  const folder = temporaryFolder();
  const paths = writeSummaryFiles(folder, answerOf(example, []));
  expect(paths).toEqual([join(folder, "summary.csv"), join(folder, "summary.md")]);
  const [csv, markdown] = paths.map((path) => readFileSync(path, "utf8"));
  expect(csv!.split("\n")[1]).toMatch(/^attention-router,linear,Linear,baseline,,3,3,0,/);
  expect(markdown).toContain("| Attention | 3/3 | 1.5000 ±0.0248 | -1.32 ±1.63 |");
});

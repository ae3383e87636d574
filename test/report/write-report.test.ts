import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { answerOf } from "../../src/report/answer.ts";
import { writeReport, writeReports } from "../../src/report/page/write-report.ts";
import type { ExperimentResults } from "../../src/records/experiment.ts";
import { temporaryFolder } from "../support/folder.ts";
import { ELEVEN, madeUpResults, withAnswers } from "./fixture.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

async function pageOf(results: ExperimentResults): Promise<string> {
  const path = await writeReport(answerOf(results, []), folder);
  expect(path).toBe(join(folder, "report.html"));
  return readFileSync(path, "utf8");
}

const results = madeUpResults(ELEVEN.slice(0, 4), [0, 1, 2]);

describe("writeReport", () => {
  it("has the question, the sensitivity, the table, the pictures and the origin", async () => {
    const page = await pageOf(results);
    expect(page.startsWith("<!doctype html>")).toBe(true);
    expect(page).toContain("<h1>Does the attention router beat the classic router in a small model?</h1>");
    expect(page).toContain("4 variants at 3 seeds");
    expect(page).toContain("Sensitivity: ");
    expect(page.match(/<figure class="table"/g)).toHaveLength(4);
    expect(page.match(/<svg /g)).toHaveLength(8);
    expect(page).toContain("12 of 12 finished");
    expect(page).toContain("node 20.20.2, onnxruntime-node 1.30.0");
  });

  it("loads nothing: no script of elsewhere, no link, no address but the namespaces of SVG", async () => {
    const page = await pageOf(results);
    expect(page).not.toMatch(/<script[^>]* src|<link|<img|@import|url\((?!#|\$)/);
    const addresses = [...page.matchAll(/https?:\/\/[^"'\s<)]+/g)].map(([address]) => address);
    expect(new Set(addresses)).toEqual(
      new Set(["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"]),
    );
  });

  it("has no id twice, so that pictures don't clip each other", async () => {
    const ids = [...(await pageOf(results)).matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    expect(ids.length).toBeGreaterThan(10);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("escapes what people wrote", async () => {
    const evil = `<img src=x onerror=alert(1)> & "co"`;
    const { record } = results;
    const { experiment } = record;
    const page = await pageOf({
      ...results,
      record: {
        ...record,
        experiment: {
          ...experiment,
          title: evil,
          paper: evil,
          variants: experiment.variants.map((variant) => ({ ...variant, label: `${evil} ${variant.name}` })),
        },
      },
    });
    expect(page).not.toContain("<img");
    expect(page).toContain("<h1>&lt;img src=x onerror=alert(1)&gt; &amp; &quot;co&quot;</h1>");
  });

  it("has tables of what models can do, each with how to read it, and none of them where nothing was asked", async () => {
    const asked = withAnswers(results);
    const page = await pageOf(asked);
    expect([...page.matchAll(/<figure class="table" id="([^"]*)"/g)].map(([, id]) => id)).toEqual(
      "table right-table objective-table samples-table cost-table variants runs".split(" "),
    );
    const tableOf = (id: string): string => page.split(`id="${id}-table"`)[1]!.split("</figure>")[0]!;
    expect(tableOf("right")).toContain('data-value="44"');
    expect(tableOf("right")).toContain("chance 25 %");
    expect(tableOf("objective")).toContain("75.0 ±0.0");
    expect(tableOf("objective")).toContain("chance 50 %");
    expect(tableOf("samples")).toContain("4 a question at temperature 1, 10 questions of test");
    expect(page).toContain('<a href="#abilities">');
    expect(page).not.toContain("<b onclick");
    // Said once, where the numbers are.
    expect(page.match(/class="note">Right: /g)).toHaveLength(1);
    const plain = await pageOf(results);
    expect(plain).not.toMatch(/abilities|right-table|chance \d/);
    const several = readFileSync(
      await writeReports(
        [asked, results].map((of) => ({ answer: answerOf(of, []), folder })),
        folder,
      ),
      "utf8",
    );
    expect(several).toContain('id="e1-right-table"');
    expect(several).not.toContain('id="e2-right-table"');
  });

  it("is the same page twice", async () => {
    expect(await pageOf(results)).toBe(await pageOf(results));
  });

  it("says so when nothing has finished", async () => {
    const runs = results.runs.map((run) => ({ ...run, status: "missing" as const, results: null }));
    const page = await pageOf({ ...results, runs, curves: [], load: [], matrices: [] });
    expect(page).toContain("No run has finished yet.");
    expect(page).not.toContain("<svg");
    expect(page).toContain("0 of 12 finished");
  });
});

describe("writeReports", () => {
  it("has an index, each variant across the experiments, and each experiment with ids of its own", async () => {
    const other = madeUpResults(ELEVEN.slice(0, 3), [0, 1]);
    const { record } = other;
    const experiment = { ...record.experiment, name: "other", tier: "quick" };
    const answers = [results, { ...other, record: { ...record, experiment } }].map((each) =>
      answerOf(each, []),
    );
    const path = await writeReports(
      answers.map((answer) => ({ answer, folder })),
      join(folder, "several"),
    );
    const page = readFileSync(path, "utf8");
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
    expect(targets).toEqual(expect.arrayContaining(["across", "e1-top", "e2-top"]));
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
    const across = page.slice(page.indexOf('id="across-table"'), page.indexOf("</table>"));
    expect(across).toContain("made-up (standard), 819K tokens"); // 800 steps x 8 sequences x 128 positions
    expect(across).toContain("other (quick), 819K tokens");
    for (const { summary } of answers) {
      const { relative, verdict } = summary.rows.find(({ variant }) => variant === "attention")!.comparison!;
      const size = (100 * relative.mean).toFixed(2);
      const half = (50 * (relative.high! - relative.low!)).toFixed(2);
      expect(across).toContain(`>+${size} ±${half} ${verdict}</td>`);
    }
    // The fourth variant is in the first experiment alone: its second cell is empty.
    expect(across).toMatch(/attention, scale-matched<\/th>\s*<td[^>]*>[^<]+<\/td>\s*<td[^>]*><\/td>/);
  });
});

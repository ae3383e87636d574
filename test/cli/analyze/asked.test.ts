/** What models answered about text: files, figures and tables, from counts by hand. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { askedOverSeeds, askedRows, type AskedOutcome } from "../../../src/analysis/answers/asked-text.ts";
import { askedTables } from "../../../src/cli/analyze/asked-brief.ts";
import { runCommand } from "../../../src/cli/command.ts";
import { lazyCommands } from "../../../src/cli/program.ts";
import type { ChartSpec } from "../../../src/report/draw/chart-spec.ts";
import type { Renderer } from "../../../src/report/draw/renderer.ts";
import { writeAnalysis } from "../../../src/sweep/analyze/write-analysis.ts";
import { printTables } from "../../../src/tables/print.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** Four questions a cell, of which so many are right. */
const needles = (length: number, depth: number, right: number, said: number): AskedOutcome[] =>
  Array.from({ length: 4 }, (_, index) => ({
    ...({ kind: "needle", domain: null, length, depth } as const),
    ...{ whole: index < right, perByte: index < right, said: index < said },
  }));
const clozes = (domain: string, right: number, perByte: number): AskedOutcome[] =>
  Array.from({ length: 4 }, (_, index) => ({
    ...({ kind: "cloze", domain, length: null, depth: null } as const),
    ...{ whole: index < right, perByte: index < perByte, said: null },
  }));
const rowsOf = (variant: string, seed: number, step: number, outcomes: AskedOutcome[]) =>
  askedRows({ variant, seed, step, trained: 64 * step }, outcomes, 1 / 4, (places) => places.join());
const asked = [
  ...rowsOf("linear", 1, 0, [...needles(64, 0, 1, 0), ...needles(64, 100, 1, 0)]),
  ...rowsOf("linear", 1, 10, [
    ...[
      ...needles(64, 0, 1, 0),
      ...needles(64, 100, 4, 2),
      ...needles(128, 0, 0, 0),
      ...needles(128, 100, 3, 1),
    ],
    ...[...clozes("code", 4, 3), ...clozes("prose", 2, 1)],
  ]),
];
const summary = askedOverSeeds(asked, () => "linear");
const nothing = {
  measures: [],
  pairs: [],
  flows: [],
  matrices: [],
  positions: [],
  gradients: [],
  paired: [],
  samples: [],
};
const expertRow = { variant: "linear", seed: 1, step: 10, trained: 640, layer: 0, domain: "code", expert: 0 };
const analysis = {
  ...nothing,
  asked,
  experts: [{ ...expertRow, tokens: 1, assigned: 1, even: 1 }],
  tokens: 1,
};

it("writes counts, means and a heat map of depth by length, with chance and nothing to compare with", async () => {
  const folder = temporaryFolder();
  const drawn: ChartSpec[] = [];
  const renderer: Renderer = {
    ...{ png: "@napi-rs/canvas", reason: null },
    render: (spec: ChartSpec) => {
      drawn.push(spec);
      return Promise.resolve(Buffer.from(""));
    },
  };
  const labelOf = (): string => "Base 10 000";
  const formats = ["svg"] as const;
  await writeAnalysis(analysis, { folder, formats, labelOf, asked: summary, renderer });
  const lines = (name: string): string[] => readFileSync(join(folder, name), "utf8").trim().split("\n");
  expect(lines("needle.csv").slice(0, 5)).toEqual([
    "variant,steps,tokens_trained,seed,length_tokens,depth_percent,questions,chosen_right,said_right,chance",
    "linear,0,0,1,64,0,4,1,0,0.25",
    "linear,0,0,1,64,,8,2,0,0.25",
    "linear,0,0,1,,,8,2,0,0.25",
    "linear,0,0,1,64,100,4,1,0,0.25",
  ]);
  expect(lines("needle.csv")).toContain("linear,10,640,1,,,16,8,3,0.25");
  expect(lines("cloze.csv")).toEqual([
    "variant,steps,tokens_trained,seed,domain,questions,chosen_right,chosen_per_byte_right,chance",
    ...[
      "linear,10,640,1,code,4,4,3,0.25",
      "linear,10,640,1,all,8,6,4,0.25",
      "linear,10,640,1,prose,4,2,1,0.25",
    ],
  ]);
  const measures = (name: string): Set<string | undefined> =>
    new Set(
      lines(name)
        .slice(1)
        .map((line) => line.split(",").find((cell) => /^(chosen|said)/.test(cell))),
    );
  expect([...measures("needle-over-seeds.csv")]).toEqual(["chosen", "said"]);
  expect([...measures("cloze-over-seeds.csv")]).toEqual(["chosen", "chosen_per_byte"]);
  const [heat] = drawn.filter(({ name }) => name === "needle-linear");
  expect(heat!.caption).toContain("(chance 25 %)");
  expect(heat!.caption).toContain("shows no needle table: there is nothing to compare with");
  const texts = heat!.marks.flatMap((mark) => (mark.kind === "text" ? [mark.text] : []));
  expect(texts.join(" ")).toContain("chosen: chance 25 % 64 128 0 100 25 0 100 75");
  expect(texts.join(" ")).toContain("said by itself: chance nearly 0 64 128 0 100 0 0 50 25");
});

it("prints a short table of each, with chance", () => {
  const printed = printTables(
    askedTables(summary, () => "Base 10 000"),
    "table",
    { columns: 80, color: false },
  );
  // 8 of 16, 3 of 16; at the start 2 of 8; by length 5 of 8 and 3 of 8. Half an exact interval of each.
  expect(printed).toMatch(/Base 10 000 +50\.0 ±25\.3 +25\.0 ±31\.0 +18\.8 ±20\.8 +62\.5 +37\.5/);
  expect(printed).toMatch(/Base 10 000 +75\.0 ±31\.0 +100\.0 +50\.0/);
  expect(printed).toContain("(chance 25 %)");
  expect(printed).not.toContain("points");
});

it("refuses to ask counts", async () => {
  const said = { err: "" };
  const io = {
    stdout: () => undefined,
    stderr: (text: string) => void (said.err += text),
    color: false,
    columns: 80,
  };
  const words = ["analyze", "--counts", "a.json", "--needle", "--cloze"];
  expect(await runCommand(words, lazyCommands, io)).toBe(2);
  for (const flag of ["--needle", "--cloze"])
    expect(said.err).toContain(`${flag}: asks models: it needs a result folder`);
});

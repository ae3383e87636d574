import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { answerOf } from "../../src/report/answer.ts";
import { plotCharts } from "../../src/report/charts/plot-experiment.ts";
import { openRenderer } from "../../src/report/draw/renderer.ts";
import { temporaryFolder } from "../support/folder.ts";
import { ELEVEN, madeUpResults } from "./fixture.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

describe("pictures of an experiment", () => {
  const { charts } = answerOf(madeUpResults(ELEVEN.slice(0, 2), [0, 1]), []);

  it("writes each chart that has data in each format, and nothing else", async () => {
    const renderer = await openRenderer("direct");
    const written = await plotCharts(charts, { folder, formats: ["png", "svg"], renderer });
    const names = ["difference", "slopes", "final-loss", "curves", "effect", "power", "load"];
    const wanted = names.flatMap((name) => [`${name}.png`, `${name}.svg`]);
    expect(written).toEqual(wanted.map((name) => join(folder, name)));
    expect(readdirSync(folder).sort()).toEqual(wanted.sort());
  });

  it("gives the same files again", async () => {
    const [path] = await plotCharts(charts, { folder, formats: ["png"] });
    const before = readFileSync(path!);
    await plotCharts(charts, { folder, formats: ["png"] });
    expect(readFileSync(path!).equals(before)).toBe(true);
  });
});

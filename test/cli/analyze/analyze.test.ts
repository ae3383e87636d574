import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { runCommand } from "../../../src/cli/command.ts";
import { lazyCommands } from "../../../src/cli/program.ts";
import { readKeptFigures } from "../../../src/report/page/kept-figures.ts";
import { writeExperimentFiles } from "../../../src/store/experiment-files.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { example } from "../../tables/example.ts";

async function analyze(...words: string[]) {
  const printed = { out: "", err: "", code: -1 };
  printed.code = await runCommand(["analyze", ...words], lazyCommands, {
    stdout: (text) => void (printed.out += text),
    stderr: (text) => void (printed.err += text),
    ...{ color: false, columns: 80 },
  });
  return printed;
}

it("refuses a request that is none, all at once", async () => {
  const { code, err, out } = await analyze(
    "results/a",
    "--counts",
    "b.json",
    "--tokens",
    "0",
    "--format",
    "gif",
  );
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(
    "analyze: needs one of a result folder, such as results/NAME, --counts FILE and --chosen FILE, not several",
  );
  expect(err).toContain("--tokens 0: must be a whole number of at least 1");
  expect(err).toContain('there is no picture format "gif"');
});

it("says that results alone hold no models", async () => {
  const folder = join(temporaryFolder(), "attention-router");
  writeExperimentFiles(folder, example);
  const { code, err } = await analyze(folder);
  expect(code).toBe(2);
  expect(err).toMatch(
    /has no finished run to look at: linear, seed 1: there is no finished run \S+ in .*runs\. Results alone hold no models/,
  );
  expect((await analyze(folder, "--only", "lineer")).err).toContain('did you mean "linear"?');
  expect(existsSync(join(folder, "routing"))).toBe(false);
});

it("writes tables and figures of counts made elsewhere, each figure with its numbers", async () => {
  const folder = temporaryFolder();
  const out = join(folder, "routing");
  const counts = resolve("test/fixtures/routing/mixtral-counts.json");
  const { code, out: printed } = await analyze("--counts", counts, "--out", out, "--format", "svg");
  expect(code).toBe(0);
  expect(printed).toContain("mixtral-counts  16");
  expect(readdirSync(out).sort()).toEqual([
    ...[
      "domains-mixtral-counts.csv",
      "domains-mixtral-counts.svg",
      "experts.csv",
      "figures.json",
      "flows.csv",
    ],
    ...["measures-over-seeds.csv", "measures.csv", "pairs.csv"],
  ]);
  const lines = readFileSync(join(out, "measures.csv"), "utf8").split("\n");
  expect(lines[0]).toBe("variant,seed,steps,tokens_trained,layer,domain,measure,value,chance,unit");
  const [, , , , , , , share, chance, unit] = lines
    .find((line) => line.includes(",0,GitHub,largest_token_share,"))!
    .split(",");
  expect([(100 * Number(share)).toFixed(1), chance, unit]).toEqual(["32.4", "0.25", "share of tokens"]);
  const svg = readFileSync(join(out, "domains-mixtral-counts.svg"), "utf8");
  for (const text of ["GitHub", "layer 16", "Dashed: an even"]) expect(svg).toContain(text);
  expect(readFileSync(join(out, "figures.json"), "utf8")).toContain(
    "mixtral-counts, 1.04M tokens; dashed: an even load",
  );
  // Where a page looks for them they are found.
  const [kept, ...others] = readKeptFigures(folder);
  expect([kept?.name, kept?.type, others]).toEqual(["domains-mixtral-counts", "image/svg+xml", []]);
});

it("of chosen experts draws co-activation, flow and vocabulary too, and refuses a file with its lines", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "made.jsonl");
  const header = '{"format":1,"experts":4,"layers":[0,1]}';
  const tokens = Array.from({ length: 40 }, (_, t) => {
    const [a, b] = [t % 4, (t + 1) % 4];
    return JSON.stringify({
      experts: [
        [a, b],
        [b, a],
      ],
      domain: t < 20 ? "code" : "text",
      input: t % 4,
    });
  });
  writeFileSync(path, `${[header, ...tokens].join("\n")}\n`);
  const out = join(folder, "made");
  const { code } = await analyze("--chosen", path, "--out", out, "--format", "svg");
  expect(code).toBe(0);
  const pictures = readdirSync(out).filter((name) => name.endsWith(".svg"));
  expect(pictures.sort()).toEqual([
    "co-activation-made.svg",
    "domains-made.svg",
    "flow-made.svg",
    "vocabulary.svg",
  ]);
  writeFileSync(path, `${header}\n{"experts":[[0,1],[4,2]]}\n`);
  const refused = await analyze("--chosen", path, "--out", out);
  expect([refused.code, refused.err]).toEqual([2, `error: ${path}:2: layer 1: expert 4 is none of 0 to 3\n`]);
});

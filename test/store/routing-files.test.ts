import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatProblem, InputError } from "../../src/core/errors.ts";
import { routingJsonSchemas } from "../../src/store/routing-files/format.ts";
import { readChosen } from "../../src/store/routing-files/read-chosen.ts";
import { readCounts } from "../../src/store/routing-files/read-counts.ts";
import { temporaryFolder } from "../support/folder.ts";

function file(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** What is said of a file, without its folder. */
function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError)
      return error.problems.map((one) => formatProblem(one).replace(/^.*\//, "")).join("\n");
    throw error;
  }
  return "";
}

const HEAD = '{"format":1,"experts":4,"layers":[0,7],"expertsPerToken":2}\n';

describe("chosen experts", () => {
  it("of JSON lines", () => {
    const path = file(
      "a.jsonl",
      `${HEAD}{"experts":[[3,0],[1,2]],"domain":"code","input":5,"next":6}\n\n{"experts":[[1,2],[0,3]],"domain":"text","input":6,"next":5}\n`,
    );
    const { experts, domains, domain, ids, layers } = readChosen(path, null);
    expect([experts, domains, [...domain]]).toEqual([4, ["code", "text"], [0, 1]]);
    expect(Object.entries(ids).map(([kind, list]) => [kind, [...list]])).toEqual([
      ["input", [5, 6]],
      ["next", [6, 5]],
    ]);
    expect(layers.map(({ layer, first, expert }) => [layer, [...first], [...expert]])).toEqual([
      [0, [0, 2, 4], [3, 0, 1, 2]],
      [7, [0, 2, 4], [1, 2, 0, 3]],
    ]);
  });
  it("of CSV, where experts differ in number, and without domains", () => {
    const path = file("a.csv", "layer_0,layer_7,input\n3 0,1,5\n,2 3,6\n");
    const { domains, layers } = readChosen(path, 4);
    expect(domains).toEqual(["text"]);
    expect(layers.map(({ first }) => [...first])).toEqual([
      [0, 2, 2],
      [0, 1, 3],
    ]);
    expect(refusal(() => readChosen(path, null))).toContain(
      "a.csv:1: a CSV file does not say how many experts there are; add --experts <n>",
    );
  });
  it.each([
    ["ragged", '{"experts":[[3,0]]}\n', "a.jsonl:2: has experts of 1 layers where the header has 2"],
    ["too few", '{"experts":[[3],[1,2]]}\n', "a.jsonl:2: layer 0: 1 experts where the header says 2"],
    ["out of range", '{"experts":[[3,0],[1,4]]}\n', "a.jsonl:2: layer 7: expert 4 is none of 0 to 3"],
    ["negative", '{"experts":[[3,-1],[1,2]]}\n', "a.jsonl:2: layer 0: expert -1 is none of 0 to 3"],
    ["no number", '{"experts":[["3",0],[1,2]]}\n', "a.jsonl:2: layer 0: expert 3 is none of 0 to 3"],
    ["twice", '{"experts":[[3,0],[1,1]]}\n', "a.jsonl:2: layer 7: expert 1 is there twice"],
    [
      "cut off",
      '{"experts":[[3,0],[1,2]]}\n{"experts":[[3,0],[1,',
      "a.jsonl:3: is no JSON: the file was cut off",
    ],
    [
      "other ids",
      '{"experts":[[3,0],[1,2]],"next":1}\n{"experts":[[3,0],[1,2]]}\n',
      "a.jsonl:3: has no ids where the first token has next",
    ],
    [
      "a field too many",
      '{"experts":[[3,0],[1,2]],"token":1}\n',
      "a.jsonl:2: has token; fields are experts, domain, input, predicted, next",
    ],
    [
      "an id that is none",
      '{"experts":[[3,0],[1,2]],"input":4294967296}\n',
      "a.jsonl:2: input must be the number of a token",
    ],
    ["nothing", "", "a.jsonl: has a header, and no token"],
  ])("refuses %s", (_, lines, message) => {
    expect(refusal(() => readChosen(file("a.jsonl", HEAD + lines), null))).toBe(message);
  });
  it("stops after ten lines that are wrong", () => {
    const said = refusal(() => readChosen(file("a.jsonl", HEAD + '{"experts":[]}\n'.repeat(99)), null)).split(
      "\n",
    );
    expect(said).toHaveLength(11);
    expect(said.at(-1)).toBe("a.jsonl: was read no further: these are enough");
  });
  it("says how a header looks", () => {
    expect(refusal(() => readChosen(file("a.jsonl", '{"experts":4}\n'), null))).toContain(
      'it is like {"format": 1, "experts": 64, "layers": [0, 7, 15]}',
    );
  });
});

describe("counts", () => {
  const json = (counts: string, tokens = 9): string =>
    `{"format":1,"experts":3,"layers":[{"layer":2,"domains":[{"domain":"code","tokens":${tokens},"counts":${counts}}]}]}`;
  it("of JSON and of CSV are the same", () => {
    const counted = {
      experts: 3,
      layers: [{ layer: 2, domains: [{ domain: "code", tokens: 9, assigned: [4, 0, 5] }] }],
    };
    expect(readCounts(file("a.json", json("[4,0,5]")))).toEqual(counted);
    const csv = "layer,domain,tokens,expert,count\n2,code,9,2,5\n2,code,9,0,4\n2,code,9,1,0\n";
    expect(readCounts(file("a.csv", csv))).toEqual(counted);
  });
  it.each([
    ["[4,0]", /^a\.json:1:\d+: layers\.0\.domains\.0\.counts: has 2 counts where there are 3 experts$/],
    ["[4,-1,5]", /layers\.0\.domains\.0\.counts\.1/],
    ["[4,0,10]", /expert 2 has 10 of 9 tokens: no token has an expert twice/],
    ["[0,0,0]", /has no assignment at all/],
    ["[4,0,5", /a\.json:1:\d+/],
  ])("of JSON refuses %s", (counts, message) => {
    expect(refusal(() => readCounts(file("a.json", json(counts))))).toMatch(message);
  });
  it.each([
    ["2,code,9,0,4\n2,code,9,0,1\n", "a.csv:3: expert 0 of code in layer 2 is there twice"],
    ["2,code,9,0,4\n2,code,8,1,1\n", "a.csv:3: 8 tokens of code in layer 2, 9 before"],
    ["2,code,9,0,4\n2,code,9,2,1\n", "a.csv:2: expert 1 of code in layer 2 has no row; write 0 for none"],
    [
      "2,code,9,0,-4\n2,code,9,1,1\n",
      'a.csv:2: "2,code,9,0,-4" is not layer,domain,tokens,expert,count with numbers from 0',
    ],
    [
      "2,code,9,0,4\n2,code,9",
      'a.csv:3: "2,code,9" is not layer,domain,tokens,expert,count with numbers from 0: the file was cut off',
    ],
  ])("of CSV refuses %j", (rows, message) => {
    expect(refusal(() => readCounts(file("a.csv", `layer,domain,tokens,expert,count\n${rows}`)))).toContain(
      message,
    );
  });
});

it("the JSON Schemas are the committed ones (node scripts/schema.mjs writes them)", () => {
  for (const [name, schema] of Object.entries(routingJsonSchemas())) {
    const committed: unknown = JSON.parse(readFileSync(`schema/${name}`, "utf8"));
    expect(JSON.parse(JSON.stringify(schema))).toEqual(committed);
  }
});

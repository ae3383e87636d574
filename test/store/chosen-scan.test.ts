/** The quick way through a file of chosen experts is the way of JSON.parse: the same decisions, the same complaints. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { streamOf } from "../../src/core/streams.ts";
import { readChosen } from "../../src/store/routing-files/read-chosen.ts";
import { tokenScanner } from "../../src/store/routing-files/scan-token.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
const HEADER = { format: 1, experts: 6, layers: [0, 3] } as const;
const FIXED = { ...HEADER, expertsPerToken: 2 } as const;

/** What a file gives or what is said of it. */
function outcome(lines: readonly (string | Buffer)[]): unknown {
  const path = join(folder, "tokens.jsonl");
  writeFileSync(path, Buffer.concat(lines.map((line) => Buffer.from(line))));
  try {
    const { ids, ...decisions } = readChosen(path, null);
    return { ...decisions, ids: Object.entries(ids) };
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
}

/** The same line that no quick way takes: a tab is white space for JSON and none that programs write. */
const slowly = (line: string | Buffer): Buffer => Buffer.concat([Buffer.from("\t"), Buffer.from(line)]);

function isScanned(line: string, header: typeof HEADER | typeof FIXED = HEADER): boolean {
  const bytes = Buffer.from(line);
  return (
    tokenScanner({ ...header, layers: [...header.layers] })({
      ...{ number: 1, bytes, start: 0, end: bytes.length, isWhole: true },
    }) !== null
  );
}

const GOOD = [
  '{"experts":[[3,0],[1,2]],"domain":"code","input":5,"predicted":7,"next":2147483647}',
  '{"experts": [[3, 0], [1, 2]], "domain": "a b", "input": 0}',
  '{ "next" : 1 , "experts" : [ [ 3 ] , [ ] ] }',
  '{"experts":[[],[]]}',
  '{"experts":[[5,4,3,2,1,0],[0]]}\r',
];

const HOSTILE = [
  ...["", " ", "{}", "[]", "null", "{", "}", '{"experts"', '{"experts":', '{"experts":[[', "\u{feff}{}"],
  ...['{"domain""input":5,"experts":[[1],[2]]}', '{"experts""domain":[[1],[2]]}', '{,"experts":[[1],[2]]}'],
  ...[
    '{"experts":[[1],[2]],}',
    '{"experts":[[1],[2]]}}',
    '{"experts":[[1],[2]]} x',
    '{"experts":[[1,],[2]]}',
  ],
  ...['{"experts":[[,1],[2]]}', '{"experts":[[1] [2]]}', '{"experts":[[1],[2],[3]]}', '{"experts":[[1]]}'],
  ...[
    '{"experts":[[01],[2]]}',
    '{"experts":[[1.0],[2]]}',
    '{"experts":[[1e0],[2]]}',
    '{"experts":[[-0],[2]]}',
  ],
  ...[
    '{"experts":[[+1],[2]]}',
    '{"experts":[[6],[2]]}',
    '{"experts":[[1,1],[2]]}',
    '{"experts":[[99999999999999],[2]]}',
  ],
  ...[
    '{"experts":[["1"],[2]]}',
    '{"experts":[[null],[2]]}',
    '{"experts":[[[1]],[2]]}',
    '{"experts":{"0":[1]}}',
  ],
  ...['{"experts":[[1],[2]],"experts":[[3],[4]]}', '{"input":1,"input":2,"experts":[[1],[2]]}'],
  ...['{"domain":"a","domain":"b","experts":[[1],[2]]}', '{"experts":[[1],[2]],"domain":""}'],
  ...[
    '{"experts":[[1],[2]],"domain":null}',
    '{"experts":[[1],[2]],"domain":5}',
    '{"experts":[[1],[2]],"token":1}',
  ],
  ...[
    '{"experts":[[1],[2]],"domain":"caf\u00e9"}',
    '{"experts":[[1],[2]],"domain":"a\\u0062"}',
    '{"experts":[[1],[2]],"domain":"a\tb"}',
  ],
  ...[
    '{"experts":[[1],[2]],"domain":"a',
    '{"experts":[[1],[2]],"input":2147483648}',
    '{"experts":[[1],[2]],"input":-1}',
  ],
  ...[
    '{"experts":[[1],[2]],"input":1.5}',
    '{"experts":[[1],[2]],"input":"1"}',
    '{"experts":[[1],[2]],"input":007}',
  ],
  ...[
    '{"__proto__":1,"experts":[[1],[2]]}',
    '{"experts":[[1],\n[2]]}',
    '{"ex\\u0070erts":[[1],[2]]}',
    "\u00a0",
  ],
];

it("takes what programs write, and none of the rest", () => {
  for (const line of GOOD) expect([line, isScanned(line)]).toEqual([line, true]);
  for (const line of HOSTILE) expect([line, isScanned(line)]).toEqual([line, false]);
  expect(isScanned(GOOD[0]!, FIXED)).toBe(true);
  expect(isScanned(GOOD[2]!, FIXED)).toBe(false);
});

describe.each([HEADER, FIXED])("with the header %j", (header) => {
  const head = `${JSON.stringify(header)}\n`;
  it.each([...GOOD, ...HOSTILE])("says the same of %j", (line) => {
    const other = '{"experts":[[1,2],[2,3]],"domain":"x"}\n';
    for (const lines of [[`${line}\n`], [line], [`${line}\n`, other], [other, `${line}\n`]]) {
      expect(outcome([head, ...lines])).toEqual(outcome([head, ...lines.map(slowly)]));
    }
  });

  it("says the same of hundreds of lines with bytes changed, dropped or doubled", () => {
    const stream = streamOf(0, "test", "hostile lines");
    const letters = Buffer.from('{}[],:" \\0123456789eE.-\t\rexprtsdomaincubnw\u00e9', "utf8");
    for (let trial = 0; trial < 400; trial++) {
      const line = Buffer.from(GOOD[stream.integer(GOOD.length)]!);
      const at = stream.integer(line.length);
      const letter = letters.subarray(stream.integer(letters.length)).subarray(0, 1);
      const [kept, cut] = [[1, 1, 0, 1][stream.integer(4)]!, stream.integer(3)];
      const rest = line.subarray(Math.min(line.length, at + cut));
      const changed = Buffer.concat([line.subarray(0, at), kept === 1 ? letter : Buffer.alloc(0), rest]);
      const feed = stream.integer(8) === 0 ? "" : "\n";
      const lines = [Buffer.concat([changed, Buffer.from(feed)])];
      const found = outcome([head, ...lines]);
      expect([changed.toString(), found]).toEqual([
        changed.toString(),
        outcome([head, ...lines.map(slowly)]),
      ]);
    }
  });
});

it("reads lines across the blocks in which a file is read, and one that is longer than a block", () => {
  const token = (t: number): string =>
    `{"experts":[[${t % 6}],[${(t + 1) % 6}]],"domain":"d${t % 3}","input":${t}}\n`;
  const tokens = Array.from({ length: 40_000 }, (_, t) => token(t));
  const long = `{"experts":[[0],[1]],${" ".repeat(3 << 20)}"domain":"d0","input":40000}\n`;
  const lines = [`${JSON.stringify(HEADER)}\n`, ...tokens, long];
  const found = outcome(lines) as { domain: Uint16Array; ids: [string, Int32Array][] };
  expect(found.domain).toHaveLength(40_001);
  expect(found.ids[0]![1]).toEqual(Int32Array.from({ length: 40_001 }, (_, t) => t));
  expect(found).toEqual(outcome([lines[0]!, ...lines.slice(1).map(slowly)]));
});

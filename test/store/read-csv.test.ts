import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { readCsv } from "../../src/store/read-csv.ts";
import { temporaryFolder } from "../support/folder.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

function read(text: string) {
  const path = join(folder, "file.csv");
  writeFileSync(path, text);
  const { columns, rows } = readCsv(path, [], "write it again");
  return {
    columns,
    lines: rows.map(({ where }) => Number(where.slice(path.length + 1))),
    cells: rows.map((row) => columns.map((column) => row.optionalText(column) ?? "")),
  };
}

/** The slow route: csv-parse, whose `info.lines` is the line that a record ends on. */
function byCsvParse(text: string) {
  const records = parse(text, { bom: true, info: true, skip_empty_lines: true }) as unknown as {
    record: string[];
    info: { lines: number };
  }[];
  return {
    columns: records[0]?.record,
    lines: records.slice(1).map(({ info }) => info.lines),
    cells: records.slice(1).map(({ record }) => record),
  };
}

describe("readCsv reads as csv-parse does", () => {
  it.each([
    ["plain cells", "a,b\n1,2\n3,4\n"],
    ["no line end at the end", "a,b\n1,2\n3,4"],
    ["empty lines and cells", "a,b\n\n,\n\n 1 ,2\n"],
    ["commas and quotes in quotes", 'a,b\n"linear, training.steps=400",1\n"say ""no""","x"\n,""\n'],
    ["quotes around nothing but a line's last cell", 'a,b\n1,""\n"",2\n'],
    ["a line end in quotes", 'a,b\n"x\ny",2\n3,4\n'],
    ["line ends of Windows", 'a,b\r\n1,2\r\n"3",4\r\n'],
    ["a byte order mark", "\uFEFFa,b\n1,2\n"],
  ])("%s", (_, text) => {
    expect(read(text)).toEqual(byCsvParse(text));
  });

  it("what csv-stringify writes, whatever is in it", () => {
    const hard = ["", ",", '"', '""', "a b", '",', "\n", "é", "'x"];
    const rows = hard.flatMap((one) => hard.map((other) => [one, other, "1"]));
    const text = stringify([["a", "b", "c"], ...rows]);
    expect(read(text).cells).toEqual(rows);
    // Without line ends in cells the fast route takes it.
    const plain = rows.filter((row) => !row.includes("\n"));
    const written = stringify([["a", "b", "c"], ...plain]);
    expect(read(written).cells).toEqual(plain);
    expect(read(written).lines).toEqual(plain.map((_, index) => index + 2));
  });
});

describe("readCsv refuses", () => {
  it.each([
    ["rows of another length", "a,b\n1,2\n3\n", /file\.csv:3.*is not CSV/],
    ["a quote that does not end", 'a,b\n"1,2\n', /is not CSV/],
    ["a quote inside a cell", 'a,b\n1"2,3\n', /file\.csv:2.*is not CSV/],
    ["an empty file", "", /is empty/],
  ])("%s", (_, text, message) => {
    expect(() => read(text)).toThrow(InputError);
    expect(() => read(text)).toThrow(message);
  });
});

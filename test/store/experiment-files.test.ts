import { readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { csvCell, csvText } from "../../src/store/csv.ts";
import { readExperimentFiles, writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { temporaryFolder } from "../support/folder.ts";
import { example } from "../tables/example.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** The message of reading the folder after one file was changed. */
function messageAfter(file: string, change: (text: string) => string): string {
  writeExperimentFiles(folder, example);
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file), "utf8")));
  return messageOfReading(folder);
}

function messageOfReading(path: string): string {
  try {
    readExperimentFiles(path);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message.replaceAll(path, "DIR");
  }
  throw new Error("it was read without complaint");
}

describe("round trip", () => {
  it("every number, empty cell and odd name comes back", () => {
    writeExperimentFiles(folder, example);
    expect(readExperimentFiles(folder)).toEqual(example);
  });
  it("routing during training comes back; folders of older versions have none", () => {
    const [run] = example.runs;
    const row = { seed: 1, step: 20, tokens: 20_480, layer: 1, expert: 3, share: 0.1 + 0.2 };
    const routing = [{ variant: run!.variant, ...row }];
    writeExperimentFiles(folder, { ...example, routing });
    expect(readExperimentFiles(folder).routing).toEqual(routing);
    rmSync(join(folder, "routing.csv"));
    expect(readExperimentFiles(folder).routing).toBeUndefined();
  });
  it("writes the same bytes again", () => {
    writeExperimentFiles(folder, example);
    const files = ["experiment.json", "runs.csv", "curves.csv", "load.csv", "matrices.csv"];
    const before = files.map((file) => readFileSync(join(folder, file), "utf8"));
    writeExperimentFiles(folder, readExperimentFiles(folder));
    expect(files.map((file) => readFileSync(join(folder, file), "utf8"))).toEqual(before);
  });
  it("survives the line ends of another system, and a byte order mark", () => {
    writeExperimentFiles(folder, example);
    for (const file of ["runs.csv", "matrices.csv"]) {
      const text = readFileSync(join(folder, file), "utf8");
      writeFileSync(join(folder, file), `\ufeff${text.replaceAll("\n", "\r\n")}`);
    }
    expect(readExperimentFiles(folder)).toEqual(example);
  });
  it("numbers are exact and text is never a formula", () => {
    for (const value of [0.1 + 0.2, 1e-300, 5e-324, 1.7976931348623157e308, -0, 123456789012345680000]) {
      expect(Object.is(Number(csvCell(value)), value)).toBe(true);
    }
    for (const text of ["=1", "+1", "-1", "@x", "'=1", "''=1", "'plain", "plain", "\t=", ""]) {
      expect(csvText(csvCell(text))).toBe(text);
      expect(csvCell(text)).not.toMatch(/^[=+\-@\t\r]/);
    }
  });
});

describe("what can't be read says where, what and what to do", () => {
  it("missing, foreign and mistaken folders", () => {
    expect(messageOfReading(join(folder, "none"))).toBe(
      "DIR: no such folder; `moe-lab run experiments/NAME.json` makes results/NAME",
    );
    expect(messageOfReading(folder)).toContain("DIR: has no experiment.json, so it is no result folder");
    writeExperimentFiles(join(folder, "one"), example);
    expect(messageOfReading(folder)).toContain(
      "holds the results of several experiments; name one of them: DIR/one",
    );
    mkdirSync(join(folder, "run"));
    writeFileSync(join(folder, "run", "run.json"), "{}");
    expect(messageOfReading(join(folder, "run"))).toContain("is a single run");
    expect(messageOfReading(join(folder, "run", "run.json"))).toContain("is a file");
  });
  it("a missing file", () => {
    writeExperimentFiles(folder, example);
    rmSync(join(folder, "runs.csv"));
    expect(messageOfReading(folder)).toBe(
      "DIR/runs.csv: does not exist; `moe-lab run` on the experiment file of attention-router writes it again",
    );
  });
  it("experiment.json cut off, or of another kind", () => {
    expect(messageAfter("experiment.json", (text) => text.slice(0, 300))).toMatch(
      /^DIR\/experiment\.json:\d+:\d+: /,
    );
    const other = messageAfter("experiment.json", () => '{\n "format": 2\n}');
    expect(other).toMatch(/^DIR\/experiment\.json:2:\d+: format: is no record of an experiment/);
    const wrong = messageAfter("experiment.json", (text) => text.replace('"width": 64', '"width": "64"'));
    expect(wrong).toMatch(
      /^DIR\/experiment\.json:\d+:\d+: experiment\.variants\.0\.settings\.model\.width: /,
    );
  });
  it("damaged rows, with their line", () => {
    // Line 1 is the header, line 2 the baseline's seed 1.
    expect(messageAfter("runs.csv", (text) => text.replace("1.5,2.16", "1.5x,2.16"))).toContain(
      'DIR/runs.csv:2: validation_loss_nats is "1.5x", which is no number',
    );
    expect(messageAfter("runs.csv", (text) => text.replace("linear-2,finished", "linear-2,done"))).toContain(
      'DIR/runs.csv:3: status is "done", not one of running',
    );
    expect(messageAfter("runs.csv", (text) => text.replace("\nattention,1", "\nother,1"))).toContain(
      'DIR/runs.csv:5: variant "other" is not in experiment.json',
    );
    expect(messageAfter("curves.csv", (text) => text.replace("step", "stop"))).toContain(
      "DIR/curves.csv:1: has no column step",
    );
    expect(messageAfter("load.csv", (text) => `${text}linear,1\n`)).toMatch(/^DIR\/load\.csv:4: is not CSV/);
    expect(messageAfter("load.csv", () => "")).toContain("DIR/load.csv: is empty");
    expect(messageAfter("runs.csv", (text) => text.replace(/,1\.5,2\.16[0-9]*,/, ",,,"))).toContain(
      "DIR/runs.csv:2: validation_loss_nats is empty",
    );
    const without = (line: string) =>
      messageAfter("matrices.csv", (text) => text.replace(`attention,correlation,${line}\n`, ""));
    expect(without("1,0,0,0.1")).toContain(
      "DIR/matrices.csv:2: row 0, column 1 of matrix correlation is out of order",
    );
    expect(without("1,0,1,0.9")).toContain("DIR/matrices.csv: a row of matrix correlation is shorter");
  });
});

import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runGc, runVerify } from "../../src/cli/verify.ts";
import { remakeResults } from "../../src/report/remake.ts";
import { writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { acquireLock } from "../../src/store/holding/lock.ts";
import { inspectRun } from "../../src/store/read-run.ts";
import { openRun } from "../../src/store/write-run.ts";
import { PROVENANCE, finalResults, metricRow, planOf, temporaryFolder } from "../support/runs.ts";
import { example } from "../tables/example.ts";

/** An output folder with a finished run and the results of an experiment. */
function output(): { readonly out: string; readonly run: string } {
  const out = temporaryFolder();
  const opened = openRun(join(out, "runs"), planOf(), PROVENANCE);
  if (opened.kind !== "open") throw new Error(opened.kind);
  opened.run.appendMetrics(metricRow(1));
  opened.run.end({ status: "finished", stepsDone: 1, results: finalResults(), load: [[1]], matrices: [] });
  writeExperimentFiles(join(out, "example"), example);
  return { out, run: opened.run.folder };
}

async function call(act: (io: Parameters<typeof runVerify>[1]) => number | Promise<number>): Promise<{
  readonly code: number;
  readonly text: string;
}> {
  let text = "";
  const io = {
    stdout: (part: string) => void (text += part),
    stderr: () => undefined,
    color: false,
    columns: 100,
  };
  const code = await act(io);
  return { code, text };
}

test("verify: whole folders, then a damaged run and a damaged result folder by file, exit code 1", async () => {
  const { out, run } = output();
  const verify = (): ReturnType<typeof call> =>
    call((io) => runVerify({ folder: out, seal: false, repair: false, json: false }, io));
  expect(await verify()).toEqual({
    code: 0,
    text: "2 folders: 1 whole, 1 unsealed (of older versions), 0 not finished, 0 damaged\n",
  });
  writeFileSync(join(run, "metrics.csv"), "step\n");
  rmSync(join(out, "example", "runs.csv"));
  const { code, text } = await verify();
  expect(code).toBe(1);
  expect(text).toContain(`${run}: metrics.csv has 0 rows where it was sealed with 1`);
  expect(text).toMatch(/example: .*runs\.csv: does not exist/);
  expect(text).toContain("0 not finished, 2 damaged");
});

test("verify --seal: a run of a version without seals is sealed as it is", async () => {
  const { out, run } = output();
  rmSync(join(run, "seal.json"));
  const record = readFileSync(join(run, "run.json"), "utf8");
  writeFileSync(join(run, "run.json"), record.replace(',\n  "sealed": true', ""));
  expect(inspectRun(run).isSealed).toBe(false);
  const options = { folder: out, seal: true, repair: false, json: false };
  expect((await call((io) => runVerify(options, io))).code).toBe(0);
  expect(inspectRun(run).isSealed).toBe(true);
});

test("gc says what it would remove, removes that only, and leaves what somebody works on", async () => {
  const { out, run } = output();
  const old = new Date(Date.now() - 7_200_000);
  mkdirSync(join(run, "checkpoint"));
  const litter = ["metrics.csv.1a2b3c4d.tmp", "run.json.damaged", "checkpoint/step-00000001.safetensors"].map(
    (name) => join(run, name),
  );
  const fresh = join(run, "run.json.5e6f7a8b.tmp");
  for (const path of [...litter, fresh]) writeFileSync(path, "1234");
  for (const path of litter) utimesSync(path, old, old);
  const gc = async (remove: boolean): Promise<string> =>
    (await call((io) => runGc({ folder: out, remove, json: false }, io))).text;
  for (const path of litter) expect(await gc(false)).toContain(path);
  expect(await gc(false)).toContain("3 files, 12B would go");
  expect(litter.every(existsSync)).toBe(true);
  const lock = acquireLock(run);
  expect(await gc(true)).toContain("0 files");
  if (!("host" in lock)) lock.release({ remove: true });
  expect(await gc(true)).toContain("3 files, 12B removed");
  expect(litter.some(existsSync)).toBe(false);
  expect(existsSync(fresh)).toBe(true);
  expect(inspectRun(run)).toMatchObject({ isSealed: true, damage: [] });
});

test("verify --repair makes pictures and summaries again, and leaves damaged numbers to `run`", async () => {
  const { out } = output();
  const folder = join(out, "example");
  expect(await remakeResults(folder)).toBe(true); // Whole and sealed now, with pictures.
  const whole = readFileSync(join(folder, "difference.png"));
  const repair = (): ReturnType<typeof call> =>
    call((io) => runVerify({ folder, seal: false, repair: true, json: false }, io));
  writeFileSync(join(folder, "difference.png"), "none");
  rmSync(join(folder, "summary.md"));
  expect((await repair()).code).toBe(0);
  expect(readFileSync(join(folder, "difference.png")).equals(whole)).toBe(true);
  expect(existsSync(join(folder, "summary.md"))).toBe(true);
  writeFileSync(join(folder, "runs.csv"), "variant\n");
  expect((await repair()).code).toBe(1);
  expect(readFileSync(join(folder, "runs.csv"), "utf8")).toBe("variant\n");
});

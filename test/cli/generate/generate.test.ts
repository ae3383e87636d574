import { beforeEach, expect, test } from "vitest";
import { runGenerate, type GenerateOptions } from "../../../src/cli/generate/generate.ts";
import type { CommandIO } from "../../../src/cli/io.ts";
import type { Settings } from "../../../src/config/settings.ts";
import { InputError } from "../../../src/core/errors.ts";
import { keepTokenizer } from "../../../src/data/tokenizers/tokenizer-file.ts";
import { bpeTokenizer } from "../../../src/data/tokenizers/bpe-tokenizer.ts";
import { logitsProgram, DECODING } from "../../../src/model/decoding-programs.ts";
import { initialParameters } from "../../../src/model/parameters.ts";
import { modelSpec } from "../../../src/model/spec.ts";
import { shippedRouters } from "../../../src/routers/index.ts";
import { identityOf } from "../../../src/store/identity.ts";
import { runsFolderOf } from "../../../src/store/read-run.ts";
import { openRun } from "../../../src/store/write-run.ts";
import { engines } from "../../support/engines.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { finalResults, metricRow, planOf, PROVENANCE } from "../../support/runs.ts";
import { tinySettings } from "../../support/tiny.ts";

let text: { stdout: string; stderr: string };
const io: CommandIO = {
  stdout: (more) => void (text.stdout += more),
  stderr: (more) => void (text.stderr += more),
  color: false,
  columns: 80,
};
let results: string;
beforeEach(() => {
  text = { stdout: "", stderr: "" };
  results = temporaryFolder();
});

const DOMAIN = { name: "d", corpus: null, task: null, files: [], weight: 1, validationWeight: null };
const DATA: Partial<Settings["data"]> = { sequenceLength: 12, domains: [DOMAIN] };
const SETTINGS = tinySettings({ data: DATA });

/** A finished run at random weights, and its folder. */
function madeRun(
  settings = SETTINGS,
  vocabulary = 256,
  status: "finished" | "interrupted" = "finished",
): string {
  const routerName = settings.router.name;
  const identity = identityOf(settings, 1, { routerName, dataHash: "data", routerHash: null, parent: null });
  const opened = openRun(runsFolderOf(results), { ...planOf(), identity }, PROVENANCE);
  if (opened.kind !== "open") throw new Error(opened.kind);
  const { run } = opened;
  run.appendMetrics(metricRow(7));
  run.appendRouting(7, [[1]]);
  const { parameters } = modelSpec(settings, shippedRouters.get(routerName)!, vocabulary);
  const tensors = Object.fromEntries(
    Object.entries(initialParameters(parameters, settings, 1)).map(([name, values]) => [
      `parameters/${name}`,
      { shape: parameters[name]!.shape, values },
    ]),
  );
  run.checkpoint({ step: 7, tensors });
  run.end(
    status === "interrupted"
      ? { status, stepsDone: 7 }
      : { status, stepsDone: 10, results: finalResults(), load: [[1]], matrices: [] },
  );
  return run.folder;
}

const call = (run: string, change: Partial<GenerateOptions> = {}): Promise<number> =>
  runGenerate(
    {
      run,
      prompt: "ab",
      tokens: null,
      temperature: null,
      seed: null,
      results,
      router: null,
      json: true,
      ...change,
    },
    io,
  );

async function said(
  run: string,
  change: Partial<GenerateOptions> = {},
): Promise<{ tokens: number[]; text: string; isEnded: boolean }> {
  text.stdout = "";
  expect(await call(run, change)).toBe(0);
  return JSON.parse(text.stdout) as { tokens: number[]; text: string; isEnded: boolean };
}

async function problemsOf(run: string, change: Partial<GenerateOptions>): Promise<string> {
  const refusal = call(run, change);
  await expect(refusal).rejects.toThrow(InputError);
  expect(text.stdout).toBe("");
  return refusal.then(String, (error: unknown) => (error as Error).message);
}

test("says the most probable bytes, as many as a sequence has room for, by whole passes worked out here", async () => {
  const folder = madeRun();
  const spec = modelSpec(
    { ...SETTINGS, data: { ...SETTINGS.data, batchSequences: 1 } },
    shippedRouters.get("linear")!,
    256,
  );
  const engine = engines[1]!;
  const executable = await engine.compile(logitsProgram(spec));
  const parameters = Object.entries(initialParameters(spec.parameters, SETTINGS, 1));
  const inputs = Object.fromEntries(parameters.map(([name, values]) => [`parameters/${name}`, values]));
  const bytes = [...Buffer.from("ab")];
  while (bytes.length < 13) {
    const padded = Int32Array.from({ length: 12 }, (_, at) => bytes[at] ?? 0);
    const logits = (await executable.run({ ...inputs, "batch/inputs": padded }))[DECODING.logits]!;
    const row = Array.from(logits.subarray((bytes.length - 1) * 256, bytes.length * 256));
    bytes.push(row.indexOf(Math.max(...row)));
  }
  await executable.dispose();
  const answer = await said(folder);
  expect(answer.tokens).toEqual(bytes.slice(2));
  expect(answer.text).toBe(Buffer.from(bytes.slice(2)).toString("utf8"));
  expect((await said(folder, { tokens: "3" })).tokens).toEqual(bytes.slice(2, 5));
});

test("prints the text on stdout and how it was said on stderr", async () => {
  const folder = madeRun();
  expect(await call(folder, { json: false, tokens: "2" })).toBe(0);
  expect(text.stdout).toMatch(/^[^]+\n$/);
  expect(text.stderr).toMatch(
    /^linear-s1-\w+: 2 tokens, the most probable ones; \d+ tokens\/s, keys and values kept\n$/,
  );
});

test("draws by temperature and seed: the same again, others from another seed", async () => {
  const folder = madeRun();
  const draw = async (seed: string): Promise<number[]> =>
    (await said(folder, { temperature: "1.5", seed })).tokens;
  const first = await draw("7");
  expect(await draw("7")).toEqual(first);
  expect(await draw("8")).not.toEqual(first);
});

test("a model of byte pairs gets and gives tokens of its own tokenizer", async () => {
  const tokenizer = bpeTokenizer([
    [97, 98],
    [256, 99],
  ]);
  const settings = { ...SETTINGS, data: { ...SETTINGS.data, vocabulary: 258 } };
  const folder = madeRun(settings, 258);
  expect(await problemsOf(folder, {})).toContain("has no tokenizer.json, though its tokens are byte pairs");
  keepTokenizer(folder, tokenizer);
  // "abc" is one token, so twelve can follow; as bytes it would be three.
  const answer = await said(folder, { prompt: "abc" });
  expect(answer.tokens).toHaveLength(12);
  expect(answer.text).toBe(Buffer.from(tokenizer.decode(answer.tokens)).toString("utf8"));
});

test("a model of instructions ends its answers with a line feed", async () => {
  const domains = [{ ...DOMAIN, corpus: "sorting" }];
  const model = tinySettings({ data: { ...DATA, domains } });
  // Random weights say line feeds sooner or later.
  const seeds = Array.from({ length: 40 }, (_, seed) => String(seed));
  const folder = madeRun(model);
  for (const seed of seeds) {
    const { tokens, isEnded } = await said(folder, { temperature: "3", seed });
    expect(tokens).not.toContain(10);
    expect(isEnded).toBe(tokens.length < 11);
  }
});

test("a router that looks at the whole text is asked by whole texts", async () => {
  const folder = madeRun(tinySettings({ router: { name: "round-robin" }, data: DATA }));
  await call(folder, { json: false, tokens: "1" });
  expect(text.stderr).toContain("by whole sequences, as its router must");
});

test("everything that is wrong with the request, at once", async () => {
  const folder = madeRun();
  const name = folder.split("/").at(-1)!;
  const asked = { prompt: "", tokens: "0", temperature: "hot", seed: "1.5" };
  const message = await problemsOf(`${name}x`, asked);
  expect(message.split("\n")).toEqual([
    "--prompt: is empty; a model goes on from at least one token",
    "--tokens 0: must be a whole number of at least 1",
    "--temperature hot: must be a number from 0 to 100",
    "--seed 1.5: must be a whole number of at least 0",
    expect.stringContaining(`did you mean "${name}"?`) as string,
  ]);
  expect(await problemsOf(folder, { prompt: null, temperature: "101" })).toBe(
    '--prompt: is missing; e.g. --prompt "Once upon a time"\n--temperature 101: must be a number from 0 to 100',
  );
  expect(await problemsOf(folder, { prompt: "x".repeat(13) })).toBe(
    "--prompt: is 13 tokens long, and this model has learned sequences of 12; say it shorter",
  );
  expect(await problemsOf(folder, { tokens: "12" })).toBe(
    "--tokens 12: does not fit: this model has learned sequences of 12 tokens, the prompt takes 2, and 11 tokens can follow",
  );
});

test("models that can't be asked, and why", async () => {
  const stopped = madeRun(SETTINGS, 256, "interrupted");
  expect(await problemsOf(stopped, {})).toContain("its status is interrupted after 7 of 10 steps");
  const oracle = madeRun(tinySettings({ router: { name: "oracle" }, data: DATA }));
  expect(await problemsOf(oracle, {})).toContain("its router is told labels of the data");
  const task = tinySettings({ data: { ...DATA, domains: [{ ...DOMAIN, corpus: "recall" }] } });
  expect(await problemsOf(madeRun(task), {})).toContain("whose tokens stand for no text");
});

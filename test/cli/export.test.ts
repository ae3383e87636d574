import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runExport, type ExportOptions } from "../../src/cli/export.ts";
import type { CommandIO } from "../../src/cli/io.ts";
import type { Settings } from "../../src/config/settings.ts";
import { InputError } from "../../src/core/errors.ts";
import { bpeTokenizer } from "../../src/data/tokenizers/bpe-tokenizer.ts";
import { hashWithImports } from "../../src/exec/user-router.ts";
import { identityOf } from "../../src/store/identity.ts";
import { runsFolderOf } from "../../src/store/read-run.ts";
import { keepTokenizer } from "../../src/data/tokenizers/tokenizer-file.ts";
import { decodeSafetensors } from "../../src/store/safetensors.ts";
import { openRun } from "../../src/store/write-run.ts";
import { olmoeCases } from "../support/olmoe-cases.ts";
import { temporaryFolder } from "../support/folder.ts";
import { finalResults, planOf, PROVENANCE } from "../support/runs.ts";

const { settings, parameters } = olmoeCases[0]!;

let text: { stdout: string; stderr: string };
const io: CommandIO = {
  stdout: (more) => void (text.stdout += more),
  stderr: (more) => void (text.stderr += more),
  color: false,
  columns: 80,
};
let results: string;
let out: string;
beforeEach(() => {
  text = { stdout: "", stderr: "" };
  results = temporaryFolder();
  out = join(results, "out");
});

/** Writes a run with the weights of the first case, and gives its folder. */
function madeRun(
  change: {
    settings?: Settings;
    router?: string;
    routerHash?: string | null;
    stopped?: boolean;
    seed?: number;
  } = {},
): string {
  const of = change.settings ?? settings;
  const routerName = change.router ?? of.router.name;
  const sources = { routerName, dataHash: "data", routerHash: change.routerHash ?? null, parent: null };
  const identity = identityOf(of, change.seed ?? 1, sources);
  const opened = openRun(runsFolderOf(results), { ...planOf(), identity }, PROVENANCE);
  if (opened.kind !== "open") throw new Error(opened.kind);
  const { run } = opened;
  run.appendMetrics({
    ...{ step: 7, tokens: 84, learningRate: 0.01, trainLossNats: 1, balanceLoss: null, zLoss: null },
    ...{ gradientNorm: 1, validationLossNats: null },
  });
  run.appendRouting(7, [[1]]);
  const tensors = Object.fromEntries(
    Object.entries(parameters).flatMap(([parameter, tensor]) => [
      [`parameters/${parameter}`, tensor],
      [`first_moments/${parameter}`, tensor],
    ]),
  );
  run.checkpoint({ step: 7, tensors });
  run.end(
    change.stopped === true
      ? { status: "interrupted", stepsDone: 7 }
      : { status: "finished", stepsDone: 10, results: finalResults(), load: [[1]], matrices: [] },
  );
  return run.folder;
}

const call = (run: string, change: Partial<ExportOptions> = {}): Promise<number> =>
  runExport({ run, out, results, router: null, json: false, ...change }, io);

/** Refused with this sentence, and nothing written. */
async function expectRefused(
  run: string,
  message: string,
  change: Partial<ExportOptions> = {},
): Promise<void> {
  const refusal = call(run, change);
  await expect(refusal).rejects.toThrow(InputError);
  await expect(refusal).rejects.toThrow(message);
  expect(existsSync(out)).toBe(false);
  expect(text).toEqual({ stdout: "", stderr: "" });
}

const FILES = ["model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"];

describe("a finished run", () => {
  test("by folder: model and tokenizer, their paths on stdout, how to open them on stderr", async () => {
    const folder = madeRun();
    expect(await call(folder)).toBe(0);
    const paths = FILES.map((name) => join(out, name));
    expect(text.stdout).toBe(`${paths.join("\n")}\n`);
    expect(text.stderr).toContain("OlmoeForCausalLM.from_pretrained");
    expect(readdirSync(out).sort()).toEqual([...FILES].sort());
    const { tensors, metadata } = decodeSafetensors(readFileSync(paths[0]!), { checksum: "required" });
    expect(tensors["model.norm.weight"]).toEqual(parameters["final_norm"]);
    expect(metadata["step"]).toBe("7");
    expect(basename(folder)).toMatch(new RegExp(`-${metadata["run"]!}$`));
  });

  test("by name and by id, with --json: one value and nothing else", async () => {
    const name = basename(madeRun());
    const id = name.split("-").at(-1)!;
    for (const asked of [name, id]) {
      text = { stdout: "", stderr: "" };
      expect(await call(asked, { json: true })).toBe(0);
      expect(JSON.parse(text.stdout)).toEqual({
        run: name,
        step: 7,
        files: FILES.map((file) => join(out, file)),
        notices: [],
      });
      expect(text.stderr).toBe("");
    }
  });

  test("of byte pairs has the tokenizer that stands beside it, and is refused without", async () => {
    const pairs = { ...settings, data: { ...settings.data, vocabulary: 257 } };
    const folder = madeRun({ settings: pairs });
    await expectRefused(folder, "has no tokenizer.json, though its tokens are byte pairs");
    keepTokenizer(folder, bpeTokenizer([[97, 98]]));
    text = { stdout: "", stderr: "" };
    await call(folder);
    const { model } = JSON.parse(readFileSync(join(out, "tokenizer.json"), "utf8")) as {
      model: { merges: unknown; vocab: Record<string, number> };
    };
    expect([model.merges, model.vocab["ab"]]).toEqual([[["a", "b"]], 256]);
  });

  test("of a synthetic task has none: its tokens are no text", async () => {
    const domains = [
      { name: "recall", weight: 1, validationWeight: null, corpus: "recall", task: null, files: [] },
    ];
    await call(madeRun({ settings: { ...settings, data: { ...settings.data, domains } } }));
    expect(readdirSync(out).sort()).toEqual(["config.json", "model.safetensors"]);
  });

  test("that is older than a setting counts as having it at its neutral value", async () => {
    const { norm, localizedFiltering, ...older } = settings.model;
    expect([norm, localizedFiltering]).toEqual(["rms", false]);
    const folder = madeRun({ settings: { ...settings, model: older as Settings["model"] } });
    expect(await call(folder)).toBe(0);
  });

  test("is not written over another model, but over its own export", async () => {
    const folder = madeRun();
    await call(folder);
    const before = readFileSync(join(out, "model.safetensors"));
    const other = madeRun({ seed: 2 });
    await expect(call(other)).rejects.toThrow(
      `${out}: holds config.json and model.safetensors and tokenizer.json and tokenizer_config.json of another model`,
    );
    expect(readFileSync(join(out, "model.safetensors")).equals(before)).toBe(true);
    expect(await call(folder)).toBe(0);
  });
});

describe("is refused, and nothing written:", () => {
  test("a run that there is not, with a guess", async () => {
    const name = basename(madeRun());
    await expectRefused("nonsense", "there is no run of this name or id");
    await expectRefused(name.replace("linear", "liner"), `did you mean "${name}"?`);
    const elsewhere = temporaryFolder();
    await expectRefused(name, `in ${runsFolderOf(elsewhere)}`, { results: elsewhere });
  });

  test("a folder or file that is no run", async () => {
    const folder = madeRun();
    await expectRefused(results, "is not a run's folder: its run.json is missing");
    await expectRefused(join(folder, "run.json"), "is not a run's folder");
    const experiment = join(results, "experiment");
    mkdirSync(experiment);
    writeFileSync(join(experiment, "experiment.json"), "{}");
    await expectRefused(experiment, "it holds an experiment's results");
  });

  test("a run that is not finished", async () => {
    await expectRefused(madeRun({ stopped: true }), "its status is interrupted after 7 of 10 steps");
  });

  test("weights that are damaged or gone", async () => {
    const folder = madeRun();
    const file = join(folder, "checkpoint", "final.safetensors");
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    await expectRefused(folder, "its status is damaged after 10 of 10 steps");
  });

  test("a model that is no OLMoE, with all reasons", async () => {
    const model = { ...settings.model, qkNorm: false };
    const router = { name: "hash", options: { draw: 0 } };
    const folder = madeRun({ settings: { ...settings, model, router } });
    await expectRefused(folder, `${basename(folder)}: model.qkNorm: is false`);
    await expectRefused(folder, `${basename(folder)}: router: is hash, but OLMoE chooses`);
  });

  test("an output that is a file", async () => {
    const file = join(results, "file");
    writeFileSync(file, "");
    await expectRefused(madeRun(), "can't be written", { out: join(file, "below") });
    expect(readFileSync(file, "utf8")).toBe("");
  });

  test("--router for a shipped router, and a shipped router that is gone", async () => {
    await expectRefused(madeRun(), "leave out --router", { router: "x.js" });
    await expectRefused(madeRun({ router: "forgotten" }), "this version of moe-lab does not have");
  });
});

describe("a run with a router of the user's own", () => {
  /** As simple as it gets: only the declaration matters to export. */
  function routerFile(olmoe: string): { path: string; hash: string } {
    const path = join(results, "mine.mjs");
    writeFileSync(
      path,
      `export default { name: "mine", paper: "", summary: "Mine.", options: { safeParse: () => {}, parse: (given) => given, shape: {} },
        problems: () => [], causal: () => true, wantsBalanceLoss: false, alwaysOnExperts: () => 0, parameters: () => ({}),
        state: () => ({}), matrices: () => ({}), flopsPerToken: () => 0, solved: () => ({}), route: () => ({}), ${olmoe} };`,
    );
    return { path, hash: hashWithImports(path) };
  }

  test("needs its very file, and is written where that declares it", async () => {
    const { path, hash } = routerFile(`olmoe: () => ({ weight: "weight", normTopKProb: false })`);
    const folder = madeRun({ router: "mine", routerHash: hash });
    await expectRefused(folder, "name that file with --router");
    await expectRefused(folder, "there is no such router file", { router: join(results, "none.mjs") });
    expect(await call(folder, { router: path })).toBe(0);
    expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8"))).toMatchObject({
      norm_topk_prob: false,
      router_aux_loss_coef: 0,
    });
  });

  test("is refused where the file changed, or declares nothing", async () => {
    const { path, hash } = routerFile("");
    await expectRefused(madeRun({ router: "mine", routerHash: "0" }), "is not that file or has changed", {
      router: path,
    });
    const undeclared = madeRun({ router: "mine", routerHash: hash });
    await expectRefused(undeclared, "softmax over one linear layer; mine: Mine.", { router: path });
  });
});

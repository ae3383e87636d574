/** A run is trained in this process, and looked at: from its folder to tables. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { Corpus } from "../../src/data/types.ts";
import type { Settings } from "../../src/config/settings.ts";
import { instructionCorpus } from "../../src/data/instructions/instruction-corpus.ts";
import { doRun, type WorkerServices } from "../../src/exec/run-job.ts";
import type { VariantSpec } from "../../src/exec/messages.ts";
import { planRun } from "../../src/exec/run-plan.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { askedOverSeeds } from "../../src/analysis/answers/asked-text.ts";
import type { RoutingAnalysis } from "../../src/analysis/routing/results.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { runNameOf } from "../../src/store/identity.ts";
import { readRun } from "../../src/store/read-run.ts";
import { weightSteps } from "../../src/store/weights/kept-weights.ts";
import { analyzeRuns } from "../../src/sweep/analyze/analyze-runs.ts";
import type { StoredRun } from "../../src/sweep/analyze/stored-runs.ts";
import { train } from "../../src/train/train.ts";
import { compiled } from "../support/engines.ts";
import { temporaryFolder } from "../support/folder.ts";
import { proseCorpus, tinyCorpus } from "../support/tiny-corpus.ts";
import { tinySettings } from "../support/tiny.ts";

const corpus = { ...tinyCorpus({ ones: 0.5, twos: 0.5 }), hash: "counting" };
/** What a second stage learns: "ones" again, and another domain. */
const later = { ...tinyCorpus({ ones: 0.5, threes: 0.5 }), hash: "counting on" };
/** Bytes of text, with room for a needle. */
const prose = proseCorpus(4000);
/** Answers of one letter, twice as likely an "a". */
const sums = instructionCorpus(
  {
    ...{ sequenceLength: 8, validationTokens: 32, batchSequences: 4 },
    domains: [{ name: "sums", weight: 1, validationWeight: null, task: null, corpus: "sums", files: [] }],
  },
  {
    sums: {
      summary: "",
      longestBytes: 6,
      draw: (count) =>
        Array.from({ length: count }, (_, index) => {
          const [answer, other] = index % 3 === 0 ? ["b", "a"] : ["a", "b"];
          return { prompt: `${index % 7}=`, answer, rejected: [{ kind: "wrong", answer: other }] };
        }),
    },
  },
);
const LATER = { name: "ones", weight: 1, validationWeight: null, task: null, corpus: null, files: [] };
const corpusOf = ({ domains, sequenceLength }: Settings["data"]): Corpus => {
  if (sequenceLength === 64) return prose;
  if (sequenceLength === 8) return sums;
  return domains[0]?.name === "ones" ? later : corpus;
};
const router = shippedRouters.get("linear")!;
const written = tinySettings({
  router: { name: "linear", options: router.options.parse({}) },
});
const settings: Settings = { ...written, training: { ...written.training, steps: 10, evaluateEvery: 5 } };
const services: WorkerServices = {
  createEngine: () => Promise.resolve(compiled),
  loadCorpus: corpusOf,
  loadRouter: () => Promise.resolve({ router, file: null, hash: null }),
  train,
  timeSteps: () => Promise.reject(new Error("not asked")),
};
const sources = {
  engine: compiled,
  corpusOf,
  routerOf: () => Promise.resolve(router),
  tokens: 24, // as in the run itself
  baselineOf: () => "linear",
  isRegretAsked: false,
  questions: { needle: false, cloze: false },
  temperatures: [],
  note: () => undefined,
  tell: () => undefined,
  shouldStop: () => false,
};

let run: StoredRun;
let found: RoutingAnalysis;
const runsFolder = temporaryFolder();
beforeAll(async () => {
  run = await trained(settings, corpus, []);
  found = await analyzeRuns([run], sources);
});

/** A run of ten steps, from the parents' weights where it has any (the nearest first). */
async function trained(of: Settings, text: Corpus, parents: StoredRun["parents"]): Promise<StoredRun> {
  const model = modelSpec(of, router, text.vocabulary);
  const parent = parents[0]?.record.identity ?? null;
  const { identity } = planRun({ model, seed: 1, routers: { hash: null }, corpus: text, parent });
  const folder = join(runsFolder, runNameOf(identity));
  const worker = { engine: "compiled", threads: 1, cacheFolder: null } as const;
  const variantOf = (own: Settings, above: VariantSpec | null): VariantSpec => ({
    ...{ settings: own, routerFiles: {}, parent: above },
  });
  const above = parent === null ? null : variantOf(settings, null);
  const spec = {
    ...worker,
    variant: variantOf(of, above),
    seed: 1,
    runsFolder,
    runName: runNameOf(identity),
  };
  const end = await doRun(spec, services, { send: () => undefined, stopRequested: () => false });
  expect(end).toEqual({ status: "finished", reused: false });
  return {
    variant: "linear",
    seed: 1,
    folder,
    record: readRun(folder)!,
    steps: weightSteps(folder),
    parents,
  };
}

it("looks at the weights of 1, 2 and 4 of 10 steps, and at the end", () => {
  // 1 and 10 % are both the first step.
  expect(run.steps).toEqual([1, 2, 4]);
  expect([...new Set(found.measures.map(({ step }) => step))]).toEqual([1, 2, 4, 10]);
  expect(found.tokens).toBe(24);
});

it("ends where it began: the last model agrees with itself, and has the load that the run recorded", () => {
  const at = (measure: string, step: number) =>
    found.measures.filter((row) => row.measure === measure && row.step === step);
  expect(at("saturation_topk", 10).map(({ value }) => value)).toEqual([1, 1]);
  expect(at("changed_top1", 1)).toEqual([]);
  expect(at("changed_top1", 10).map(({ layer }) => layer)).toEqual([0, 1]);
  const load = run.record.load!;
  for (const layer of [0, 1]) {
    const rows = found.experts.filter((row) => row.step === 10 && row.layer === layer);
    const sum = (expert: number): number =>
      rows.filter((row) => row.expert === expert).reduce((total, { assigned }) => total + assigned, 0);
    // Two experts a token.
    load[layer]!.forEach((share, expert) => expect(sum(expert) / 48).toBeCloseTo(share, 6));
  }
});

it("pairs another variant's model with the baseline's of its seed, token by token", async () => {
  const { paired } = await analyzeRuns([run, { ...run, variant: "same" }], sources);
  const [all] = paired;
  expect(all).toEqual({
    ...{ variant: "same", baseline: "linear", seed: 1, layer: null, domain: "all", measure: "loss" },
    ...{ difference: 0, low: 0, high: 0, sequences: 4, tokens: 24 },
  });
  expect(found.paired).toEqual([]);
});

it("of a run that went on looks at its start too, on the text of both, and lets each tell", async () => {
  const { parent: none, ...own } = settings;
  expect(none).toBeNull();
  const parent = { ...own, seed: null, keepRouter: true, noise: null, parent: null };
  const second = { ...settings, data: { ...settings.data, domains: [{ ...LATER }] }, parent };
  const next = await trained(second, later, [run]);
  const both = await analyzeRuns([next], sources);
  expect([...new Set(both.measures.map(({ step }) => step))]).toEqual([0, 1, 2, 4, 10]);
  const balance = (rows: RoutingAnalysis, step: number, domain: string) =>
    rows.measures.filter(
      (row) => row.measure === "balance_loss" && row.step === step && row.domain === domain,
    );
  // The parent's end is where it began: on text of the parent's alone the same number; "ones" is the run's own.
  expect(balance(both, 0, "twos").map(({ value }) => value)).toEqual(
    balance(found, 10, "twos").map(({ value }) => value),
  );
  expect(balance(both, 0, "twos")).toHaveLength(2);
  const of = (step: number): string[] => [
    ...new Set(both.experts.filter((row) => row.step === step).map(({ domain }) => domain)),
  ];
  expect(of(0)).toEqual(["ones", "threes", "twos"]);
  expect(of(10)).toEqual(["ones", "threes", "twos"]);
  // Without the parent's folder the rest is told.
  const alone = await analyzeRuns([{ ...next, parents: [] }], sources);
  expect([...new Set(alone.measures.map(({ step }) => step))]).toEqual([1, 2, 4, 10]);
  expect([...new Set(alone.experts.map(({ domain }) => domain))]).toEqual(["ones", "threes"]);
});

it("asks the final model of a run of text for needles and continuations, and says why it asks another one nothing", async () => {
  const data = { ...settings.data, sequenceLength: 64, validationTokens: 128 };
  const text = await trained({ ...settings, data }, prose, []);
  const notes: string[] = [];
  const note = (told: string): void => void notes.push(told);
  const asking = { ...sources, tokens: 128, questions: { needle: true, cloze: true }, note };
  const { asked } = await analyzeRuns([text, { ...text, variant: "same" }], asking);
  expect(notes).toEqual([]);
  const own = asked.filter(({ variant }) => variant === "linear");
  // 48 tokens have no room for a needle in 8 of filler: five depths, their length, and all; a domain, and all.
  const counts = own.map(({ kind, domain, length, depth, asked: n }) => [kind, domain, length, depth, n]);
  expect(counts.map((count) => count.join(" ")).sort()).toEqual(
    [
      ...["cloze    512", "cloze prose   512"],
      ...[..."0 25 50 75 100".split(" ").map((depth) => `needle  64 ${depth} 32`), "needle  64  160"],
      "needle    160",
    ].sort(),
  );
  for (const { whole, said, asked: n } of own) {
    expect(whole).toBeLessThanOrEqual(n);
    // Ten steps teach nobody to copy four digits.
    expect(said ?? 0).toBe(0);
  }
  // A paired twin: the same answers, to the same questions.
  const means = askedOverSeeds([...asked, ...asked.map((row) => ({ ...row, seed: 2 }))], sources.baselineOf);
  const twin = means.filter(({ variant }) => variant === "same");
  expect(twin.map(({ difference }) => difference?.mean)).toEqual(twin.map(() => 0));
  await analyzeRuns([run], asking);
  expect(notes).toEqual(["linear: not asked: its data is no text"]);
});

it("draws answers at temperatures: at 1 those of the end of training, bit for bit, cooler ones at less entropy", async () => {
  const ofSums = { ...settings.data, sequenceLength: 8, validationTokens: 32 };
  const answered = await trained({ ...settings, data: ofSums }, sums, []);
  const notes: string[] = [];
  const note = (told: string): void => void notes.push(told);
  const plain = { ...run, variant: "plain", seed: 2 };
  const { samples } = await analyzeRuns([answered, plain], { ...sources, temperatures: [0.5, 1], note });
  expect(samples.map(({ variant, step, temperature }) => [variant, step, temperature])).toEqual([
    ["linear", 10, 0.5],
    ["linear", 10, 1],
  ]);
  const results = answered.record.results!;
  const stored = results.answers!.samples!;
  expect(samples[1]!.samples).toEqual(stored);
  expect(samples[0]!.samples.entropyNats).toBeLessThan(stored.entropyNats);
  expect(samples[0]!.questions).toBe(samples[1]!.questions);
  expect(notes).toEqual(["plain: no samples: its data has no instructions"]);
  // Where the run has others, somebody is told.
  const answers = { ...results.answers!, samples: { ...stored, tokens: stored.tokens + 1 } };
  const other = { ...answered, record: { ...answered.record, results: { ...results, answers } } };
  await analyzeRuns([other], { ...sources, temperatures: [1], note });
  expect(notes[1]).toContain("linear, seed 1: at temperature 1 not the very samples of the end of training");
});

it("refuses a run whose text is another one, or whose weights are gone", async () => {
  const other = { ...sources, corpusOf: () => ({ ...corpus, hash: "another" }) };
  await expect(analyzeRuns([run], other)).rejects.toThrow("was trained on other text than there is now");
  rmSync(join(run.folder, "weights"), { recursive: true });
  await expect(analyzeRuns([run], sources)).rejects.toThrow("weights can't be read");
});

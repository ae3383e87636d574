import { basename, join } from "node:path";
import { askedOverSeeds } from "../../analysis/answers/asked-text.ts";
import { overSeeds } from "../../analysis/routing/over-seeds.ts";
import type { RoutingAnalysis } from "../../analysis/routing/results.ts";
import { baselineOf } from "../../config/grid.ts";
import { didYouMean, quoted } from "../../config/suggest.ts";
import { EXIT, InputError, messageOf, type Problem } from "../../core/errors.ts";
import { plural } from "../../core/plural.ts";
import { defaultCacheFolder } from "../../data/cache.ts";
import { PICTURE_FORMATS, type PictureFormat } from "../../report/draw/renderer.ts";
import { readChosen } from "../../store/routing-files/read-chosen.ts";
import { readCounts } from "../../store/routing-files/read-counts.ts";
import type { AskedKinds } from "../../sweep/analyze/ask-model.ts";
import { askedTokens } from "../../sweep/analyze/ask-price.ts";
import { analysisOfCounts, analysisOfDecisions } from "../../sweep/analyze/analyze-file.ts";
import { storedRuns, type StoredRuns } from "../../sweep/analyze/stored-runs.ts";
import { writeAnalysis } from "../../sweep/analyze/write-analysis.ts";
import { gradientTokens, regretTokens } from "../../sweep/analyze/regret-price.ts";
import { checkWritable } from "../../sweep/writable.ts";
import { aboutDuration, formatDuration } from "../format.ts";
import { firstInterrupt } from "../interrupt.ts";
import type { CommandIO } from "../io.ts";
import { writePageAgain } from "../report.ts";
import { askedTables } from "./asked-brief.ts";
import { routingBrief } from "./brief.ts";

/** What a person typed behind `analyze`. */
export interface AnalyzeOptions {
  readonly folder: string | null;
  readonly counts: string | null;
  readonly chosen: string | null;
  readonly experts: string | null;
  readonly tokens: string | null;
  readonly only: readonly string[];
  readonly seeds: string | null;
  readonly isRegretAsked: boolean;
  readonly questions: AskedKinds;
  readonly routers: readonly string[];
  readonly threads: string | null;
  readonly out: string | null;
  readonly format: string | null;
  readonly isDryRun: boolean;
  readonly json: boolean;
}

/** What of it is well formed. */
interface Request {
  readonly formats: readonly PictureFormat[];
  readonly tokens: number;
  readonly threads: number;
  readonly seeds: number;
  readonly experts: number | null;
}

const DEFAULT_TOKENS = 16_384;
/** Compiling and reading a model; measured with the models of the attention experiment on 2 cores. */
const SECONDS_A_VARIANT = 2;

/**
 * `analyze`: tables and figures of what routers learned.
 * @returns the exit code.
 * @throws InputError with everything that is wrong with the request or its files.
 */
export async function runAnalyze(options: AnalyzeOptions, io: CommandIO): Promise<number> {
  const request = checked(options);
  if (options.folder !== null) return analyzeFolder(options.folder, options, request, io);
  const file = options.counts ?? options.chosen ?? "";
  const name = basename(file).replace(/\.[^.]+$/, "");
  const out = options.out ?? `routing-${name}`;
  checkWritable(out, []);
  const analysis =
    options.counts === null
      ? analysisOfDecisions(name, readChosen(file, request.experts))
      : analysisOfCounts(name, readCounts(file));
  const given = { labelOf: () => name, baselineOf: () => name };
  return finish(analysis, { out, formats: request.formats, ...given, json: options.json }, io);
}

async function analyzeFolder(
  folder: string,
  options: AnalyzeOptions,
  request: Request,
  io: CommandIO,
): Promise<number> {
  const found = wantedRuns(folder, options, request);
  const { results, runs, missing } = found;
  for (const sentence of missing) io.stderr(`note: ${sentence}\n`);
  const { assertRouters } = await import("../../exec/run-router.ts");
  await assertRouters(runs, options.routers);
  const models = runs.reduce((sum, { steps }) => sum + steps.length + 1, 0);
  io.stderr(
    `${plural(runs.length, "run")}, ${plural(models, "model")} of ${request.tokens} validation tokens each; ${priceOf(found, request.tokens, options)}\n`,
  );
  if (options.isDryRun) {
    if (options.json)
      io.stdout(`${JSON.stringify({ runs: runs.length, models, tokens: request.tokens, missing })}\n`);
    return EXIT.done;
  }
  const out = options.out ?? join(folder, "routing");
  checkWritable(out, []);
  const analysis = await lookAt(found, options, request, io);
  const labels = new Map(results.record.experiment.variants.map(({ name, label }) => [name, label]));
  const labelOf = (variant: string): string => labels.get(variant) ?? variant;
  const named = { labelOf, baselineOf: (variant: string) => baselineOf(results.record.experiment, variant) };
  const code = await finish(analysis, { out, formats: request.formats, ...named, json: options.json }, io);
  if (options.out === null) await showOnPage(folder, options.json, io);
  return code;
}

/** Figures that stand where the page looks for them are shown on it; tables and figures are there all the same where it can't be written. */
async function showOnPage(folder: string, isJson: boolean, io: CommandIO): Promise<void> {
  try {
    const path = await writePageAgain(folder, io);
    if (!isJson) io.stdout(`page: ${path}\n`);
  } catch (error) {
    io.stderr(`note: the page was not written again: ${messageOf(error)}\n`);
  }
}

/** The runs that were asked for. @throws InputError where there are none. */
function wantedRuns(folder: string, options: AnalyzeOptions, { seeds }: Request): StoredRuns {
  const first = new Set<number>();
  const found = storedRuns(folder, ({ variant, seed }) => {
    if (first.size < seeds) first.add(seed);
    return first.has(seed) && (options.only.length === 0 || options.only.includes(variant));
  });
  const names = found.results.record.experiment.variants.map(({ name }) => name);
  const unknown = options.only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new InputError(
      unknown.map((name) => ({
        where: `--only ${name}`,
        path: "",
        message: `there is no such variant${didYouMean(name, names) || `; variants are ${quoted(names)}`}`,
      })),
    );
  }
  if (found.runs.length > 0) return found;
  const why = found.missing.length > 0 ? `: ${found.missing[0] ?? ""}` : "";
  const message = `has no finished run to look at${why}. Results alone hold no models; \`moe-lab run\` with the experiment trains them`;
  throw new InputError([{ where: folder, path: "", message }]);
}

/** About how long it takes, from the speeds that the results hold: a token forwards costs a third of one trained on. */
function priceOf(
  { results, runs }: StoredRuns,
  tokens: number,
  { isRegretAsked, questions }: Pick<AnalyzeOptions, "isRegretAsked" | "questions">,
): string {
  let seconds = 0;
  for (const { variant, steps, record, parents } of runs) {
    const speed = results.record.variants[variant]?.trainTokensPerSecond ?? null;
    if (speed === null) return "the results hold no speeds to price it from";
    const { settings } = record.identity;
    const models = (steps.length + 1) * (tokens + gradientTokens(settings));
    const asked = askedTokens(settings, questions) * (parents.length > 0 ? 2 : 1);
    const passes = models + asked + (isRegretAsked ? regretTokens(settings) : 0);
    seconds += passes / (3 * speed);
  }
  seconds += SECONDS_A_VARIANT * new Set(runs.map(({ variant }) => variant)).size;
  return aboutDuration(seconds);
}

/** Loads the engine only here: a wrong request needs none. */
async function lookAt(
  { runs, results }: StoredRuns,
  options: AnalyzeOptions,
  request: Request,
  io: CommandIO,
): Promise<RoutingAnalysis> {
  const { analyzeRuns } = await import("../../sweep/analyze/analyze-runs.ts");
  const { createEngine } = await import("../../engine/create.ts");
  const { loadCorpus } = await import("../../data/corpus.ts");
  const { corpusCache } = await import("../../exec/plan.ts");
  const { routerOfRun } = await import("../../exec/run-router.ts");
  const engine = await createEngine("auto", { threads: request.threads });
  const cacheFolder = defaultCacheFolder();
  const started = performance.now();
  const noted = new Set<string>();
  const interrupt = firstInterrupt();
  try {
    const analysis = await analyzeRuns(runs, {
      engine,
      corpusOf: corpusCache((data) => loadCorpus(data, { cacheFolder })),
      routerOf: ({ record }) => routerOfRun(record, options.routers),
      tokens: request.tokens,
      baselineOf: (variant) => baselineOf(results.record.experiment, variant),
      isRegretAsked: options.isRegretAsked,
      questions: options.questions,
      note: (text) => {
        if (!noted.has(text)) io.stderr(`note: ${text}\n`);
        noted.add(text);
      },
      shouldStop: () => interrupt.signal.aborted,
      tell: ({ variant, seed }, index) => {
        const seconds = (performance.now() - started) / 1000;
        const left = index === 0 ? "" : `, ${formatDuration((seconds / index) * (runs.length - index))} left`;
        io.stderr(`${index + 1} of ${runs.length}: ${variant}, seed ${seed}${left}\n`);
      },
    });
    if (interrupt.signal.aborted) io.stderr("interrupted: what follows is of the runs before\n");
    return analysis;
  } finally {
    interrupt.close();
  }
}

async function finish(
  analysis: RoutingAnalysis,
  options: {
    readonly out: string;
    readonly formats: readonly PictureFormat[];
    readonly labelOf: (variant: string) => string;
    readonly baselineOf: (variant: string) => string;
    readonly json: boolean;
  },
  io: CommandIO,
): Promise<number> {
  const asked = askedOverSeeds(analysis.asked, options.baselineOf);
  const files = await writeAnalysis(analysis, { ...options, asked, folder: options.out });
  const summary = overSeeds(analysis.measures);
  if (options.json)
    io.stdout(`${JSON.stringify({ tokens: analysis.tokens, measures: summary, asked, files })}\n`);
  else {
    const brief = routingBrief(summary, askedTables(asked, options.labelOf), options.labelOf, io);
    io.stdout(`${brief}\nfiles: ${options.out} (${files.length})\n`);
  }
  return EXIT.done;
}

/** @throws InputError with everything that is wrong with the flags. */
function checked(options: AnalyzeOptions): Request {
  const problems: Problem[] = [];
  const say = (where: string, message: string): void => void problems.push({ where, path: "", message });
  const count = (flag: string, text: string | null, standard: number): number => {
    if (text === null) return standard;
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    say(`${flag} ${text}`, "must be a whole number of at least 1");
    return standard;
  };
  const sources = [options.folder, options.counts, options.chosen].filter((one) => one !== null);
  if (sources.length !== 1) {
    const message = "needs one of a result folder, such as results/NAME, --counts FILE and --chosen FILE";
    say("analyze", sources.length === 0 ? message : `${message}, not several`);
  }
  const ofModels = { "--needle": options.questions.needle, "--cloze": options.questions.cloze };
  for (const [flag, isSet] of Object.entries(ofModels)) {
    if (isSet && options.folder === null) say(flag, "asks models: it needs a result folder");
  }
  const asked = (options.format ?? "png,svg").split(",").map((name) => name.trim().toLowerCase());
  for (const name of asked.filter((one) => !PICTURE_FORMATS.some((format) => format === one))) {
    const hint = didYouMean(name, PICTURE_FORMATS) || ".";
    say(
      `--format ${options.format ?? ""}`,
      `there is no picture format "${name}"${hint} Formats are ${quoted(PICTURE_FORMATS)}.`,
    );
  }
  const request = {
    formats: PICTURE_FORMATS.filter((format) => asked.includes(format)),
    tokens: count("--tokens", options.tokens, DEFAULT_TOKENS),
    threads: count("--threads", options.threads, 1),
    seeds: count("--seeds", options.seeds, Infinity),
    experts: options.experts === null ? null : count("--experts", options.experts, 2),
  };
  if (problems.length > 0) throw new InputError(problems);
  return request;
}

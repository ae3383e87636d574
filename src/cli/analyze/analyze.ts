import { basename, join } from "node:path";
import { askedOverSeeds } from "../../analysis/answers/asked-text.ts";
import { matchEntropy, temperaturesOverSeeds } from "../../analysis/answers/equal-entropy.ts";
import { overSeeds } from "../../analysis/routing/over-seeds.ts";
import type { RoutingAnalysis } from "../../analysis/routing/results.ts";
import { baselineOf } from "../../config/grid.ts";
import { didYouMean, quoted } from "../../config/suggest.ts";
import { EXIT, InputError, messageOf } from "../../core/errors.ts";
import { plural } from "../../core/plural.ts";
import { defaultCacheFolder } from "../../data/cache.ts";
import type { PictureFormat } from "../../report/draw/renderer.ts";
import { readChosen } from "../../store/routing-files/read-chosen.ts";
import { readCounts } from "../../store/routing-files/read-counts.ts";
import { analysisOfCounts, analysisOfDecisions } from "../../sweep/analyze/analyze-file.ts";
import { writeSamples } from "../../sweep/analyze/sample-tables.ts";
import { hasAnswers, storedRuns, type StoredRuns } from "../../sweep/analyze/stored-runs.ts";
import { writeAnalysis } from "../../sweep/analyze/write-analysis.ts";
import { checkWritable } from "../../sweep/writable.ts";
import { formatDuration } from "../format.ts";
import { firstInterrupt } from "../interrupt.ts";
import type { CommandIO } from "../io.ts";
import { writePageAgain } from "../report.ts";
import { askedTables } from "./asked-brief.ts";
import { routingBrief } from "./brief.ts";
import { priceOf } from "./price.ts";
import { checkedRequest, type AnalyzeOptions, type AnalyzeRequest } from "./request.ts";
import { temperatureTables } from "./sample-brief.ts";

/**
 * `analyze`: tables and figures of what routers learned.
 * @returns the exit code.
 * @throws InputError with everything that is wrong with the request or its files.
 */
export async function runAnalyze(options: AnalyzeOptions, io: CommandIO): Promise<number> {
  const request = checkedRequest(options);
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
  request: AnalyzeRequest,
  io: CommandIO,
): Promise<number> {
  const found = wantedRuns(folder, options, request);
  const { results, runs, missing } = found;
  for (const sentence of missing) io.stderr(`note: ${sentence}\n`);
  const { assertRouters } = await import("../../exec/run-router.ts");
  await assertRouters(runs, options.routers);
  const sampled =
    request.temperatures.length === 0
      ? ""
      : `, answers at ${plural(request.temperatures.length, "temperature")}`;
  const models = runs.reduce((sum, { steps }) => sum + steps.length + 1, 0);
  io.stderr(
    `${plural(runs.length, "run")}, ${plural(models, "model")} of ${request.tokens} validation tokens each${sampled}; ${priceOf(found, request, options)}\n`,
  );
  if (options.isDryRun) {
    if (options.json)
      io.stdout(
        `${JSON.stringify({ runs: runs.length, models, tokens: request.tokens, temperatures: request.temperatures, missing })}\n`,
      );
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
function wantedRuns(
  folder: string,
  options: AnalyzeOptions,
  { seeds, temperatures }: AnalyzeRequest,
): StoredRuns {
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
  const refuse = (where: string, message: string): never => {
    throw new InputError([{ where, path: "", message }]);
  };
  if (found.runs.length === 0) {
    const why = found.missing.length > 0 ? `: ${found.missing[0] ?? ""}` : "";
    const message = `has no finished run to look at${why}. Results alone hold no models; \`moe-lab run\` with the experiment trains them`;
    return refuse(folder, message);
  }
  if (temperatures.length > 0 && !found.runs.some(({ record }) => hasAnswers(record))) {
    const message = `no run of ${folder} has questions to draw answers to: only runs on instructions have (docs/abilities.md), where no router is told labels`;
    return refuse("--temperatures", message);
  }
  return found;
}

/** Loads the engine only here: a wrong request needs none. */
async function lookAt(
  { runs, results }: StoredRuns,
  options: AnalyzeOptions,
  request: AnalyzeRequest,
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
      temperatures: request.temperatures,
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
  const samples = matchEntropy(analysis.samples, options.baselineOf);
  const temperatures = temperaturesOverSeeds(samples);
  const files = [
    ...(await writeAnalysis(analysis, { ...options, asked, folder: options.out })),
    ...writeSamples(samples, temperatures, options.out),
  ];
  const summary = overSeeds(analysis.measures);
  if (options.json)
    io.stdout(
      `${JSON.stringify({ tokens: analysis.tokens, measures: summary, asked, temperatures, files })}\n`,
    );
  else {
    const { labelOf } = options;
    const more = [...askedTables(asked, labelOf), ...temperatureTables(temperatures, labelOf)];
    const brief = routingBrief(summary, more, labelOf, io);
    io.stdout(`${brief}\nfiles: ${options.out} (${files.length})\n`);
  }
  return EXIT.done;
}

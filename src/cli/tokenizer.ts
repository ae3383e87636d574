import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { loadExperiment } from "../config/load.ts";
import type { DataSettings } from "../config/settings.ts";
import { EXIT, InputError, type Problem } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { defaultCacheFolder } from "../data/cache.ts";
import { vocabularyProblems } from "../data/checks.ts";
import { loadCorpus } from "../data/corpus.ts";
import { huggingFaceJson } from "../data/tokenizers/hugging-face.ts";
import type { Corpus, DomainTokens, Split } from "../data/types.ts";
import { routerRegistry } from "../exec/router-registry.ts";
import { shippedRouters } from "../routers/index.ts";
import { checkWritable } from "../sweep/writable.ts";
import type { CommandIO } from "./io.ts";

/** What a person typed behind `tokenizer train`. */
export interface TokenizerOptions {
  readonly experiment: string;
  /** V; null takes the experiment's. */
  readonly vocabulary: string | null;
  readonly out: string;
  readonly json: boolean;
}

/**
 * `tokenizer train EXPERIMENT`: the tokenizer that the experiment's baseline has, as a `tokenizer.json`.
 * @returns the exit code.
 * @throws InputError with what is wrong with experiment, vocabulary or file; nothing is written then.
 */
export async function runTokenizer(options: TokenizerOptions, io: CommandIO): Promise<number> {
  try {
    return await trainTokenizer(options, io);
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.problems.map(asTyped)) : error;
  }
}

/** A problem of the setting, under the name of the flag that it was typed as. */
function asTyped(problem: Problem): Problem {
  const where = problem.where.replace("--set data.vocabulary=", "--vocabulary ");
  return where === problem.where ? problem : { ...problem, where, path: "" };
}

async function trainTokenizer(options: TokenizerOptions, io: CommandIO): Promise<number> {
  checkWritable(dirname(options.out), []);
  const set = options.vocabulary === null ? [] : [`data.vocabulary=${numberOf(options.vocabulary)}`];
  const routers = routerRegistry(shippedRouters);
  const { experiment, locate } = await loadExperiment(options.experiment, {
    set,
    routers: shippedRouters,
    loadRouter: routers.load,
  });
  const baseline = experiment.variants.find(({ name }) => name === experiment.baseline);
  if (baseline === undefined) throw new Error(`there is no baseline ${experiment.baseline}`);
  const { data } = baseline.settings;
  const corpus = loadCorpus(data, { cacheFolder: defaultCacheFolder() });
  const problems = vocabularyProblems(corpus, data);
  if (problems.length > 0 || corpus.tokenizer === null) {
    throw new InputError(
      problems.map((problem) => ({ where: locate(baseline.name, problem.path), ...problem })),
    );
  }
  const content = huggingFaceJson(corpus.tokenizer.merges);
  writeNew(options.out, content);
  const domains = corpus.domains.map((domain) => described(domain, corpus));
  if (options.json) {
    io.stdout(`${JSON.stringify({ file: options.out, vocabulary: corpus.vocabulary, domains })}\n`);
    return EXIT.done;
  }
  io.stdout(`${options.out}\n`);
  io.stderr(summary(corpus, data, domains));
  return EXIT.done;
}

/** How well a tokenizer fits a domain. */
interface DomainFit {
  readonly name: string;
  readonly trainingBytes: number;
  /** On validation text, which the tokenizer was not trained on. */
  readonly bytesPerToken: number;
}

function described({ name, splits }: DomainTokens, corpus: Corpus): DomainFit {
  const bytes = (split: Split): number => {
    let sum = 0;
    for (const token of splits[split]) sum += corpus.tokenizer?.tokenBytes[token] ?? 0;
    return sum;
  };
  return {
    name,
    trainingBytes: bytes("train"),
    bytesPerToken: bytes("validation") / splits.validation.length,
  };
}

function summary({ vocabulary }: Corpus, data: DataSettings, domains: readonly DomainFit[]): string {
  const bytes = domains.reduce((sum, { trainingBytes }) => sum + trainingBytes, 0);
  const fits = domains.map(({ name, bytesPerToken }) => `${name} ${bytesPerToken.toFixed(2)}`).join(", ");
  const lead =
    data.vocabulary === 256
      ? "256 tokens, the bytes (--vocabulary N trains byte pairs)"
      : `${vocabulary} tokens, trained on ${(bytes / 1e6).toFixed(1)} MB of training documents`;
  return `${lead}; bytes a token on validation: ${fits}\n`;
}

/** @throws InputError where it is no number; what numbers are allowed the setting says. */
function numberOf(vocabulary: string): number {
  if (/^\d+$/.test(vocabulary)) return Number(vocabulary);
  throw new InputError([
    {
      where: "--vocabulary",
      path: "",
      message: `must be a whole number from 256 to 65536, not "${vocabulary}"`,
    },
  ]);
}

/** @throws InputError rather than write over something else. */
function writeNew(path: string, content: string): void {
  if (existsSync(path) && (statSync(path).isDirectory() || readFileSync(path, "utf8") !== content)) {
    throw new InputError([
      {
        where: path,
        path: "",
        message: "is there and holds something else; remove it, or name another file with --out",
      },
    ]);
  }
  writeFileAtomic(path, content);
}

import { didYouMean, quoted } from "../../config/suggest.ts";
import { InputError, type Problem } from "../../core/errors.ts";
import { PICTURE_FORMATS, type PictureFormat } from "../../report/draw/renderer.ts";
import type { AskedKinds } from "../../sweep/analyze/ask-model.ts";

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
  readonly temperatures: string | null;
  readonly routers: readonly string[];
  readonly threads: string | null;
  readonly out: string | null;
  readonly format: string | null;
  readonly isDryRun: boolean;
  readonly json: boolean;
}

/** What of it is well formed. */
export interface AnalyzeRequest {
  readonly formats: readonly PictureFormat[];
  readonly tokens: number;
  readonly threads: number;
  readonly seeds: number;
  readonly experts: number | null;
  /** That answers are drawn at, from the lowest, 1 among them; none where nobody asked. */
  readonly temperatures: readonly number[];
}

const DEFAULT_TOKENS = 16_384;
/** Temperatures that are not 0. */
const [COLDEST, HOTTEST] = [0.01, 100];

/** @throws InputError with everything that is wrong with the flags. */
export function checkedRequest(options: AnalyzeOptions): AnalyzeRequest {
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
  const ofModels = {
    "--needle": options.questions.needle,
    "--cloze": options.questions.cloze,
    "--temperatures": options.temperatures !== null,
  };
  for (const [flag, isSet] of Object.entries(ofModels)) {
    if (isSet && options.folder === null) say(flag, "asks models: it needs a result folder");
  }
  const temperatures = temperaturesIn(options.temperatures, (message) =>
    say(`--temperatures ${options.temperatures ?? ""}`, message),
  );
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
    temperatures,
  };
  if (problems.length > 0) throw new InputError(problems);
  return request;
}

/** Numbers between commas; 1 is among them, since others are compared with it. */
function temperaturesIn(text: string | null, say: (message: string) => void): readonly number[] {
  if (text === null) return [];
  const found = text.split(",").map((word) => word.trim());
  const isTemperature = (word: string): boolean =>
    /^\d+(\.\d+)?$/.test(word) &&
    (Number(word) === 0 || (Number(word) >= COLDEST && Number(word) <= HOTTEST));
  const wrong = found.filter((word) => !isTemperature(word));
  if (wrong.length > 0) {
    say(
      `${quoted(wrong)}: must be numbers between commas, each from ${COLDEST} to ${HOTTEST}, or 0 for the most probable tokens`,
    );
  }
  return [...new Set([1, ...found.filter(isTemperature).map(Number)])].sort((a, b) => a - b);
}

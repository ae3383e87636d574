import { EXIT, InputError, type Problem, RunError } from "../../core/errors.ts";
import { plural } from "../../core/plural.ts";
import { streamOf } from "../../core/streams.ts";
import type { OpenedModel } from "../../exec/open-model.ts";
import { findFinishedRun, type FinishedRun } from "../../store/find-run.ts";
import type { Continuation } from "../../train/decoding/continue.ts";
import type { CommandIO } from "../io.ts";

/** What a person typed behind `generate`. */
export interface GenerateOptions {
  /** A run's folder, name or id. */
  readonly run: string;
  readonly prompt: string | null;
  /** Numbers as they were typed; null where they were not. */
  readonly tokens: string | null;
  readonly temperature: string | null;
  readonly seed: string | null;
  /** Output folder of `run`, for names and ids. */
  readonly results: string;
  /** A user's router file, for a run that used one. */
  readonly router: string | null;
  readonly json: boolean;
}

/** The options, checked; tokens null: as many as there is room for. */
interface Request {
  readonly prompt: string;
  readonly tokens: number | null;
  readonly temperature: number;
  readonly seed: number;
}

const HOTTEST = 100;

/**
 * `generate RUN --prompt TEXT`: prints what a finished run's model says behind a prompt.
 * @returns the exit code.
 * @throws InputError with everything that is wrong: the flags, the run, a prompt that does not fit.
 */
export async function runGenerate(options: GenerateOptions, io: CommandIO): Promise<number> {
  const { request, run } = checked(options);
  const { routerOfRun } = await import("../../exec/run-router.ts");
  const { openModel } = await import("../../exec/open-model.ts");
  const routers = await routerOfRun(run.record, options.router === null ? [] : [options.router]);
  const model = openModel(run, routers);
  const { prompt, most } = fitted(run, model, request);
  const { said, kind, seconds } = await ask(run, model, { ...request, prompt, most });
  const text = Buffer.from(model.tokenizer?.decode(said.tokens) ?? []).toString("utf8");
  const { name } = run.record;
  const { temperature, seed } = request;
  if (options.json) {
    const { tokens, isEnded } = said;
    const value = { run: name, prompt: request.prompt, text, tokens, isEnded, temperature, seed };
    io.stdout(`${JSON.stringify(value)}\n`);
    return EXIT.done;
  }
  io.stdout(`${text}\n`);
  const how = kind === "kept" ? "keys and values kept" : "by whole sequences, as its router must";
  const speed = `${Math.round((prompt.length + said.tokens.length) / seconds)} tokens/s`;
  const drawn = temperature === 0 ? "the most probable ones" : `temperature ${temperature}, seed ${seed}`;
  io.stderr(`${name}: ${plural(said.tokens.length, "token")}, ${drawn}; ${speed}, ${how}\n`);
  return EXIT.done;
}

/** @throws InputError with everything that is wrong with the flags, and with the run. */
function checked(options: GenerateOptions): { readonly request: Request; readonly run: FinishedRun } {
  const problems: Problem[] = [];
  const say = (where: string, message: string): void => void problems.push({ where, path: "", message });
  const number = (flag: string, text: string | null, wanted: RegExp, words: string): number | null => {
    if (text === null) return null;
    if (wanted.test(text)) return Number(text);
    say(`${flag} ${text}`, `must be ${words}`);
    return null;
  };
  const { prompt } = options;
  if (prompt === null) say("--prompt", 'is missing; e.g. --prompt "Once upon a time"');
  if (prompt === "") say("--prompt", "is empty; a model goes on from at least one token");
  const request = {
    prompt: prompt ?? "",
    tokens: number("--tokens", options.tokens, /^[1-9]\d{0,8}$/, "a whole number of at least 1"),
    temperature:
      number("--temperature", options.temperature, /^\d+(\.\d+)?$/, `a number from 0 to ${HOTTEST}`) ?? 0,
    seed: number("--seed", options.seed, /^\d{1,9}$/, "a whole number of at least 0") ?? 1,
  };
  if (request.temperature > HOTTEST) {
    say(`--temperature ${options.temperature ?? ""}`, `must be a number from 0 to ${HOTTEST}`);
  }
  try {
    const run = findFinishedRun(options.run, options.results);
    if (problems.length === 0) return { request, run };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(...error.problems);
  }
  throw new InputError(problems);
}

/** The prompt as tokens, and how many can be said behind it. @throws InputError where it does not fit. */
function fitted(
  { record: { name } }: FinishedRun,
  { tokenizer, spec }: OpenedModel,
  { prompt: text, tokens: asked }: Request,
): { readonly prompt: ArrayLike<number>; readonly most: number } {
  const refuse = (where: string, message: string): never => {
    throw new InputError([{ where, path: "", message }]);
  };
  if (tokenizer === null) {
    return refuse(name, "is trained on a synthetic task, whose tokens stand for no text");
  }
  const prompt = tokenizer.encode(Buffer.from(text, "utf8"));
  const { T } = spec.sizes;
  if (prompt.length > T) {
    const message = `is ${plural(prompt.length, "token")} long, and this model has learned sequences of ${T}; say it shorter`;
    return refuse("--prompt", message);
  }
  // The last token is said of a full sequence.
  const room = T + 1 - prompt.length;
  if (asked !== null && asked > room) {
    const message =
      `does not fit: this model has learned sequences of ${T} tokens, the prompt takes ${prompt.length}, ` +
      `and ${plural(room, "token")} can follow`;
    return refuse(`--tokens ${asked}`, message);
  }
  return { prompt, most: asked ?? room };
}

/** Loads the engine only here: a wrong request needs none. */
async function ask(
  { record }: FinishedRun,
  model: OpenedModel,
  {
    prompt,
    most,
    temperature,
    seed,
  }: { readonly prompt: ArrayLike<number>; readonly most: number } & Omit<Request, "prompt">,
): Promise<{ readonly said: Continuation; readonly kind: "kept" | "whole"; readonly seconds: number }> {
  const { createEngine } = await import("../../engine/create.ts");
  const { createDecoder } = await import("../../train/decoding/create-decoder.ts");
  const { continueTexts, drawnBy } = await import("../../train/decoding/continue.ts");
  const engine = await createEngine("auto", { threads: 1 });
  try {
    const decoder = await createDecoder(engine, model, 1);
    const started = performance.now();
    const choose = drawnBy(streamOf(seed, "generate"), temperature);
    const [said] = await continueTexts(decoder, [prompt], { choose, most, end: model.end });
    if (said === undefined) throw new Error("nothing was said");
    const seconds = (performance.now() - started) / 1000;
    await decoder.dispose();
    return { said, kind: decoder.kind, seconds };
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new InputError([{ where: record.name, path: "", message: `${error.message}. ${error.hint}` }]);
  }
}

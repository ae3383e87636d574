import { RECIPES } from "../config/recipe-names.ts";
import { didYouMean, show } from "../config/suggest.ts";
import { InputError } from "../core/errors.ts";
import type { Problem } from "../core/errors.ts";
import type { EngineChoice } from "../engine/types.ts";

/**
 * The flags of `run`, as data: the command line's options and help, the options of `runExperiment`, the commands that go on with an experiment
 * and the note on what a result folder holds are all made from this list.
 */

interface FlagBase {
  /** As it is written, e.g. `--jobs <n>`. */
  readonly syntax: `--${string}`;
  readonly help: string;
  /** Its results are not what the experiment file alone asks for. */
  readonly changesResults?: true;
  /** A command that goes on with the experiment leaves it out. */
  readonly isOnce?: true;
  /** The switch without which it means nothing. */
  readonly needs?: "untilDecided";
  /** The switch that it can't stand beside, and what to do instead. */
  readonly excludes?: { readonly flag: "untilDecided"; readonly message: string };
}

/** Text; null, or what stands here, when not given. */
interface TextFlag extends FlagBase {
  readonly kind: "text";
  readonly standard: string | null;
}

/** A whole number of at least 1. */
interface CountFlag extends FlagBase {
  readonly kind: "count";
  readonly standard: number | null;
  readonly most?: number;
}

/** One of some words. */
interface ChoiceFlag extends FlagBase {
  readonly kind: "choice";
  readonly standard: string;
  readonly words: readonly string[];
}

/** Given once for each of several words; `words` are those allowed, each kept once and in this order, and `all` stands for all of them. */
interface ListFlag extends FlagBase {
  readonly kind: "list";
  readonly words?: readonly string[];
  readonly all?: string;
  /** What to say of words that people try. */
  readonly hints?: Readonly<Record<string, string>>;
}

interface SwitchFlag extends FlagBase {
  readonly kind: "switch";
}

export type RunFlag = TextFlag | CountFlag | ChoiceFlag | ListFlag | SwitchFlag;

const ENGINES = [
  "auto",
  "native",
  "compiled",
  "tfjs-node",
  "tfjs-cpu",
] as const satisfies readonly EngineChoice[];

/** In the order of `run --help`. */
export const RUN_FLAGS = {
  out: {
    ...{ kind: "text", syntax: "--out <folder>", standard: "results" },
    help: "where runs and results are written",
  },
  jobs: {
    ...{ kind: "count", syntax: "--jobs <n>", standard: null },
    help: "runs at a time (default: cores divided by --threads)",
  },
  threads: {
    ...{ kind: "count", syntax: "--threads <n>", standard: 1 },
    help: "threads of each run (default: 1)",
  },
  seeds: {
    ...{ kind: "count", syntax: "--seeds <n>", standard: null, changesResults: true },
    help: "seeds 1 to n instead of the file's",
  },
  steps: {
    ...{ kind: "count", syntax: "--steps <n>", standard: null, changesResults: true },
    help: "training steps instead of the file's",
  },
  tier: {
    ...{ kind: "text", syntax: "--tier <name>", standard: null },
    help: "size of the experiment: first, quick, standard or full, as far as the file has them",
  },
  base: {
    ...{ kind: "text", syntax: "--base <file>", standard: null },
    help: "ask the question in the model, text and training of another experiment file's base (and of its tier)",
  },
  set: {
    ...{ kind: "list", syntax: "--set <path=value>", changesResults: true },
    help: "a setting over the file's base, e.g. training.learningRate=1e-3; repeatable",
  },
  only: {
    ...{ kind: "list", syntax: "--only <variant>", changesResults: true },
    help: "only this variant and the baseline; repeatable",
  },
  engine: {
    ...{ kind: "choice", syntax: "--engine <name>", standard: "auto", words: ENGINES },
    help: "native, compiled (ONNX Runtime), tfjs-node or tfjs-cpu (default: auto, the first of these that works)",
  },
  passes: {
    ...{ kind: "text", syntax: "--passes <names>", standard: null },
    help: "graph passes: all, none, some, or -name to leave one out (default: all)",
  },
  withoutWeights: {
    ...{ kind: "switch", syntax: "--without-weights" },
    help: "keep no weights of 1, 10, 20 and 40 % of training beside a run, which `analyze` looks at",
  },
  untilDecided: {
    ...{ kind: "switch", syntax: "--until-decided" },
    help: "add seeds in planned looks until every variant has a verdict",
  },
  looks: {
    // More gain nothing, and their levels would take long to compute.
    ...{ kind: "count", syntax: "--looks <n>", standard: null, most: 10 },
    help: "looks that share the 5 % of false positives (default: 4 with --until-decided, else 1)",
  },
  maxSeeds: {
    ...{ kind: "count", syntax: "--max-seeds <n>", standard: null, needs: "untilDecided" },
    help: "seeds of the last look of --until-decided (default: looks times the seeds)",
  },
  maxMinutes: {
    ...{ kind: "count", syntax: "--max-minutes <n>", standard: null },
    help: "start no run, and with --until-decided no look, that would end later (default: the tier's, if it has one)",
  },
  firstSeed: {
    ...{ kind: "count", syntax: "--first-seed <n>", standard: null, changesResults: true },
    help: "seeds n, n + 1, .. instead of 1, 2, ..: an experiment anew",
  },
  recipes: {
    ...{ kind: "list", syntax: "--recipe <name>", words: RECIPES, all: "all", isOnce: true },
    hints: {
      tuned:
        "is trained by nothing of its own: it is in the table when half-rate and double-rate are; ask for these two",
    },
    excludes: {
      flag: "untilDecided",
      message:
        "can't be together with --until-decided; run that first, then the recipes on the same seeds without it",
    },
    help: "repeat under half-rate, double-rate, half-length or all, and say which verdicts survive; repeatable",
  },
  take: {
    ...{ kind: "count", syntax: "--take <n>", standard: null, isOnce: true },
    excludes: {
      flag: "untilDecided",
      message:
        "can't be together with --until-decided, whose runs depend on those before; let workers take fixed seeds, then run it without this",
    },
    help: "be one of several workers: train up to n runs that nobody is doing, write no results",
  },
  dryRun: {
    ...{ kind: "switch", syntax: "--dry-run", isOnce: true },
    help: "say what would be trained, and what it would take",
  },
  verbose: {
    ...{ kind: "switch", syntax: "--verbose", isOnce: true },
    help: "print the whole answer: costs, load, tests, marks and looks in full",
  },
  json: { kind: "switch", syntax: "--json", help: "print one JSON value on stdout", isOnce: true },
} as const satisfies Readonly<Record<string, RunFlag>>;

type ValueOf<F extends RunFlag> = F extends SwitchFlag
  ? boolean
  : F extends { readonly kind: "list"; readonly words: readonly (infer W)[] }
    ? readonly W[]
    : F extends ListFlag
      ? readonly string[]
      : F extends { readonly kind: "choice"; readonly words: readonly (infer W)[] }
        ? W
        : F extends { readonly kind: "count"; readonly standard: infer S }
          ? number | (S extends null ? null : never)
          : F extends { readonly standard: infer S }
            ? string | (S extends null ? null : never)
            : never;

/** What is asked of a `run`, by flag; null where the file or the machine decides. */
export type RunRequest = { readonly [K in keyof typeof RUN_FLAGS]: ValueOf<(typeof RUN_FLAGS)[K]> };

/** Flags with the name of their value. */
export const RUN_FLAG_LIST = Object.entries(RUN_FLAGS) as readonly (readonly [keyof RunRequest, RunFlag])[];

/** `--jobs` of `--jobs <n>`. */
export function flagName({ syntax }: Pick<RunFlag, "syntax">): string {
  return syntax.split(" ", 1)[0] ?? syntax;
}

/** The value of a flag that is not given. */
function standardOf(flag: RunFlag): unknown {
  if (flag.kind === "list") return [];
  return flag.kind === "switch" ? false : flag.standard;
}

/**
 * Checks what is asked and fills in what is not.
 * @param given values by the names of RunRequest; undefined is not given.
 * @returns the request, meant for nothing where there are problems.
 */
export function readRequest(given: Readonly<Record<string, unknown>>): {
  readonly request: RunRequest;
  readonly problems: readonly Problem[];
} {
  const names: readonly string[] = RUN_FLAG_LIST.map(([name]) => name);
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  const problems = unknown.map((name) => problem(name, `there is no such option${didYouMean(name, names)}`));
  const values = RUN_FLAG_LIST.map(([name, flag]) => {
    const value = given[name] ?? standardOf(flag);
    const own = valueProblems(flag, value);
    problems.push(...own, ...neighbourProblems(flag, value, { given, isGood: own.length === 0 }));
    return [name, flag.kind === "list" ? listOf(flag, value) : value] as const;
  });
  return { request: Object.fromEntries(values) as unknown as RunRequest, problems };
}

/** The same. @throws InputError with everything that is wrong. */
export function requestOf(given: Readonly<Record<string, unknown>>): RunRequest {
  const { request, problems } = readRequest(given);
  if (problems.length > 0) throw new InputError(problems);
  return request;
}

function problem(where: string, message: string): Problem {
  return { where, path: "", message };
}

function valueProblems(flag: RunFlag, value: unknown): Problem[] {
  const name = flagName(flag);
  const refuse = (message: string): Problem[] => [problem(`${name} ${wordOf(value)}`, message)];
  switch (flag.kind) {
    case "text":
      return typeof value === "string" || value === flag.standard ? [] : refuse("must be a text");
    case "count":
      if (value === flag.standard) return [];
      if (!Number.isSafeInteger(value) || Number(value) < 1)
        return refuse("must be a whole number of at least 1");
      return flag.most !== undefined && Number(value) > flag.most
        ? refuse(`must be at most ${flag.most}`)
        : [];
    case "choice": {
      if (flag.words.some((word) => word === value)) return [];
      return refuse(`must be one of ${flag.words.join(", ")}${didYouMean(wordOf(value), flag.words)}`);
    }
    case "list":
      if (!Array.isArray(value)) return refuse("must be a list");
      return value.flatMap((item: unknown) => itemProblems(flag, item));
    case "switch":
      return typeof value === "boolean" ? [] : refuse("must be true or false");
  }
}

function itemProblems(flag: ListFlag, item: unknown): Problem[] {
  const where = `${flagName(flag)} ${wordOf(item)}`;
  if (typeof item !== "string") return [problem(where, "must be a text")];
  const known = flag.words && [...flag.words, ...(flag.all === undefined ? [] : [flag.all])];
  if (known === undefined || known.includes(item)) return [];
  const hint = flag.hints?.[item];
  return [problem(where, hint ?? `must be one of ${known.join(", ")}${didYouMean(item, known)}`)];
}

/** What a flag says of another one beside it. */
function neighbourProblems(
  flag: RunFlag,
  value: unknown,
  { given, isGood }: { readonly given: Readonly<Record<string, unknown>>; readonly isGood: boolean },
): Problem[] {
  const isGiven = Array.isArray(value) ? value.length > 0 : value !== standardOf(flag);
  const { needs, excludes } = flag;
  if (isGiven && isGood && needs !== undefined && given[needs] !== true) {
    const message = `needs ${flagName(RUN_FLAGS[needs])}; add it, or leave this out`;
    return [problem(`${flagName(flag)} ${wordOf(value)}`, message)];
  }
  return isGiven && excludes !== undefined && given[excludes.flag] === true
    ? [problem(flagName(flag), excludes.message)]
    : [];
}

function listOf({ words, all }: ListFlag, value: unknown): readonly unknown[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  if (words === undefined) return items;
  return words.filter((word) => items.includes(word) || (all !== undefined && items.includes(all)));
}

function wordOf(value: unknown): string {
  return typeof value === "string" ? show(value).slice(1, -1) : show(value);
}

/** The flags of a request that are not at their defaults, as they are written: `--set a=1`. Switches come last. */
export function flagsOf(request: RunRequest, isWanted: (flag: RunFlag) => boolean): (readonly string[])[] {
  const flags = RUN_FLAG_LIST.filter(([, flag]) => isWanted(flag)).flatMap(([name, flag]) => {
    const value: unknown = request[name];
    const word = flagName(flag);
    const words = (Array.isArray(value) ? value : value === standardOf(flag) ? [] : [value]) as unknown[];
    return words.map((each) => (flag.kind === "switch" ? [word] : [word, String(each)]));
  });
  return [...flags.filter(({ length }) => length > 1), ...flags.filter(({ length }) => length === 1)];
}

/** The command line that goes on with an experiment, without flags at their defaults. */
export function commandOf(file: string, request: RunRequest): string {
  const flags = flagsOf(request, ({ isOnce }) => isOnce !== true);
  return ["moe-lab run", ...[file, ...flags.flat()].map(shellWord)].join(" ");
}

/** A word as a shell wants it. */
export function shellWord(word: string): string {
  return /^[\w./=,:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

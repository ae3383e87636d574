import { describe, expect, test } from "vitest";
import { runCommand } from "../../src/cli/command.ts";
import type { Commands } from "../../src/cli/program.ts";
import { InputError } from "../../src/core/errors.ts";

interface Heard {
  readonly code: number;
  /** Name and arguments of the command that was called; null when none was. */
  readonly call: readonly unknown[] | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line with commands that only listen. @param act what the called command does. */
async function hear(line: string, act: () => number = () => 0): Promise<Heard> {
  let call: readonly unknown[] | null = null;
  const listen =
    (name: string) =>
    (...args: unknown[]): Promise<number> => {
      call = [name, ...args.slice(0, -1)];
      return Promise.resolve().then(act);
    };
  const names = [
    "run",
    "compare",
    "table",
    "plot",
    "report",
    "list",
    "export",
    "exportCurves",
    "generate",
    "tokenizer",
    "doctor",
  ] as const;
  const commands = Object.fromEntries(names.map((name) => [name, listen(name)])) as unknown as Commands;
  const text = { stdout: "", stderr: "" };
  const io = {
    stdout: (more: string) => void (text.stdout += more),
    stderr: (more: string) => void (text.stderr += more),
    color: false,
    columns: 100,
  };
  const code = await runCommand(line.split(" ").filter(Boolean), commands, io);
  return { code, call, ...text };
}

const RUN_DEFAULTS = {
  ...{ out: "results", jobs: null, threads: 1, seeds: null, steps: null, tier: null, set: [], only: [] },
  ...{ engine: "auto", passes: null, dryRun: false, verbose: false, json: false },
  ...{ looks: null, untilDecided: false, maxSeeds: null, maxMinutes: null, firstSeed: null, base: null },
  ...{ recipes: [], take: null, withoutWeights: false },
};

describe("what is typed becomes what is asked", () => {
  test.each([
    ["run e.json", ["run", "e.json", RUN_DEFAULTS]],
    [
      "run e.json --out o --jobs 3 --threads 2 --seeds 5 --steps 100 --tier quick --engine tfjs-cpu --dry-run --json",
      [
        ...["run", "e.json"],
        {
          ...RUN_DEFAULTS,
          ...{ out: "o", jobs: 3, threads: 2, seeds: 5, steps: 100, tier: "quick", set: [], only: [] },
          ...{ engine: "tfjs-cpu", dryRun: true, json: true },
        },
      ],
    ],
    [
      "run e.json --until-decided --looks 3 --max-seeds 30 --max-minutes 20 --first-seed 9",
      [
        ...["run", "e.json"],
        {
          ...RUN_DEFAULTS,
          ...{ looks: 3, untilDecided: true, maxSeeds: 30, maxMinutes: 20, firstSeed: 9 },
        },
      ],
    ],
    [
      "run e.json --recipe half-length --recipe half-rate --recipe half-length",
      ["run", "e.json", { ...RUN_DEFAULTS, recipes: ["half-rate", "half-length"] }],
    ],
    [
      "run e.json --recipe all",
      ["run", "e.json", { ...RUN_DEFAULTS, recipes: ["half-rate", "double-rate", "half-length"] }],
    ],
    [
      "run --set a.b=1 --only x e.json --set c=[2] --only y",
      ["run", "e.json", { ...RUN_DEFAULTS, set: ["a.b=1", "c=[2]"], only: ["x", "y"] }],
    ],
    [
      "compare a b --baseline x --margin 0.5% --json",
      [
        "compare",
        {
          folders: ["a", "b"],
          baseline: "x",
          metric: undefined,
          margin: "0.5%",
          format: undefined,
          json: true,
          verbose: false,
        },
      ],
    ],
    [
      "tokenizer train e.json --vocabulary 1024 --out t.json",
      ["tokenizer", { experiment: "e.json", vocabulary: "1024", out: "t.json", json: false }],
    ],
    [
      "table --list",
      [
        "table",
        {
          names: [],
          results: undefined,
          tier: undefined,
          list: true,
          all: false,
          format: undefined,
          json: false,
        },
      ],
    ],
    [
      "table yuan-1 --results r --format md",
      [
        "table",
        {
          names: ["yuan-1"],
          results: "r",
          tier: undefined,
          list: false,
          all: false,
          format: "md",
          json: false,
        },
      ],
    ],
    [
      "plot d e --format png,svg",
      ["plot", { folders: ["d", "e"], figures: [], list: false, format: "png,svg", json: false }],
    ],
    [
      "plot --figure x --figure y --out o",
      ["plot", { folders: [], figures: ["x", "y"], out: "o", list: false, json: false }],
    ],
    ["plot --list", ["plot", { folders: [], figures: [], list: true, json: false }]],
    ["report d", ["report", { folders: ["d"], json: false }]],
    ["report d e --out f --json", ["report", { folders: ["d", "e"], out: "f", json: true }]],
    ["list routers", ["list", "routers", { out: "results", json: false }]],
    ["list runs --out o --json", ["list", "runs", { out: "o", json: true }]],
    [
      "export linear-s1-0123 --out o",
      ["export", { run: "linear-s1-0123", out: "o", results: "results", router: null, json: false }],
    ],
    [
      "generate r --prompt hello --tokens 9 --json",
      [
        "generate",
        {
          ...{ run: "r", prompt: "hello", tokens: "9", temperature: null, seed: null, results: "results" },
          ...{ router: null, json: true },
        },
      ],
    ],
    ["export d --to csv", ["exportCurves", { folder: "d", to: "csv", out: null, json: false }]],
    [
      "export r --results elsewhere --router mine.js --json",
      ["export", { run: "r", out: null, results: "elsewhere", router: "mine.js", json: true }],
    ],
    ["doctor --json", ["doctor", { json: true }]],
  ])("%s", async (line, call) => {
    const heard = await hear(line);
    expect(heard).toEqual({ code: 0, call, stdout: "", stderr: "" });
  });
});

describe("a wrong request does nothing, says why, and ends with 2", () => {
  test.each([
    ["run", ["missing required argument 'experiment'"]],
    ["run e.json --jobs", ["'--jobs <n>' argument missing"]],
    [
      "run e.json --jobs 0 --threads two --seeds 1.5",
      ["--jobs 0: must be", "--threads two: must be", "--seeds 1.5: must"],
    ],
    ["run e.json --steps -3", ["--steps -3: must be a whole number of at least 1"]],
    [
      "run e.json --max-seeds 9 --max-minutes 0 --looks 11",
      ["--max-seeds 9: needs --until-decided", "--max-minutes 0: must be", "--looks 11: must be at most 10"],
    ],
    ["run e.json --sed 3 --jbs 2", ['--sed: there is no such flag; did you mean "--set"?', '"--jobs"?']],
    [
      "run e.json --recipe halfrate --recipe tuned --recipe x --until-decided",
      [
        '--recipe halfrate: must be one of half-rate, double-rate, half-length, all; did you mean "half-rate"?',
        "--recipe tuned: is trained by nothing of its own",
        "--recipe x: must be one of",
        "--recipe: can't be together with --until-decided",
      ],
    ],
    ["run e.json --engine compield", ['tfjs-cpu; did you mean "compiled"?']],
    ["run a.json b.json", ["b.json: run takes 1 argument"]],
    ["compare", ["missing required argument 'folders'"]],
    ["compare a --fromat md", ['did you mean "--format"?']],
    ["rnu e.json", ["unknown command 'rnu'", "Did you mean run?"]],
    ["list routes", ["unknown command 'routes'", "routers"]],
    ["generate", ["missing required argument 'run'"]],
    ["generate r --promt x", ['did you mean "--prompt"?']],
    ["export", ["missing required argument 'run'"]],
    ["export a b --ouut x", ['did you mean "--out"?']],
    ["doctor now", ["now: doctor takes 0 arguments"]],
    ["", ["Usage: moe-lab"]],
  ])("%s", async (line, messages) => {
    const heard = await hear(line);
    expect(heard).toMatchObject({ code: 2, call: null, stdout: "" });
    for (const message of messages) expect(heard.stderr).toContain(message);
  });
});

describe("exit codes", () => {
  const failing = (error: unknown) => (): number => {
    throw error;
  };
  test("a command's own code is kept", async () => {
    expect((await hear("run e.json", () => 1)).code).toBe(1);
    expect((await hear("run e.json", () => 130)).code).toBe(130);
  });
  test("an InputError is every problem on a line, without a trace", async () => {
    const problems = [
      { where: "e.json:3:5", path: "base.steps", message: "must be a number" },
      { where: "", path: "", message: "and more" },
    ];
    const heard = await hear("run e.json", failing(new InputError(problems)));
    expect(heard.code).toBe(2);
    expect(heard.stderr).toBe("error: e.json:3:5: base.steps: must be a number\nerror: and more\n");
  });
  test("anything else is a bug, with its trace", async () => {
    const heard = await hear("doctor", failing(new TypeError("undefined is not a router")));
    expect(heard.code).toBe(70);
    expect(heard.stderr).toMatch(/TypeError: undefined is not a router\n +at .*command\.test/s);
  });
  test("help and version are data", async () => {
    expect(await hear("--help")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Exit codes") as string,
    });
    expect(await hear("run --help")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("--dry-run") as string,
    });
    expect((await hear("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

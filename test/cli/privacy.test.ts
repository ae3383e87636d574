/** What moe-lab leaves outside its folders and says to the network: its text cache, and nothing. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { needsTime, slowTests } from "../support/slow.ts";
import { MAIN, runSync } from "../support/spawn.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const EXPERIMENT = {
  name: "tiny",
  title: "Tiny",
  base: {
    model: { width: 8, layers: 1, heads: 1, experts: 4, topK: 2, expertWidth: 8 },
    data: {
      ...{ domains: [{ name: "arithmetic" }], sequenceLength: 8, batchSequences: 2, validationTokens: 64 },
    },
    training: { steps: 20, warmupSteps: 2, evaluateEvery: 10, evaluationTokens: 32 },
  },
  seeds: [1, 2],
  baseline: "linear",
  variants: [
    { name: "linear", router: { name: "linear" } },
    { name: "hash", varies: ["router"], router: { name: "hash" } },
  ],
};

/** Every command, in an order in which each finds what it needs. */
const COMMANDS = [
  "--version",
  "--help",
  "doctor",
  "run tiny.json --dry-run",
  "run tiny.json",
  "run tiny.json --engine tfjs-cpu --steps 4 --seeds 1 --out eager",
  "compare results/tiny",
  "table --list",
  `table yuan-1 --results ${ROOT}results`,
  "plot results/tiny --format png,svg,pdf",
  "report results/tiny",
  "list routers",
  "list experiments",
  "list tables",
  "list runs",
  "export RUN",
];

interface Left {
  readonly code: number | null;
  readonly stderr: string;
  /** Files below the home folder. */
  readonly home: readonly string[];
  /** System calls on sockets of the internet; null where nothing could watch. */
  readonly sockets: readonly string[] | null;
}

const strace = runSync("strace", ["-f", "-e", "trace=network", "true"]).code === 0;
const unwatched = strace ? "" : " (skipped: needs strace, and the right to use it)";

/** Runs a program under strace, where that is there. */
function watched(program: readonly string[], cwd: string, home: string): Left {
  const log = join(cwd, "..", "strace.txt");
  rmSync(log, { force: true });
  const all = strace ? ["strace", "-f", "-qq", "-e", "trace=network", "-o", log, ...program] : program;
  const kept = ["PATH", "LD_LIBRARY_PATH", "SystemRoot"].map((name) => [name, process.env[name]]);
  const env = Object.fromEntries([...kept, ["HOME", home], ["USERPROFILE", home]]) as NodeJS.ProcessEnv;
  const { code, stderr } = runSync(all[0]!, all.slice(1), { cwd, env });
  const left = readdirSync(home, { recursive: true, encoding: "utf8" });
  const calls = existsSync(log) ? readFileSync(log, "utf8").split("\n") : [];
  const sockets = strace ? calls.filter((call) => /\bAF_INET6?\b/.test(call)) : null;
  return { code, stderr, home: left, sockets };
}

describe.skipIf(!slowTests)(`every command${needsTime}`, () => {
  const scratch = temporaryFolder();
  const [home, work] = [join(scratch, "home"), join(scratch, "work")];
  const after = new Map<string, Left>();

  beforeAll(() => {
    for (const folder of [home, work]) mkdirSync(folder);
    writeFileSync(join(work, "tiny.json"), JSON.stringify(EXPERIMENT));
    for (const command of COMMANDS) {
      const runs = join(work, "results", "runs");
      const run = existsSync(runs) ? readdirSync(runs).find((name) => name.startsWith("linear")) : "none";
      const words = command.split(" ").map((word) => (word === "RUN" ? (run ?? "none") : word));
      after.set(command, watched([process.execPath, MAIN, ...words], work, home));
    }
  }, 600_000);

  it.each(COMMANDS)("%s: works, and leaves nothing in the home folder but moe-lab's own cache", (command) => {
    const { code, stderr, home: files } = after.get(command)!;
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    const own = [".cache", join(".cache", "moe-lab")];
    expect(files.filter((file) => !own.includes(file) && !file.startsWith(join(own[1]!, "/")))).toEqual([]);
  });

  it.skipIf(!strace).each(COMMANDS)(`%s: no process of it opens a socket${unwatched}`, (command) => {
    expect(after.get(command)!.sockets).toEqual([]);
  });

  it.skipIf(!strace)(`a process that does open a socket is seen, also a child${unwatched}`, () => {
    const connect = "require('node:net').connect(9, '127.0.0.1').on('error', () => undefined)";
    const child = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(connect)}])`;
    for (const code of [connect, child]) {
      const { sockets } = watched([process.execPath, "-e", code], work, home);
      expect(sockets?.some((call) => call.includes("connect(") && call.includes("127.0.0.1"))).toBe(true);
    }
  });
});

describe("ONNX Runtime's telemetry", () => {
  /** What the variable is, seen by the library (that is, by a child) once the engine that loads it is. */
  const afterLoading = (value: string | undefined): string => {
    const engine = new URL("../../dist/engine/compiled.js", import.meta.url).href;
    const code = `await import(${JSON.stringify(engine)});
      const { execFileSync } = await import("node:child_process");
      const print = "process.stdout.write(process.env.ORT_DISABLE_TELEMETRY ?? 'unset')";
      process.stdout.write(execFileSync(process.execPath, ["-e", print]));`;
    const env = { ...process.env, ORT_DISABLE_TELEMETRY: value }; // undefined leaves it out
    return runSync(process.execPath, ["--input-type=module", "-e", code], { env }).stdout;
  };

  it("is off, in children too, unless the user has set the variable", () => {
    expect(afterLoading(undefined)).toBe("1");
    expect(afterLoading("")).toBe("1");
    expect(afterLoading("1")).toBe("1");
    expect(afterLoading("0")).toBe("0");
  });

  it("is switched off before the library is loaded, wherever it is", () => {
    for (const file of ["src/engine/ort.ts", "bench/floor.mjs"]) {
      const text = readFileSync(join(ROOT, file), "utf8");
      const at = text.indexOf('from "onnxruntime-node"');
      expect(at, file).toBeGreaterThan(0);
      expect(text.slice(0, at), file).toMatch(/import "[^"]*ort-telemetry\.(ts|js)";/);
    }
  });
});

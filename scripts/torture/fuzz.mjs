// Everything that reads, and what it is given: the readers of dist/ in this process; nothing here trains.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { runCommand } from "../../dist/cli/command.js";
import { lazyCommands } from "../../dist/cli/program.js";
import { loadExperiment } from "../../dist/config/load.js";
import { answerOf } from "../../dist/report/answer.js";
import { shippedRouters } from "../../dist/routers/index.js";
import { readExperimentFiles } from "../../dist/store/experiment-files.js";
import { inspectRun } from "../../dist/store/read-run.js";
import { decodeSafetensors, encodeSafetensors } from "../../dist/store/safetensors.js";
import { target } from "./attack.mjs";
import { routers } from "./fuzz-routers.mjs";
import { doRun } from "./run-of-three.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const LIMIT_BYTES = 500e6;

/** Pieces of text that readers trip over. */
const NASTY = [
  ...[
    "null",
    "-0",
    "1e999",
    "1e-999",
    "NaN",
    "0x10",
    "9007199254740993",
    "true",
    '""',
    "[]",
    "{}",
    "[".repeat(2000),
  ],
  ...[
    '"__proto__": 1',
    '"constructor": {}',
    "\u0000",
    "\ufeff",
    "\u2028",
    "\ud800",
    "\r\n",
    ",",
    ",,",
    '"',
    "\\",
    "/*",
    "//",
    "x".repeat(3000),
  ],
  ...["../../etc/passwd", "/dev/zero", "=cmd()", "\u001b[31m", "ẞ", "٣", "1,5", "--", "-1", "Infinity"],
];

/** @typedef {{ at: number, length: number, by: string }} Edit */

/** One change of a text: what stands in a span, in thousandths of its length, is replaced. */
const edit = fc.record({
  at: fc.integer({ min: 0, max: 999 }),
  length: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 4000 })),
  by: fc.oneof(
    fc.constant(""),
    fc.constantFrom(...NASTY),
    fc.string({ maxLength: 6 }),
    fc.integer().map(String),
  ),
});
const edits = fc.array(edit, { minLength: 1, maxLength: 4 });

/**
 * @param {string} text
 * @param {readonly Edit[]} changes
 */
function edited(text, changes) {
  return changes.reduce((now, { at, length, by }) => {
    const start = Math.floor((at * now.length) / 1000);
    return now.slice(0, start) + by + now.slice(start + length);
  }, text);
}

/** @param {string} scratch */
function experimentFiles(scratch) {
  const folder = join(ROOT, "experiments");
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  const file = join(scratch, "fuzzed.json");
  return target({
    name: "experiment files",
    input: fc.record({ text: fc.constantFrom(...texts), changes: edits }),
    read: ({ text, changes }) => {
      writeFileSync(file, edited(text, changes));
      return loadExperiment(file, { routers: shippedRouters });
    },
    careless: ({ text, changes }) => {
      const json = edited(text, changes).replace(/^\s*\/\/.*$/gm, "");
      const { variants } = /** @type {{ variants: { name: string }[] }} */ (JSON.parse(json));
      return variants.map(({ name }) => name.length);
    },
  });
}

const WORDS = fc.oneof(
  fc.constantFrom(
    ...["run", "compare", "table", "list", "plot", "report", "verify", "gc", "check", "export", "new"],
  ),
  fc.constantFrom(
    ...["status", "merge", "submit", "tokenizer", "missing.json", "results", "yuan-1", "training.steps=3"],
  ),
  fc.constantFrom(
    ...["--out", "--seeds", "--tier", "--set", "--only", "--json", "--help", "--dry-run", "--all"],
  ),
  fc.constantFrom(...["--format", "--results", "--slurm", "--print", ...NASTY]),
  fc.string({ maxLength: 8 }),
);

function commandLines() {
  return target({
    name: "command lines",
    input: fc.array(WORDS, { maxLength: 6 }),
    read: async (words) => {
      let said = "";
      const stderr = (/** @type {string} */ text) => void (said += text);
      const io = { stdout: () => undefined, stderr, color: false, columns: 80 };
      const code = await runCommand(words, lazyCommands, io);
      if (![0, 1, 2].includes(code)) throw new TypeError(`exit code ${code}: ${said}`);
    },
    careless: (words) => {
      if (words.at(-1)?.startsWith("--") === true) throw new TypeError("its value is undefined");
    },
  });
}

/**
 * A folder of which one file is edited.
 * @param {string} name
 * @param {string} folder
 * @param {readonly string[]} files
 * @param {{ read: () => unknown, careless: () => unknown }} readers
 */
function folderOf(name, folder, files, { read, careless }) {
  const input = fc.record({ file: fc.constantFrom(...files), changes: edits });
  const withEdited =
    (/** @type {() => unknown} */ reader) =>
    (/** @type {{ file: string, changes: Edit[] }} */ { file, changes }) => {
      const path = join(folder, file);
      const whole = readFileSync(path);
      try {
        writeFileSync(path, edited(whole.toString("utf8"), changes));
        return reader();
      } finally {
        writeFileSync(path, whole);
      }
    };
  return target({ name, input, read: withEdited(read), careless: withEdited(careless) });
}

/**
 * Lengths of a column, as if it were always there.
 * @param {string} path
 * @param {number} column
 */
function lengths(path, column) {
  const rows = readFileSync(path, "utf8").trim().split("\n");
  return rows.map((row) => /** @type {string} */ (row.split(",")[column]).length);
}

/** @param {string} scratch */
function resultFolders(scratch) {
  const source = join(ROOT, "results", "gates-renormalised-quick");
  const files = readdirSync(source).filter((name) => /^(experiment\.json|.*\.csv)$/.test(name));
  const folder = join(scratch, "results");
  mkdirSync(folder);
  for (const name of files) copyFileSync(join(source, name), join(folder, name));
  return folderOf("result folders", folder, files, {
    read: () => answerOf(readExperimentFiles(folder), []),
    careless: () => lengths(join(folder, "runs.csv"), 20),
  });
}

/** @param {string} scratch */
function runFolders(scratch) {
  const runs = join(scratch, "runs");
  doRun(runs);
  const run = join(runs, readdirSync(runs)[0] ?? "");
  // Without a seal files are read as older versions left them, and only their form protects.
  rmSync(join(run, "seal.json"));
  return folderOf("run folders", run, ["run.json", "metrics.csv", "routing.csv"], {
    read: () => inspectRun(run),
    careless: () => lengths(join(run, "metrics.csv"), 5),
  });
}

function safetensors() {
  const values = Float32Array.of(1, -2, 3.5, 0);
  const whole = encodeSafetensors({ metadata: { step: "3" }, tensors: { a: { shape: [2, 2], values } } });
  const input = fc.record({
    flips: fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
    end: fc.oneof(fc.constant(whole.length), fc.nat(whole.length)),
  });
  const damaged = (/** @type {{ flips: [number, number][], end: number }} */ { flips, end }) => {
    const changed = Buffer.from(whole);
    for (const [at, by] of flips) changed[at] = by;
    return changed.subarray(0, end);
  };
  return target({
    name: "safetensors",
    input,
    read: (one) => decodeSafetensors(damaged(one), { checksum: "optional" }),
    careless: (one) => {
      const bytes = damaged(one);
      const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString();
      const { a } = /** @type {{ a: { data_offsets: [number, number] } }} */ (JSON.parse(header));
      return a.data_offsets;
    },
  });
}

/**
 * @param {string} scratch a folder that is not there; the current one while it runs
 * @param {number} cases for each target
 * @returns {Promise<{ parts: string, failures: string[] }>}
 */
export async function fuzz(scratch, cases) {
  mkdirSync(scratch, { recursive: true });
  const before = process.cwd();
  process.chdir(scratch);
  /** @type {string[]} */
  const parts = [];
  /** @type {string[]} */
  const failures = [];
  try {
    const targets = [
      ...[
        experimentFiles(scratch),
        commandLines(),
        resultFolders(scratch),
        runFolders(scratch),
        safetensors(),
      ],
      await routers(),
    ];
    for (const { name, attack } of targets) {
      const found = await attack(cases);
      failures.push(...found.failures);
      parts.push(`${name} ${found.cases}`);
    }
  } finally {
    process.chdir(before);
  }
  const used = process.resourceUsage().maxRSS * 1024;
  if (used > LIMIT_BYTES) failures.push(`${Math.round(used / 1e6)} MB of memory`);
  return { parts: parts.join(", "), failures };
}

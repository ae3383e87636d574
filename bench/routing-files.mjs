/**
 * `node bench/routing-files.mjs [TOKENS] [ROUNDS]`: how long `analyze --chosen` takes for a file of chosen experts (64 experts, 8 a token, three layers), and
 * how long reading it takes, in turn with a copy of it whose lines begin with a tab, which sends each through JSON.parse. Build before.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { streamOf } from "../dist/core/streams.js";
import { readChosen } from "../dist/store/routing-files/read-chosen.js";
import { median } from "./stats.mjs";

const [tokens = 1_000_000, rounds = 5] = process.argv.slice(2).map(Number);
const [E, K, LAYERS, IDS] = [64, 8, [0, 7, 15], 50_000];
const DOMAINS = ["code", "arxiv", "books", "wiki", "c4"];
const LINES_AT_ONCE = 5000;
const SAYS_MEMORY =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("rss "+process.resourceUsage().maxRSS))';

/**
 * Even loads and ids: the hardest case, since nothing comes often.
 * @param {string} path
 * @param {string} before of every line.
 */
function writeTokens(path, before) {
  const stream = streamOf(0, "bench", "routing-files");
  const file = openSync(path, "w");
  writeSync(file, `${JSON.stringify({ format: 1, experts: E, layers: LAYERS, expertsPerToken: K })}\n`);
  for (let start = 0; start < tokens; start += LINES_AT_ONCE) {
    const lines = Array.from({ length: Math.min(LINES_AT_ONCE, tokens - start) }, (_, i) => {
      const experts = LAYERS.map(() => {
        const own = new Set();
        while (own.size < K) own.add(stream.integer(E));
        return [...own];
      });
      const domain = DOMAINS[Math.floor(((start + i) * DOMAINS.length) / tokens)];
      const [input, predicted, next] = [stream.integer(IDS), stream.integer(IDS), stream.integer(IDS)];
      return `${before}${JSON.stringify({ experts, domain, input, predicted, next })}\n`;
    });
    writeSync(file, lines.join(""));
  }
  closeSync(file);
}

/** @param {() => void} work @returns milliseconds */
function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** @param {readonly number[]} ms */
const said = (ms) => `median ${median(ms).toFixed(0)} ms, minimum ${Math.min(...ms).toFixed(0)} ms`;

const folder = mkdtempSync(join(tmpdir(), "moe-lab-bench-"));
try {
  const [quick, slow] = [join(folder, "tokens.jsonl"), join(folder, "tabs.jsonl")];
  writeTokens(quick, "");
  writeTokens(slow, "\t");
  /** @type {{ quick: number[], slow: number[], whole: number[] }} */
  const ms = { quick: [], slow: [], whole: [] };
  let most = 0;
  for (let round = 0; round < rounds; round++) {
    ms.quick.push(timed(() => readChosen(quick, null)));
    ms.slow.push(timed(() => readChosen(slow, null)));
    const words = ["dist/cli/main.js", "analyze", "--chosen", quick, "--out", join(folder, "routing")];
    ms.whole.push(
      timed(() => {
        const { stderr, status } = spawnSync(process.execPath, ["--import", SAYS_MEMORY, ...words], {
          encoding: "utf8",
        });
        if (status !== 0) throw new Error(stderr);
        most = Math.max(most, Number(/rss (\d+)/.exec(stderr)?.[1]));
      }),
    );
  }
  console.log(`${tokens} tokens, ${rounds} rounds in turn`);
  console.log(`reading:                ${said(ms.quick)}`);
  console.log(`reading by JSON.parse:  ${said(ms.slow)}`);
  const ratios = ms.slow.map((slowMs, round) => slowMs / (ms.quick[round] ?? NaN));
  console.log(`ratio:                  median ${median(ratios).toFixed(2)}`);
  console.log(`analyze --chosen:       ${said(ms.whole)}, ${(most / 1024).toFixed(0)} MB at most`);
} finally {
  rmSync(folder, { recursive: true });
}

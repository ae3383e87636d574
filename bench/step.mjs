// Times whole training steps of the compiled engine: batch in, gradients, clipping, AdamW, losses and routing statistics out.
// The peer is torch_step.py, with the same sizes and options:
//
//   npm run build && node bench/step.mjs --size nano --router linear --threads 1 --steps 40
//   python bench/torch_step.py --size nano --router linear --threads 1 --steps 40
import { parseArgs } from "node:util";
import { DEFAULTS } from "../dist/config/defaults.js";
import { streamOf } from "../dist/core/streams.js";
import { createEngine } from "../dist/engine/create.js";
import { shippedRouters } from "../dist/routers/index.js";
import { timeSteps } from "../dist/train/time-steps.js";

const SIZES = {
  nano: { model: { width: 64, layers: 2, heads: 2, experts: 8, expertWidth: 128 }, B: 16, T: 64 },
  micro: { model: { width: 128, layers: 4, heads: 4, experts: 8, expertWidth: 256 }, B: 8, T: 128 },
  small: { model: { width: 256, layers: 6, heads: 4, experts: 16, expertWidth: 512 }, B: 8, T: 256 },
};

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "nano" },
    router: { type: "string", default: "linear" },
    engine: { type: "string", default: "compiled" },
    threads: { type: "string", default: "1" },
    steps: { type: "string", default: "40" },
    json: { type: "boolean", default: false },
  },
});
const size = SIZES[values.size];
const router = shippedRouters.get(values.router);
if (size === undefined || router === undefined) {
  throw new Error(
    `--size is ${Object.keys(SIZES).join(", ")}; --router is ${[...shippedRouters.keys()].join(", ")}`,
  );
}
const data = { ...DEFAULTS.data, batchSequences: size.B, sequenceLength: size.T };
const settings = {
  ...DEFAULTS,
  model: { ...DEFAULTS.model, ...size.model },
  router: { name: router.name, options: router.options.parse({}) },
  data,
};
// Bytes drawn at random, so that routing is spread as at the start of training.
const stream = streamOf(1, "bench");
const bytes = Uint8Array.from({ length: 1 << 16 }, () => stream.integer(256));
const splits = { train: bytes, validation: bytes, test: bytes };
const corpus = {
  domains: [
    { name: "random", weight: 1, splits, sources: [], documents: { train: 1, validation: 1, test: 1 } },
  ],
  vocabulary: 256,
  bytesPerToken: 1,
  hash: "",
};
const threads = Number(values.threads);
const engine = await createEngine(values.engine, { threads });
const [seconds] = await timeSteps([{ settings, seed: 1, router, corpus, engine }], {
  rounds: Number(values.steps),
  maxSeconds: 600,
});
const ms = seconds.map((one) => one * 1000).sort((a, b) => a - b);
const row = {
  peer: values.engine,
  size: values.size,
  router: router.name,
  threads,
  steps: ms.length,
  median_ms: ms[Math.floor(ms.length / 2)],
  min_ms: ms[0],
  max_ms: ms.at(-1),
  rss_mb: Math.round(process.memoryUsage.rss() / 1e6),
};
if (values.json) console.log(JSON.stringify(row));
else
  for (const [name, value] of Object.entries(row))
    console.log(name.padEnd(10), typeof value === "number" ? Number(value.toFixed(2)) : value);

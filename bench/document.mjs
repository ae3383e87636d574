/** Writes docs/performance.md from the rows of a sitting. Every number in that file comes from here. */
import { goalLines } from "./goals.mjs";
import { toMarkdown } from "./print.mjs";
import { groupRows } from "./rows.mjs";
import { SIZES } from "./sizes.mjs";
import {
  memoryTables,
  phaseTables,
  profileTables,
  scalingTables,
  stepTables,
  sweepTables,
} from "./tables.mjs";

/**
 * @import { Row } from "./rows.mjs"
 * @import { Table } from "./tables.mjs"
 */

/**
 * The document.
 * @param {readonly Row[]} rows
 * @throws {Error} without any row
 */
export function performanceDocument(rows) {
  if (rows.length === 0) throw new Error("there are no rows to write about");
  const sections = [
    HEAD,
    machineText(rows),
    goalsText(rows),
    section("A training step", STEP, stepTables(rows)),
    section("Many runs at once", SWEEP, sweepTables(rows)),
    section("How time grows", SCALING, scalingTables(rows)),
    section("Memory", MEMORY, memoryTables(rows)),
    section("Where the time goes", PROFILE, profileTables(rows)),
    section("A whole run", PHASES, phaseTables(rows)),
    PEERS_TEXT,
    REPEAT,
    NOT_MEASURED,
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

const HEAD = `# Performance

Written by \`npm run bench:report\` from [bench/results/performance.json](../bench/results/performance.json); change the
words in \`bench/document.mjs\`, and the numbers by measuring again.

A step is all that training does between two batches: batch in, forward, backward, clipping, AdamW; losses, gradient norm and
routing statistics out, as numbers that JavaScript or Python can read. Float32 throughout, dropless top-2 routing, the default settings
otherwise.

${sizesTable()}`;

const STEP = `Peers take a few steps in turn (A B C, B C A, ...), each in a process of its own that stays alive, so that a slow moment of the
machine meets all. The first step of a turn of several is not counted, as the caches are another peer's then. Medians are for comparing; the smallest time says more about the code where the machine is busy. *x torch*: how
many times as fast as PyTorch eager in the same sitting, by medians and by smallest times. *CPU*: milliseconds of all threads a
step, waiting in a loop for other threads included. *floor*: the share of the step that its matrix multiplications alone
would take (forward, and twice that backward, at their shapes, back to back, on as many threads, in turn with the peers; by ONNX Runtime and by
\`torch.mm\`, the faster one counts). Before it is timed, each peer starts from the same weights and takes the same two batches: losses,
balance, z and gradient norm must agree with ours within 1e-4, or no ratio is printed.`;

const SWEEP = `Two processes of one thread each, both stepping at once, each run from weights of its own; steps a second of both together, the peers
in turn, a pair of runs each.`;

const SCALING = `One axis changes, all else stays. *time* and *multiplies* are relative to the first row of the same peer: time should grow as the
multiplications do. The number of experts changes the parameters (and so AdamW's work), but not the work for a token.`;

const MEMORY = `Resident memory of the process over a long run; the growth is the line of least squares without the first tenth.`;

const PROFILE = `By ONNX Runtime's profiler, which slows the step down somewhat; times are means over the steps. Operators are ONNX's; groups
are operators with the shapes of their inputs, n for the rows of an expert, which change from step to step. What is below 1 % is left out.`;

const PHASES = `The wall clock of one process that does one run, as \`moe-lab run\` starts them, its text prepared before; default settings,
evaluated and saved every 100 steps, and all validation tokens at the end.`;

const PEERS_TEXT = `## The peers

- \`native\`: the default engine; traced, simplified, made a plan of, run by our C library.
- \`compiled\`: the same trace run by ONNX Runtime, AdamW in WebAssembly beside it.
- \`torch\`: \`bench/torch_model.py\` in PyTorch eager, written for speed from [model.md](model.md): one multiply for q, k and v and one for
  gate and up, \`scaled_dot_product_attention\`, experts over sorted rows with hand-written backward, fused AdamW.
- \`torch-compile\`: the same under \`torch.compile(fullgraph=True)\`.
- \`tfjs-node\`, \`tfjs-cpu\`: our program, operation by operation, on TensorFlow's library or tfjs's own backend.`;

const REPEAT = `## To repeat

    npm ci && npm run build
    MOE_LAB_PYTHON=/path/to/python npm run bench -- --all --json results.json
    npm run bench:report -- results.json

takes an hour or two and wants a quiet machine. The last line keeps the rows of one or more files in \`bench/results/performance.json\` and writes
this page. \`npm run bench -- --help\` lists what can be asked for singly. npm prints a header on stdout;
\`npm run --silent bench -- --size micro --peer compiled --threads 2 --json -\` prints JSON and nothing else.`;

const NOT_MEASURED = `## Not measured

Text instead of random bytes in the steps of the tables before the last (routing would be less even); more than two threads
where the machine has two cores; GPUs; half precision; other processors than the one named above.`;

/** The sizes, as they are timed. */
function sizesTable() {
  const head = ["size", "layers", "width", "heads", "tokens a step", "experts of width"];
  const body = Object.entries(SIZES).map(([name, size]) => [
    `\`${name}\``,
    ...[size.layers, size.width, size.heads].map(String),
    `${size.sequences} x ${size.positions}`,
    `${size.experts} of ${size.expertWidth}`,
  ]);
  return toMarkdown({ title: "", head, body, notes: [] });
}

/** @param {readonly Row[]} rows */
function machineText(rows) {
  const sittings = groupRows(rows, ["sitting"]).map((group) => {
    const machines = group.map(({ machine }) => machine);
    const [{ sitting, machine: first }] = group;
    /** @param {"torch" | "python"} key */
    const known = (key) => machines.find((one) => one[key] !== null)?.[key] ?? null;
    const torch =
      known("torch") === null
        ? ""
        : `, PyTorch ${String(known("torch"))} on Python ${String(known("python"))}`;
    const loads = machines.flatMap(({ loadavg }) => loadavg.slice(0, 1));
    const day = sitting.slice(0, 10);
    const measures = [...new Set(group.map(({ measure }) => measure))].join(", ");
    return (
      `- ${day}: ${measures}. ${first.cpu}, ${first.cores} cores, ${first.memory_gb} GB, ${first.platform}; ` +
      `Node ${first.node}, ONNX Runtime ${first.onnxruntime}${torch}. ` +
      `Load average (1 min, ours included) ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}.`
    );
  });
  return `## Measured on\n\n${sittings.join("\n")}`;
}

/** @param {readonly Row[]} rows */
function goalsText(rows) {
  const body = goalLines(rows);
  const table = toMarkdown({ title: "", head: ["goal", "wanted", "measured", "met"], body, notes: [] });
  return `## Goals\n\nOf several routers or thread counts the worst counts.\n\n${table}`;
}

/**
 * @param {string} title
 * @param {string} text
 * @param {readonly Table[]} tables
 */
function section(title, text, tables) {
  if (tables.length === 0) return "";
  const parts = tables.map((table) => `**${table.title}**\n\n${toMarkdown(table)}`);
  return [`## ${title}`, text, ...parts].join("\n\n");
}

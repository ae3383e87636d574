import type {
  MemoryRow,
  PhasesRow,
  ProfileRow,
  Row,
  ScalingRow,
  StepRow,
  SweepRow,
} from "../../bench/rows.mjs";

const machine = {
  cpu: "A Processor",
  cores: 2,
  memory_gb: 16,
  platform: "linux-x64",
  node: "20.0.0",
  onnxruntime: "1.30.0",
  torch: "2.15.0",
  python: "3.12.0",
  loadavg: [0.5, 0.4, 0.3],
};
const right = { loss: 1e-7, balance: 0, z: 0, gradient_norm: 1e-7, second_loss: 1e-6, agrees: true };

const common = {
  sitting: "2026-01-02T03:04:05.000Z",
  router: "linear",
  threads: 1,
  machine,
};
const model = { tokens: 1024, parameters: 460_352 };

/** A row of `--step`. */
export function stepRow(peer: string, median_ms: number, more: Partial<StepRow> = {}): StepRow {
  return {
    ...common,
    ...model,
    measure: "step",
    peer,
    size: "micro",
    median_ms,
    min_ms: 0.9 * median_ms,
    max_ms: 2 * median_ms,
    steps: 100,
    cpu_ms: median_ms,
    floor_ms: 40,
    floor_by: "torch",
    floors_ms: { onnxruntime: 41, torch: 40 },
    rss_mb: 300,
    compile_ms: null,
    flops: 1_000_000_000,
    versions: {},
    passes: null,
    agreement: peer === "compiled" ? null : right,
    ...more,
  };
}

/** A small sitting with something of everything. */
export const EXAMPLE: readonly Row[] = [
  stepRow("compiled", 80, { compile_ms: 1234 }),
  stepRow("torch", 160),
  stepRow("torch-compile", 100, { compile_ms: 45_678 }),
  stepRow("compiled", 50, { threads: 2, compile_ms: 1111 }),
  stepRow("torch", 1600, { threads: 2, agreement: { agrees: false } }),
  sweepRow("compiled", 60),
  sweepRow("torch", 30),
  scalingRow("compiled", 1024, 20),
  scalingRow("compiled", 2048, 38),
  {
    ...common,
    ...model,
    measure: "memory",
    peer: "compiled",
    size: "nano",
    steps: 10_000,
    first_mb: 150.4,
    settled_mb: 160.2,
    settled_after: 1100,
    last_mb: 160.6,
    max_mb: 161.2,
    mb_per_1000_steps: 0.012,
  } satisfies MemoryRow,
  {
    ...common,
    measure: "profile",
    peer: "compiled",
    size: "nano",
    passes: null,
    profiled_steps: 60,
    step_ms: 10,
    graph_ms: 8,
    nodes_ms: 7.5,
    operators: [
      { name: "MatMul", ms: 7.45, share: 0.9933, calls: 12 },
      { name: "Add", ms: 0.05, share: 0.0067, calls: 3 },
    ],
    parts: [
      { name: "attention", ms: 5, share: 0.6667, calls: 10 },
      { name: "elsewhere", ms: 2.5, share: 0.3333, calls: 5 },
    ],
    groups: [{ name: "MatMul [4,8] [8,8]", ms: 7.45, share: 0.9933, calls: 12 }],
  } satisfies ProfileRow,
  {
    ...common,
    measure: "phases",
    peer: "native",
    size: "nano",
    steps: 800,
    total_ms: 20_000,
    phases: [
      { name: "text", ms: 1_000 },
      { name: "steps", ms: 19_000 },
    ],
  } satisfies PhasesRow,
];

function sweepRow(peer: string, steps_per_second: number): SweepRow {
  return {
    ...common,
    measure: "sweep",
    peer,
    size: "nano",
    processes: 2,
    runs: 8,
    steps_a_run: 100,
    steps_per_second,
    min_steps_per_second: steps_per_second - 5,
    max_steps_per_second: steps_per_second + 5,
    tokens: 1024,
    agreement: peer === "compiled" ? null : right,
  };
}

function scalingRow(peer: string, tokens: number, median_ms: number): ScalingRow {
  return {
    ...common,
    measure: "scaling",
    peer,
    size: "nano",
    axis: "tokens",
    value: tokens,
    median_ms,
    min_ms: median_ms,
    max_ms: median_ms,
    steps: 100,
    cpu_ms: median_ms,
    agreement: null,
    parameters: 460_352,
    tokens,
    flops: tokens * 1_000_000,
  };
}

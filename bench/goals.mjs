/** What the engine was to reach, beside what was measured. */
import { areAlike, timesAsFast } from "./rows.mjs";

/** @import { Row, ScalingRow } from "./rows.mjs" */
/**
 * `most` or `least` is the goal; the value is null for a row that does not bear on it.
 * @typedef {{ name: string, unit: string, digits: number, least?: number, most?: number,
 *   value: (rows: readonly Row[], row: Row) => number | null | undefined }} Goal
 */

/** @type {Readonly<Record<string, string>>} */
const SHOWN = { compiled: "ONNX Runtime", torch: "PyTorch eager", "torch-compile": "torch.compile" };

/**
 * A speed beside another peer.
 * @param {string} size
 * @param {number} threads
 * @param {string} peer
 * @param {number} least
 * @returns {Goal}
 */
const faster = (size, threads, peer, least) => ({
  name: `\`${size}\`, ${threads} thread${threads === 1 ? "" : "s"}: times as fast as ${SHOWN[peer] ?? peer}`,
  unit: "",
  digits: 2,
  least,
  value: (rows, row) =>
    row.measure === "step" && row.size === size && row.threads === threads
      ? timesAsFast(rows, row, peer)
      : undefined,
});

/**
 * Beside each peer on one thread, and a tenth less on two.
 * @param {string} size
 * @param {Readonly<Record<string, number>>} least
 */
const goalsOf = (size, least) =>
  [1, 2].flatMap((threads) =>
    Object.entries(least).map(([peer, times]) =>
      faster(size, threads, peer, Math.round(100 * (times - 0.1 * (threads - 1))) / 100),
    ),
  );

/**
 * The time of a step with more experts than the first, at equal active work.
 * @param {number} experts
 * @param {number} most
 * @returns {Goal}
 */
const moreExperts = (experts, most) => ({
  name: `\`nano\`: ${experts} experts beside 8, time of a step`,
  unit: "",
  digits: 2,
  most,
  value: (rows, row) =>
    row.measure === "scaling" && row.size === "nano" && row.axis === "experts" && row.value === experts
      ? timesOfFirst(rows, row)
      : undefined,
});

/** @type {readonly Goal[]} */
const GOALS = [
  ...goalsOf("nano", { compiled: 1.7, torch: 2.2, "torch-compile": 1.7 }),
  ...goalsOf("micro", { compiled: 1.45, torch: 1.8, "torch-compile": 1.45 }),
  faster("small", 1, "compiled", 1.35),
  {
    name: "sweep at `nano`, two processes: times PyTorch eager's steps a second",
    unit: "",
    digits: 2,
    least: 2.2,
    value: (rows, row) =>
      row.measure === "sweep" && row.size === "nano" ? timesAsFast(rows, row, "torch") : undefined,
  },
  moreExperts(16, 1.05),
  moreExperts(32, 1.1),
  moreExperts(64, 1.25),
  {
    name: "`micro`: trace and plan, seconds",
    unit: "",
    digits: 1,
    most: 0.3,
    value: (_, row) =>
      row.measure === "step" && row.size === "micro" && row.compile_ms !== null
        ? row.compile_ms / 1000
        : undefined,
  },
  {
    name: "`micro`: resident memory, MB",
    unit: "",
    digits: 0,
    most: 441,
    value: (_, row) => (row.measure === "step" && row.size === "micro" ? row.rss_mb : undefined),
  },
];

/**
 * One line a goal: name, what was wanted, the worst measured over routers and thread counts, whether that is enough.
 * @param {readonly Row[]} rows
 * @returns {string[][]}
 */
export function goalLines(rows) {
  return GOALS.map(({ name, unit, digits, least, most, value }) => {
    const found = rows
      .filter((row) => row.peer === "native")
      .map((row) => value(rows, row))
      .filter((one) => typeof one === "number");
    const wanted = least === undefined ? `at most ${most}${unit}` : `at least ${least}${unit}`;
    if (found.length === 0) return [name, wanted, "not measured", ""];
    const worst = least === undefined ? Math.max(...found) : Math.min(...found);
    const met = worst >= (least ?? -Infinity) && worst <= (most ?? Infinity);
    const best = least === undefined ? Math.min(...found) : Math.max(...found);
    const shown = [...new Set([worst, best].map((one) => one.toFixed(digits) + unit))].join(" to ");
    return [name, wanted, shown, met ? "yes" : "no"];
  });
}

/**
 * The time of a row at one value of an axis beside that of the same peer at the first.
 * @param {readonly Row[]} rows
 * @param {ScalingRow} row
 */
function timesOfFirst(rows, row) {
  const same = ["measure", "sitting", "peer", "size", "router", "threads", "axis"];
  const first = rows
    .filter((other) => other.measure === "scaling")
    .find((other) => areAlike(other, row, same));
  return first === undefined ? null : row.median_ms / first.median_ms;
}

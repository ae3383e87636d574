// @ts-check
/** What the engine was to reach, beside what was measured. */
import { shareOfFloor, timesAsFast } from "./rows.mjs";

/**
 * @typedef {import("./rows.mjs").Row} Row
 * `most` or `least` is the goal; the value is null for a row that does not bear on it.
 * @typedef {{ name: string, unit: string, digits: number, least?: number, most?: number,
 *   measure: string, value: (rows: readonly Row[], row: Row) => number | null | undefined }} Goal
 */

/**
 * A speed beside another peer.
 * @param {string} size
 * @param {number} threads
 * @param {string} peer
 * @param {string} shown
 * @param {number} least
 * @returns {Goal}
 */
const faster = (size, threads, peer, shown, least) => ({
  name: `\`${size}\`, ${threads} thread${threads === 1 ? "" : "s"}: times as fast as ${shown}`,
  unit: "",
  digits: 2,
  least,
  measure: "step",
  value: (rows, row) =>
    row.size === size && row.threads === threads ? timesAsFast(rows, row, peer) : undefined,
});

/** @type {readonly Goal[]} */
const GOALS = [
  faster("micro", 2, "torch", "PyTorch eager", 2),
  faster("micro", 2, "torch-compile", "torch.compile", 1.4),
  faster("micro", 1, "torch", "PyTorch eager", 1.5),
  faster("micro", 1, "torch-compile", "torch.compile", 1.2),
  faster("nano", 1, "torch", "PyTorch eager", 1.5),
  faster("micro", 1, "tfjs-node", "tfjs-node", 4),
  {
    name: "`small`: share of the multiply floor",
    unit: " %",
    digits: 0,
    least: 50,
    measure: "step",
    value: (_, row) => (row.size === "small" ? percent(shareOfFloor(row)) : undefined),
  },
  {
    name: "sweep at `nano`, two processes: times PyTorch eager's steps a second",
    unit: "",
    digits: 2,
    least: 1.7,
    measure: "sweep",
    value: (rows, row) => (row.size === "nano" ? timesAsFast(rows, row, "torch") : undefined),
  },
  {
    name: "`micro`: trace and compile, seconds",
    unit: "",
    digits: 1,
    most: 3,
    measure: "step",
    value: (_, row) =>
      row.size === "micro" ? (row.compile_ms === null ? null : row.compile_ms / 1000) : undefined,
  },
  {
    name: "`micro`: resident memory, MB",
    unit: "",
    digits: 0,
    most: 700,
    measure: "step",
    value: (_, row) => (row.size === "micro" ? row.rss_mb : undefined),
  },
];

/**
 * One line a goal: name, what was wanted, the worst measured over routers and thread counts, whether that is enough.
 * @param {readonly Row[]} rows
 * @returns {string[][]}
 */
export function goalLines(rows) {
  return GOALS.map(({ name, unit, digits, least, most, measure, value }) => {
    const found = rows
      .filter((row) => row.peer === "compiled" && row.measure === measure)
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

/** @param {number | null} share */
function percent(share) {
  return share === null ? null : 100 * share;
}

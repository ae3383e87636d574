/** The rows of a measurement, and what may be said of them side by side. */

/**
 * @import { Machine } from "./machine.mjs"
 * @import { ProfileSummary } from "./profile.mjs"
 * @import { Times } from "./stats.mjs"
 */
/**
 * What every row says: when, of which peer and model, on how many threads and on what machine.
 * @typedef {{ sitting: string, peer: string, size: string, router: string, threads: number, machine: Machine }} Measured
 */
/**
 * Whether a peer did the work of the compiled engine, and how far it was off; null for that engine itself, and where nobody
 * compared.
 * @typedef {{ agreement: { agrees: boolean } | null }} Compared
 */
/**
 * One of `--step`: milliseconds, megabytes.
 * @typedef {Measured & Compared & Times & { measure: "step", cpu_ms: number, floor_ms: number | null,
 *   floor_by: string | null, floors_ms: Readonly<Record<string, number>>, rss_mb: number | null,
 *   compile_ms: number | null, parameters: number, tokens: number, flops: number,
 *   versions: Readonly<Record<string, string>>, passes: readonly string[] | null }} StepRow
 */
/**
 * One of `--sweep`.
 * @typedef {Measured & Compared & { measure: "sweep", processes: number, runs: number, steps_a_run: number,
 *   steps_per_second: number, max_steps_per_second: number, min_steps_per_second: number, tokens: number }} SweepRow
 */
/**
 * One of `--scaling`: the times at one value of an axis.
 * @typedef {Measured & Compared & Times & { measure: "scaling", axis: string, value: number, cpu_ms: number,
 *   parameters: number, tokens: number, flops: number }} ScalingRow
 */
/**
 * One of `--memory`: resident megabytes.
 * @typedef {Measured & { measure: "memory", steps: number, tokens: number, parameters: number, first_mb: number,
 *   settled_mb: number, last_mb: number, max_mb: number, settled_after: number, mb_per_1000_steps: number }} MemoryRow
 */
/**
 * One of `--profile`.
 * @typedef {Measured & ProfileSummary & { measure: "profile", step_ms: number,
 *   passes: readonly string[] | null }} ProfileRow
 */
/**
 * What a part of a run took.
 * @typedef {{ name: string, ms: number }} Phase
 * One of `--phases`.
 * @typedef {Measured & { measure: "phases", steps: number, total_ms: number, phases: readonly Phase[] }} PhasesRow
 */
/**
 * @typedef {StepRow | SweepRow | ScalingRow} ComparedRow
 * @typedef {ComparedRow | MemoryRow | ProfileRow | PhasesRow} Row
 */

/**
 * Whether a row is one of those that have peers beside them.
 * @param {Row} row
 * @returns {row is ComparedRow}
 */
export function isCompared(row) {
  return row.measure === "step" || row.measure === "sweep" || row.measure === "scaling";
}

/**
 * Whether two rows say the same in some fields.
 * @param {Readonly<Record<string, unknown>>} a
 * @param {Readonly<Record<string, unknown>>} b
 * @param {readonly string[]} fields
 */
export function areAlike(a, b, fields) {
  return fields.every((field) => a[field] === b[field]);
}

/**
 * The row of another peer that sat beside this one: only such may be compared.
 * @param {readonly Row[]} rows
 * @param {ComparedRow} row
 * @param {string} peer
 * @returns {ComparedRow | undefined}
 */
function besides(rows, row, peer) {
  const same = ["measure", "sitting", "size", "router", "threads", "axis", "value"];
  return rows.filter(isCompared).find((other) => other.peer === peer && areAlike(other, row, same));
}

/**
 * Whether a row's peer did the work that our engine does; the compiled engine is what others are compared with.
 * @param {ComparedRow} row
 */
export function isRight(row) {
  return row.peer === "compiled" || row.agreement?.agrees === true;
}

/**
 * How many times as fast a row's peer is as another in the same sitting, by medians (or smallest times) or steps a second;
 * null without that peer, or where either of them does other work.
 * @param {readonly Row[]} rows
 * @param {ComparedRow} row
 * @param {string} peer
 * @param {"median_ms" | "min_ms"} by
 * @returns {number | null}
 */
export function timesAsFast(rows, row, peer, by = "median_ms") {
  const other = besides(rows, row, peer);
  if (other === undefined || !isRight(row) || !isRight(other)) return null;
  if (row.measure === "sweep") {
    return other.measure === "sweep" ? row.steps_per_second / other.steps_per_second : null;
  }
  return other.measure === "sweep" ? null : other[by] / row[by];
}

/**
 * The share of the step that the multiplications alone would take; null where the work is not the same.
 * @param {StepRow} row
 * @returns {number | null}
 */
export function shareOfFloor(row) {
  return row.floor_ms === null || !isRight(row) ? null : row.floor_ms / row.median_ms;
}

/**
 * Rows in groups, in the order in which each group was first met. None is empty.
 * @template {Readonly<Record<string, unknown>>} T
 * @param {readonly T[]} rows
 * @param {readonly string[]} keys
 * @returns {[T, ...T[]][]}
 */
export function groupRows(rows, keys) {
  /** @type {Map<string, [T, ...T[]]>} */
  const groups = new Map();
  for (const row of rows) {
    const key = JSON.stringify(keys.map((name) => row[name]));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

/**
 * Rows as a JSON file, one a line: readable, and differences of two files show.
 * @param {readonly unknown[]} rows
 */
export function toJson(rows) {
  return `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`;
}

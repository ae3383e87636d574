// @ts-check
/** The rows of a measurement, and what may be said of them side by side. */

/**
 * Rows as the measurements write them; which fields there are depends on `measure`.
 * @typedef {Record<string, unknown> & { measure: string, sitting: string, peer: string, size: string, router: string,
 *   threads: number, median_ms: number, min_ms: number, max_ms: number, cpu_ms: number, floor_ms: number | null,
 *   floor_by: string | null, steps_per_second: number, rss_mb: number | null, compile_ms: number | null,
 *   agreement: { agrees: boolean } | null }} Row
 */

/**
 * The row of another peer that sat beside this one: only such may be compared.
 * @param {readonly Row[]} rows
 * @param {Row} row
 * @param {string} peer
 * @returns {Row | undefined}
 */
function besides(rows, row, peer) {
  const same = ["measure", "sitting", "size", "router", "threads", "axis", "value"];
  return rows.find((other) => other.peer === peer && same.every((key) => other[key] === row[key]));
}

/**
 * Whether a row's peer did the work that our engine does; the compiled engine is what others are compared with.
 * @param {Row} row
 */
export function isRight(row) {
  return row.peer === "compiled" || row.agreement?.agrees === true;
}

/**
 * How many times as fast a row's peer is as another in the same sitting, by medians (or smallest times) or steps a second;
 * null without that peer, or where either of them does other work.
 * @param {readonly Row[]} rows
 * @param {Row} row
 * @param {string} peer
 * @param {"median_ms" | "min_ms"} by
 * @returns {number | null}
 */
export function timesAsFast(rows, row, peer, by = "median_ms") {
  const other = besides(rows, row, peer);
  if (other === undefined || !isRight(row) || !isRight(other)) return null;
  if (row.measure === "sweep") return row.steps_per_second / other.steps_per_second;
  return other[by] / row[by];
}

/**
 * The share of the step that the multiplications alone would take; null where the work is not the same.
 * @param {Row} row
 * @returns {number | null}
 */
export function shareOfFloor(row) {
  return row.floor_ms === null || !isRight(row) ? null : row.floor_ms / row.median_ms;
}

/**
 * Rows in groups, in the order in which each group was first met.
 * @template {Record<string, unknown>} T
 * @param {readonly T[]} rows
 * @param {readonly string[]} keys
 * @returns {T[][]}
 */
export function groupRows(rows, keys) {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const row of rows) {
    const key = JSON.stringify(keys.map((name) => row[name]));
    groups.set(key, [...(groups.get(key) ?? []), row]);
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

/** Tables of the measurements, as data. */
import { groupRows, isRight, shareOfFloor, timesAsFast } from "./rows.mjs";

/**
 * @import { Group } from "./profile.mjs"
 * @import { ComparedRow, ProfileRow, Row } from "./rows.mjs"
 */
/**
 * @typedef {{ title: string, head: string[], body: string[][], notes: string[] }} Table
 */

const MISSING = "";

/**
 * The tables of everything that was measured.
 * @param {readonly Row[]} rows
 * @returns {Table[]}
 */
export function tablesOf(rows) {
  return [
    ...stepTables(rows),
    ...sweepTables(rows),
    ...scalingTables(rows),
    ...memoryTables(rows),
    ...profileTables(rows),
    ...phaseTables(rows),
  ];
}

/** @param {readonly Row[]} all */
export function stepTables(all) {
  const rows = all.filter((row) => row.measure === "step");
  return groupRows(rows, ["sitting", "size", "router", "threads"]).map((group) => {
    const [{ size, router, threads, floor_ms, floor_by }] = group;
    const title = `${size}, ${router} router, ${threads} thread${threads === 1 ? "" : "s"}`;
    const body = group.map((row) => [
      row.peer,
      ms(row.median_ms),
      ms(row.min_ms),
      ms(row.cpu_ms),
      factor(timesAsFast(rows, row, "torch")),
      factor(timesAsFast(rows, row, "torch", "min_ms")),
      percent(shareOfFloor(row)),
      row.compile_ms === null ? MISSING : (row.compile_ms / 1000).toFixed(1),
      row.rss_mb === null ? MISSING : String(row.rss_mb),
    ]);
    if (floor_ms !== null) {
      body.push(["floor", ms(floor_ms), ...Array.from({ length: 7 }, () => MISSING)]);
    }
    return {
      title: `Step: ${title}${floor_by === null ? "" : `, floor by ${floor_by}`}`,
      head: ["peer", "median ms", "min", "CPU", "x torch", "by min", "floor", "compile s", "MB"],
      body,
      notes: wrongOnes(group),
    };
  });
}

/** @param {readonly Row[]} all */
export function sweepTables(all) {
  const rows = all.filter((row) => row.measure === "sweep");
  return groupRows(rows, ["sitting", "size", "router"]).map((group) => {
    const [{ size, router, runs, processes, steps_a_run }] = group;
    return {
      title: `Sweep: ${size}, ${router} router, ${runs} runs of ${steps_a_run} steps on ${processes} processes`,
      head: ["peer", "steps/s in all", "slowest pair", "fastest pair", "x torch"],
      body: group.map((row) => [
        row.peer,
        row.steps_per_second.toFixed(1),
        row.min_steps_per_second.toFixed(1),
        row.max_steps_per_second.toFixed(1),
        factor(timesAsFast(rows, row, "torch")),
      ]),
      notes: wrongOnes(group),
    };
  });
}

/** @param {readonly Row[]} all */
export function scalingTables(all) {
  const rows = all.filter((row) => row.measure === "scaling");
  return groupRows(rows, ["sitting", "size", "router", "threads", "axis"]).map((group) => {
    const [{ size, router, threads, axis }] = group;
    return {
      title: `Scaling with ${axis}: ${size}, ${router} router, ${threads} thread${threads === 1 ? "" : "s"}`,
      head: ["peer", axis, "median ms", "min", "CPU", "time", "multiplies", "x torch"],
      body: group.map((row) => {
        const first = group.find(({ peer }) => peer === row.peer) ?? row;
        return [
          row.peer,
          String(row.value),
          ms(row.median_ms),
          ms(row.min_ms),
          ms(row.cpu_ms),
          factor(row.median_ms / first.median_ms),
          factor(row.flops / first.flops),
          factor(timesAsFast(rows, row, "torch")),
        ];
      }),
      notes: wrongOnes(group),
    };
  });
}

/** @param {readonly Row[]} all */
export function memoryTables(all) {
  const rows = all.filter((row) => row.measure === "memory");
  return groupRows(rows, ["sitting"]).map((group) => ({
    title: "Memory: resident MB of one process",
    head: ["peer", "size", "threads", "steps", "first", "last", "max", "MB per 1000 steps"],
    body: group.map((row) => [
      row.peer,
      row.size,
      String(row.threads),
      String(row.steps),
      row.first_mb.toFixed(0),
      row.last_mb.toFixed(0),
      row.max_mb.toFixed(0),
      row.mb_per_1000_steps.toFixed(2),
    ]),
    notes: [],
  }));
}

/** Operators, parts and groups below this share of the time are left out. */
const LEAST_SHARE = 0.01;

/** @param {readonly Row[]} all */
export function profileTables(all) {
  return all.filter((row) => row.measure === "profile").flatMap(tablesOfProfile);
}

/** @param {ProfileRow} row */
function tablesOfProfile(row) {
  const { size, router, threads, step_ms: step, graph_ms: graph, nodes_ms: nodes } = row;
  const where = `${size}, ${router} router, ${threads} thread${threads === 1 ? "" : "s"}`;
  /**
   * @param {string} what
   * @param {readonly Group[]} groups
   */
  const table = (what, groups) => ({
    title: `Profile by ${what}: ${where}`,
    head: [what, "ms", "share", "calls"],
    body: groups
      .filter(({ share }) => share >= LEAST_SHARE)
      .map(({ name, ms: time, share, calls }) => [name, ms(time), percent(share), String(calls)]),
    notes: [],
  });
  const overview = {
    title: `Profile: ${where}`,
    head: ["of a step", "ms", "share"],
    body: [
      ["operators of the graph", ms(nodes), percent(nodes / step)],
      ["between operators", ms(graph - nodes), percent((graph - nodes) / step)],
      ["batch, border, clipping, AdamW", ms(step - graph), percent((step - graph) / step)],
    ],
    notes: [],
  };
  // Parts are known where the engine names the nodes of its graph by them.
  const parts = table("part", row.parts);
  return [
    overview,
    table("operator", row.operators),
    ...(parts.body.length > 1 ? [parts] : []),
    table("group", row.groups),
  ];
}

/** @param {readonly Row[]} all */
export function phaseTables(all) {
  return all
    .filter((row) => row.measure === "phases")
    .map(({ peer, size, router, threads, steps, total_ms: total, phases }) => {
      const shown = [...phases, { name: "all", ms: total }];
      return {
        title: `Phases: ${peer}, ${size}, ${router} router, ${threads} thread${threads === 1 ? "" : "s"}, ${steps} steps`,
        head: ["phase", "seconds", "share"],
        body: shown.map(({ name, ms: time }) => [name, (time / 1000).toFixed(2), percent(time / total)]),
        notes: [],
      };
    });
}

/** @param {readonly ComparedRow[]} rows */
function wrongOnes(rows) {
  const wrong = [...new Set(rows.filter((row) => !isRight(row)).map(({ peer }) => peer))];
  if (wrong.length === 0) return [];
  return [`No ratios with ${wrong.join(", ")}: its loss or gradient norm is not ours.`];
}

/** @param {number} value */
function ms(value) {
  return value >= 1000 ? value.toFixed(0) : value.toFixed(value >= 100 ? 1 : 2);
}

/** @param {number | null} value */
function factor(value) {
  return value === null ? MISSING : value.toFixed(2);
}

/** @param {number | null} share */
function percent(share) {
  return share === null ? MISSING : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

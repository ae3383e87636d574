import { readFileSync } from "node:fs";
import { join } from "node:path";

const STARTS = ["started", "resumed"];
const ENDS = ["finished", "interrupted", "failed", "diverged"];

/**
 * Seconds that a run was worked on, from its events.jsonl: from each start to the end that follows it. What a process did that died without a
 * word is not counted.
 * @returns null when no stretch of work has both ends.
 */
export function runSeconds(folder: string): number | null {
  let text: string;
  try {
    text = readFileSync(join(folder, "events.jsonl"), "utf8");
  } catch {
    return null;
  }
  let start: number | null = null;
  let total: number | null = null;
  for (const line of text.split("\n")) {
    const event = parse(line);
    if (event === null) continue;
    if (STARTS.includes(event.event)) start = event.time;
    else if (ENDS.includes(event.event) && start !== null) {
      total = (total ?? 0) + (event.time - start) / 1000;
      start = null;
    }
  }
  return total;
}

/** @returns null for a line that is cut off or has no time. */
function parse(line: string): { readonly event: string; readonly time: number } | null {
  try {
    const { event, time } = JSON.parse(line) as { event: unknown; time: unknown };
    const at = typeof time === "string" ? Date.parse(time) : NaN;
    return typeof event === "string" && !Number.isNaN(at) ? { event, time: at } : null;
  } catch {
    return null;
  }
}

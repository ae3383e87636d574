import stringWidth from "string-width";
import type { Experiment } from "../config/settings.ts";

/** An experiment's title, with the tier where it has some. */
export function titleOf({ title, tier }: Pick<Experiment, "title" | "tier">): string {
  return tier === "" ? title : `${title} [${tier}]`;
}

/** A duration, e.g. `42 s`, `12 min`, `1 h 05 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 1) return "under 1 s";
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** A time that is a guess: `about 4 s`, and `under 1 s` as it is. */
export function aboutDuration(seconds: number): string {
  return `${seconds < 1 ? "" : "about "}${formatDuration(seconds)}`;
}

/** A count with three digits and a prefix, e.g. `950`, `12.3 k`, `3.51 M`. */
export function formatCount(count: number): string {
  const prefixes = ["", " k", " M", " G", " T", " P", " E"];
  let value = count;
  let step = 0;
  while (value >= 999.5 && step < prefixes.length - 1) {
    value /= 1000;
    step += 1;
  }
  const text = step === 0 ? String(Math.round(value)) : value.toPrecision(3);
  return `${text}${prefixes[step] ?? ""}`;
}

/** Text in at most so many columns of a terminal, what does not fit replaced by an ellipsis. */
export function cut(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let kept = "";
  for (const character of text) {
    if (stringWidth(kept + character) > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

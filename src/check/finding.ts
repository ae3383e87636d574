import { messageOf } from "../core/errors.ts";
import { placeOf, showPlace } from "../core/places.ts";

/** Something that a router does otherwise than it must. */
export interface RouterFinding {
  /** Name of the check. */
  readonly check: string;
  /** What of the router it is about: `assignment.gate`, `parameters.weight`, `route`. */
  readonly field: string;
  /** What came, what was wanted, and what to do; goes on behind the field. */
  readonly message: string;
  /** `file:line:column` in the author's code, where that is known. */
  readonly place: string | null;
}

/** A finding, by a check that has a name. */
export type Wrong = Omit<RouterFinding, "check">;

/** @param at an error that was made, or thrown, where the author's code went wrong. */
export function wrong(field: string, message: string, at?: unknown): Wrong {
  const place = placeOf(at);
  return { field, message, place: place && showPlace(place) };
}

/** What a function of the router threw. */
export function threw(field: string, error: unknown): Wrong {
  const kind = error instanceof Error && error.name !== "Error" ? `${error.name}: ` : "";
  return wrong(field, `throws: ${kind}${messageOf(error)}`, error);
}

/** What differs between modes and models: shapes, lists of numbers, and where it was seen. */
const SIZES = /( = )?\[[^\]]*\]|(-?\d+(\.\d+)?(e-?\d+)?(, )?)+|\((in|after) [^)]*\)/g;

/** The first of each field and sentence; the same mistake shows in every mode and model. */
export function once(findings: readonly Wrong[]): Wrong[] {
  const first = new Map<string, Wrong>();
  for (const found of findings) {
    const key = `${found.field} ${found.message.replaceAll(SIZES, "")}`;
    if (!first.has(key)) first.set(key, found);
  }
  return [...first.values()];
}

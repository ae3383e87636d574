import type { Stream } from "./streams.ts";

/** Puts numbers into a random order, in place: Fisher-Yates from the top. */
export function shuffle(values: number[] | Uint32Array, stream: Stream): void {
  for (let i = values.length - 1; i >= 1; i--) {
    const j = stream.integer(i + 1);
    const moved = values[i] ?? 0;
    values[i] = values[j] ?? 0;
    values[j] = moved;
  }
}

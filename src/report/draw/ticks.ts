import type { Range } from "./axis-range.ts";

/** A value of an axis with its text. */
export interface Tick {
  readonly value: number;
  readonly text: string;
}

const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/** A count in a few letters: 1 638 400 is `1.64M`. */
export function compactCount(value: number): string {
  return COMPACT.format(value);
}

/** A number without trailing zeros, with a sign unless it is zero: `+0.5`, `-2`, `0`. */
export function signedNumber(value: number): string {
  const text = String(Number(value.toPrecision(12)));
  return value > 0 ? `+${text}` : text;
}

/**
 * Round values of a linear axis, at most `most` of them (at least 2): multiples of 1, 2 or 5 times a power of ten.
 * @param text of a value; its plain digits when not given.
 */
export function linearTicks(
  { min, max }: Range,
  most: number,
  text: (value: number) => string = String,
): readonly Tick[] {
  const size = 10 ** Math.floor(Math.log10((max - min) / most));
  const step = [1, 2, 5, 10, 20].map((factor) => factor * size).find((width) => (max - min) / width < most);
  if (step === undefined) return [];
  const first = Math.ceil(min / step - 1e-9);
  const count = Math.floor(max / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, index) => {
    // Without the digits that floating point adds to 3 * 0.1.
    const value = Number(((first + index) * step).toPrecision(12));
    return { value, text: text(value) };
  });
}

/** Round values of a logarithmic axis (min > 0): powers of ten, and as many round ones between as keep to `most`. */
export function logTicks(
  { min, max }: Range,
  most: number,
  text: (value: number) => string = String,
): readonly Tick[] {
  const first = Math.floor(Math.log10(min));
  const last = Math.ceil(Math.log10(max));
  const within = (factors: readonly number[]): readonly number[] =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index)
      .flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(12))))
      .filter((value) => value >= min * (1 - 1e-9) && value <= max * (1 + 1e-9));
  const choices = [[1, 1.5, 2, 3, 4, 5, 7], [1, 2, 3, 5], [1, 2, 5], [1, 3], [1]].map(within);
  const chosen = choices.find((values) => values.length <= most) ?? choices.at(-1) ?? [];
  return chosen.map((value) => ({ value, text: text(value) }));
}

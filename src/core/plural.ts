/** `1 run`, `2 runs`, `2 processes`. */
export function plural(count: number, noun: string): string {
  const ending = count === 1 ? "" : noun.endsWith("s") ? "es" : "s";
  return `${count} ${noun}${ending}`;
}

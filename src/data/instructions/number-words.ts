const ONES =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

/**
 * A number in English words: 342 is `three hundred forty-two`.
 * @param number whole, 0 to 999
 */
export function numberInWords(number: number): string {
  if (number >= 100) {
    const hundreds = `${ONES[Math.floor(number / 100)]} hundred`;
    return number % 100 === 0 ? hundreds : `${hundreds} ${numberInWords(number % 100)}`;
  }
  if (number < 20) return ONES[number] ?? "";
  const tens = TENS[Math.floor(number / 10) - 2] ?? "";
  return number % 10 === 0 ? tens : `${tens}-${ONES[number % 10]}`;
}

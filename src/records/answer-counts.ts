import type { SplitAnswers } from "./results.ts";

/** Right and asked, over all domains. */
export interface Counted {
  readonly right: number;
  readonly asked: number;
}

/** Counts of all domains together. */
export function countedOf(answers: SplitAnswers): Counted {
  const all = Object.values(answers);
  return {
    right: all.reduce((sum, { right }) => sum + right, 0),
    asked: all.reduce((sum, { asked }) => sum + asked, 0),
  };
}

/** Right answers as a share of all that were asked. */
export function accuracyOf(answers: SplitAnswers): number {
  const { right, asked } = countedOf(answers);
  return right / asked;
}

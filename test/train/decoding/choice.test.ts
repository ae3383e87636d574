import { expect, it } from "vitest";
import { chosenAnswer } from "../../../src/train/decoding/choice.ts";

it("chooses the most probable answer, whole or by the byte; the first of equal ones, never NaN", () => {
  const answers = [
    { logProbability: -3, bytes: 1 },
    { logProbability: -4, bytes: 4 },
    { logProbability: -4.5, bytes: 5 },
  ];
  expect(chosenAnswer(answers, "sum")).toBe(0);
  expect(chosenAnswer(answers, "per-byte")).toBe(2); // -3, -1, -0.9
  expect(chosenAnswer([answers[1]!, answers[1]!], "sum")).toBe(0);
  expect(chosenAnswer([{ logProbability: NaN, bytes: 1 }, answers[0]!], "sum")).toBe(1);
});

import {
  arithmeticDigitsEasy,
  arithmeticDigitsHard,
  arithmeticWordsEasy,
  arithmeticWordsHard,
} from "./arithmetic.ts";
import { copying } from "./copying.ts";
import { extraction } from "./extraction.ts";
import { jsonRecord } from "./json-record.ts";
import { sorting } from "./sorting.ts";
import type { InstructionTask } from "./types.ts";

/** The tasks that can be checked, by name, in their usual order. */
export const instructionTasks: Readonly<Record<string, InstructionTask>> = {
  "digits-easy": arithmeticDigitsEasy,
  "digits-hard": arithmeticDigitsHard,
  "words-easy": arithmeticWordsEasy,
  "words-hard": arithmeticWordsHard,
  extraction,
  sorting,
  copying,
  "json-record": jsonRecord,
};

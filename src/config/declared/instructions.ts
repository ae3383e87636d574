/** Names of the tasks whose answers can be checked (data/instructions/), in their usual order. */
export const INSTRUCTION_TASKS = [
  "digits-easy",
  "digits-hard",
  "words-easy",
  "words-hard",
  "extraction",
  "sorting",
  "copying",
  "json-record",
] as const;

/** Whether a domain's `corpus` names instructions. */
export function isInstructions(corpus: string | null): boolean {
  return INSTRUCTION_TASKS.some((name) => name === corpus);
}

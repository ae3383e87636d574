import { bitsOf } from "./builder.ts";
import { GROUPS, OPS } from "./kinds.ts";
import { EXPERT_ROWS, type Place, type Plan, stepsOf } from "./plan.ts";
import type { Draft, DraftOperand } from "./drafts.ts";
import type { Group } from "./groups.ts";

/** As in native/plan.c. */
const MAGIC = 0x314d4f45;
/** As the ROOT_ constants of native/plan.h; external arrays follow. */
const ROOTS = { scratch: 0, arena: 1, constants: 2, externals: 3 };

/** A plan as the words that native/plan.c reads. */
export function encodePlan(plan: Plan): Int32Array {
  const words: number[] = [];
  const drafts = plan.groups.flatMap((group) => group.drafts);
  const operands = drafts.reduce((sum, draft) => sum + draft.operands.length, 0);
  words.push(MAGIC, plan.externals.length, drafts.length, operands, plan.arena, plan.scratch, plan.workspace);
  words.push(plan.groups.length);
  for (const group of plan.groups) {
    const counts =
      group.counts === null ? [0, 0, 0, 0] : [...rootWords(plan.places.get(group.counts), 0), 0, 0];
    words.push(GROUPS.indexOf(group.kind), group.blocks, EXPERT_ROWS, ...counts, group.drafts.length);
    for (const draft of group.drafts) words.push(...opWords(plan, group, draft));
  }
  return Int32Array.from(words);
}

/** The lead of a block, as a draft's encode() takes it. */
export function leadOf(group: Group, draft: Draft): number {
  if (group.kind === "experts") return -1;
  return group.kind === "slices" ? (draft.lead ?? 1) / group.blocks : (draft.lead ?? 1);
}

function opWords(plan: Plan, group: Group, draft: Draft): number[] {
  const { ints, floats } = draft.encode(leadOf(group, draft), plan.packed.get(draft) ?? -1);
  const parts = group.kind === "whole" ? draft.parts : 1;
  return [
    OPS.indexOf(draft.op),
    parts,
    draft.operands.length,
    ints.length,
    floats.length,
    ...draft.operands.flatMap((operand) => operandWords(plan, group, draft, operand)),
    ...ints,
    ...floats.map(bitsOf),
  ];
}

function operandWords(plan: Plan, group: Group, draft: Draft, operand: DraftOperand): number[] {
  const { perBlock, perExpert } = stepsOf(plan, group, draft, operand);
  return [...rootWords(plan.places.get(operand.view.root), operand.view.offset), perBlock, perExpert];
}

function rootWords(place: Place | undefined, offset: number): [number, number] {
  if (place === undefined) throw new Error("a plan's operand has no place");
  return place.kind === "external"
    ? [ROOTS.externals + place.index, offset]
    : [ROOTS[place.kind], place.offset + offset];
}

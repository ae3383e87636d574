import type { Draft, RowProgram, RowStep } from "./drafts.ts";
import { type Group, reads } from "./groups.ts";
import { MAX_REGISTERS } from "./kinds.ts";
import { draftOfProgram } from "./row-programs.ts";
import type { View } from "./views.ts";

/** Registers that a joined program may have, with room for what it still takes in. */
const MOST_REGISTERS = MAX_REGISTERS - 8;

/**
 * Joins the element-wise programs of a group that run over the same shape and meet in a tensor, so that what one makes for the
 * next stays in a register. A result that nobody else reads is then not written at all.
 * @param isKept whether a root is read outside of the group
 */
export function fuseGroup(group: Group, isKept: (root: number) => boolean): Group {
  const drafts: Draft[] = [];
  for (const draft of group.drafts) {
    const at = partnerOf(drafts, draft);
    const partner = at === undefined ? undefined : drafts[at.from];
    if (at === undefined || partner?.program == null || draft.program === null) {
      drafts.push(draft);
      continue;
    }
    const joined = draftOfProgram(
      joinPrograms(partner.program, draft.program),
      `${partner.label} ${draft.label}`,
      draft.scope,
    );
    drafts.splice(at.from, 1);
    drafts.splice(at.to, 0, joined);
  }
  const lean = drafts.map((draft) => (draft.program === null ? draft : withoutUnread(draft, drafts, isKept)));
  const parts = lean.reduce((sum, draft) => sum + draft.parts, 0);
  return { ...group, drafts: lean, blocks: group.kind === "whole" ? parts : group.blocks };
}

/** Which earlier program a new one can be joined with, and where the two then stand. */
function partnerOf(drafts: readonly Draft[], draft: Draft): { from: number; to: number } | undefined {
  const { program } = draft;
  if (program === null) return undefined;
  const inputs = new Set(reads(draft).map(({ view }) => view.root));
  /** Roots that stand between the candidate and the new draft: written, so that the new one can't move up past; read. */
  const written = new Set<number>();
  const read = new Set<number>();
  for (let from = drafts.length - 1; from >= 0; from--) {
    const candidate = drafts[from];
    if (candidate === undefined) return undefined;
    if (candidate.program !== null && fits(candidate.program, program)) {
      if ([...inputs].every((root) => !written.has(root))) return { from, to: from };
      const outputs = candidate.program.outputs.map(({ view }) => view.root);
      // The candidate moves down: nobody in between may need what it makes.
      if (outputs.every((root) => !read.has(root))) return { from, to: drafts.length - 1 };
    }
    for (const { view, writes } of candidate.operands) (writes ? written : read).add(view.root);
  }
  return undefined;
}

function fits(first: RowProgram, second: RowProgram): boolean {
  if (first.shape.join() !== second.shape.join()) return false;
  const registers = first.inputs.length + first.steps.length + second.inputs.length + second.steps.length;
  if (registers > MOST_REGISTERS) return false;
  const made = new Map(first.outputs.map(({ view }) => [view.root, view]));
  const seen = new Set(first.inputs.map(keyOf));
  let meets = false;
  for (const view of second.inputs) {
    const source = made.get(view.root);
    // Read in another way than it was written: the value is needed in memory first.
    if (source !== undefined && keyOf(source) !== keyOf(view)) return false;
    meets ||= source !== undefined || (seen.has(keyOf(view)) && view.strides.some((stride) => stride !== 0));
  }
  return meets;
}

/** Both in one: inputs once each, the second's reads of what the first makes by register. */
function joinPrograms(first: RowProgram, second: RowProgram): RowProgram {
  const made = new Map(first.outputs.map(({ register, view }) => [keyOf(view), register]));
  const inputs = [...first.inputs];
  for (const view of second.inputs) {
    if (!made.has(keyOf(view)) && !inputs.some((known) => keyOf(known) === keyOf(view))) inputs.push(view);
  }
  const shift = inputs.length - first.inputs.length;
  const ofFirst = (register: number): number =>
    register < first.inputs.length ? register : register + shift;
  const ofSecond = (register: number): number => {
    const view = second.inputs[register];
    if (view === undefined) return register - second.inputs.length + inputs.length + first.steps.length;
    const source = made.get(keyOf(view));
    return source === undefined ? inputs.findIndex((known) => keyOf(known) === keyOf(view)) : ofFirst(source);
  };
  const moved = (steps: readonly RowStep[], move: (register: number) => number): RowStep[] =>
    steps.map(({ instruction, from }) => ({ instruction, from: from.map(move) }));
  return {
    shape: first.shape,
    inputs,
    steps: [...moved(first.steps, ofFirst), ...moved(second.steps, ofSecond)],
    outputs: [
      ...first.outputs.map(({ register, view }) => ({ register: ofFirst(register), view })),
      ...second.outputs.map(({ register, view }) => ({ register: ofSecond(register), view })),
    ],
  };
}

/** Without the outputs that nothing reads any more. */
function withoutUnread(draft: Draft, drafts: readonly Draft[], isKept: (root: number) => boolean): Draft {
  const { program } = draft;
  if (program === null) return draft;
  const others = new Set(
    drafts
      .filter((other) => other !== draft)
      .flatMap(reads)
      .map(({ view }) => view.root),
  );
  const own = new Set(program.inputs.map(({ root }) => root));
  const outputs = program.outputs.filter(
    ({ view: { root } }) => isKept(root) || others.has(root) || own.has(root),
  );
  if (outputs.length === program.outputs.length || outputs.length === 0) return draft;
  return draftOfProgram({ ...program, outputs }, draft.label, draft.scope);
}

function keyOf({ root, offset, shape, strides }: View): string {
  return `${root}/${offset}/${shape.join()}/${strides.join()}`;
}

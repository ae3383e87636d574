import type { Draft } from "./drafts.ts";
import { leadOf } from "./encode.ts";
import type { Group } from "./groups.ts";
import { INSTRUCTIONS } from "./kinds.ts";
import type { Place, Plan } from "./plan.ts";
import type { View } from "./views.ts";

/**
 * A plan for reading: a line a group with its blocks, below it a line an operation with its operands: root, shape, strides where
 * these are not those of rows without gaps, and where it lies (s: scratch, a: arena, c: constant, x: array of the caller).
 */
export function printPlan(plan: Plan): string {
  const kilobytes = (numbers: number): string => `${Math.ceil((numbers * 4) / 1024)} kB`;
  const head =
    `${plan.groups.length} groups, arena ${kilobytes(plan.arena)}, ` +
    `each thread ${kilobytes(plan.scratch)} of scratch and ${kilobytes(plan.workspace)} of workspace`;
  return [head, ...plan.groups.map((group, index) => printGroup(plan, group, index))].join("\n");
}

function printGroup(plan: Plan, group: Group, index: number): string {
  const cut = {
    slices: `${group.blocks} slices`,
    experts: `${group.blocks} experts by %${group.counts ?? "?"}`,
    whole: `${group.blocks} parts`,
  }[group.kind];
  return [
    `group ${index}: ${cut}`,
    ...group.drafts.map((draft) => `  ${printDraft(plan, group, draft)}`),
  ].join("\n");
}

function printDraft(plan: Plan, group: Group, draft: Draft): string {
  const show = (view: View): string => printView(view, plan.places.get(view.root));
  const outputs = draft.operands.filter(({ writes }) => writes).map(({ view }) => show(view));
  const inputs = draft.operands.filter(({ writes }) => !writes).map(({ view }) => show(view));
  const steps = draft.program?.steps
    .map(({ instruction, from }) => `${INSTRUCTIONS[instruction] ?? "?"}(${from.join(",")})`)
    .join(" ");
  const lead = draft.lead === null ? "" : ` /${leadOf(group, draft)}`;
  const scope = draft.scope === "" ? "" : ` in ${draft.scope}`;
  return `${outputs.join(", ")} = ${steps ?? draft.op}(${inputs.join(", ")})${lead} <- ${draft.label}${scope}`;
}

function printView({ root, offset, shape, strides }: View, place: Place | undefined): string {
  const where =
    place === undefined ? "?" : { scratch: "s", arena: "a", constants: "c", external: "x" }[place.kind];
  const from = offset === 0 ? "" : `+${offset}`;
  let step = 1;
  const isPlain = [...shape.entries()].reverse().every(([axis, extent]) => {
    const fits = extent === 1 || strides[axis] === step;
    step *= extent;
    return fits;
  });
  return `%${root}${where}${from}[${shape.join(",")}]${isPlain ? "" : `/${strides.join(",")}`}`;
}

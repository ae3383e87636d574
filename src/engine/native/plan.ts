import { sizeOf } from "../../core/axes.ts";
import type { Graph } from "../graph.ts";
import { placeTenants, type Tenant } from "./arena.ts";
import { Builder } from "./builder.ts";
import type { Draft, DraftOperand } from "./drafts.ts";
import { FORMS } from "./forms.ts";
import { fuseGroup } from "./fuse.ts";
import { type Group, groupDrafts, reads } from "./groups.ts";
import { slicesOf, splitTokenSums } from "./split.ts";
import { isDense, type View } from "./views.ts";

/** The most rows of an expert in one block. */
export const EXPERT_ROWS = 64;

/** Where a root lies. */
export type Place =
  /** In each thread's own scratch, a block's part at a time. */
  | { readonly kind: "scratch"; readonly offset: number }
  | { readonly kind: "arena"; readonly offset: number }
  | { readonly kind: "constants"; readonly offset: number }
  /** In an array of the caller, by its index in `externals`. */
  | { readonly kind: "external"; readonly index: number };

/** What the C library executes, before it is written as words. */
export interface Plan {
  readonly groups: readonly Group[];
  readonly places: ReadonlyMap<number, Place>;
  /** Arrays of the caller, in order. */
  readonly externals: readonly { readonly direction: "input" | "output"; readonly name: string }[];
  /** Bits of the constants. */
  readonly constants: readonly number[];
  /** Where in the scratch each multiply keeps its second operand packed. */
  readonly packed: ReadonlyMap<Draft, number>;
  /** Numbers of the memory that all threads share, and of each one's own. */
  readonly arena: number;
  readonly scratch: number;
  readonly workspace: number;
}

/** Kernels of a graph that have no native form. */
export function kernelsWithoutForm(graph: Graph): string[] {
  return [
    ...new Set(graph.nodes.map(({ kernel }) => kernel).filter((kernel) => FORMS[kernel] === undefined)),
  ];
}

/**
 * Makes a plan of a graph: forms of its kernels, cut into groups, with memory.
 * @throws Error for a kernel without a form
 */
export function makePlan(graph: Graph): Plan {
  const slices = slicesOf(graph);
  const split = splitTokenSums(graph, slices);
  const builder = new Builder(split, slices);
  for (const node of split.nodes) {
    builder.begin(node);
    const form = FORMS[node.kernel];
    if (form === undefined)
      throw new Error(`the kernel ${node.kernel} has no native form: add it to ${FORMS_FILE}`);
    form(builder, node);
  }
  const outputs = placeOutputs(builder, split);
  const sizes = new Map([...builder.givenSizes, ...builder.sizes]);
  const groups = groupDrafts(liveDrafts(builder.drafts, new Set(outputs.keys())), slices, sizes);
  return withMemory(fuseGroups(groups, outputs), builder, split, outputs);
}

/** Every group fused; what another group reads, or the caller, is kept. */
function fuseGroups(groups: readonly Group[], outputs: ReadonlyMap<number, string>): Group[] {
  const readers = new Map<number, Set<Group>>();
  for (const group of groups) {
    for (const { view } of group.drafts.flatMap(reads)) {
      readers.set(view.root, (readers.get(view.root) ?? new Set()).add(group));
    }
  }
  return groups.map((group) =>
    fuseGroup(
      group,
      (root) => outputs.has(root) || [...(readers.get(root) ?? [])].some((other) => other !== group),
    ),
  );
}

/** Where forms are listed, for messages. */
export const FORMS_FILE = "src/engine/native/forms.ts";

/** Roots that are outputs of the program, by name; a value that cannot be one by itself is copied. */
function placeOutputs(builder: Builder, graph: Graph): Map<number, string> {
  const outputs = new Map<number, string>();
  for (const [name, value] of graph.outputs) {
    const view = builder.view(value);
    const isOwn = builder.sizes.get(view.root) === sizeOf(view.shape) && isDense(view) && view.offset === 0;
    if (isOwn && !outputs.has(view.root)) outputs.set(view.root, name);
    else {
      const copy = builder.fresh(view.shape);
      if (sizeOf(view.shape) > 0) builder.copy(view, copy);
      outputs.set(copy.root, name);
    }
  }
  return outputs;
}

/** Those whose results something reads. */
function liveDrafts(drafts: readonly Draft[], outputs: ReadonlySet<number>): Draft[] {
  const live = new Set(outputs);
  return [...drafts]
    .reverse()
    .filter((draft) => {
      if (!draft.operands.some(({ view, writes }) => writes && live.has(view.root))) return false;
      for (const { view } of reads(draft)) live.add(view.root);
      return true;
    })
    .reverse();
}

function withMemory(
  groups: readonly Group[],
  builder: Builder,
  graph: Graph,
  outputs: ReadonlyMap<number, string>,
): Plan {
  const places = new Map<number, Place>();
  const externals: { direction: "input" | "output"; name: string }[] = [];
  const used = new Set(groups.flatMap(({ drafts }) => drafts.flatMap(reads).map(({ view }) => view.root)));
  for (const [name, value] of graph.inputs) {
    if (!used.has(value)) continue;
    places.set(value, { kind: "external", index: externals.length });
    externals.push({ direction: "input", name });
  }
  for (const [root, name] of outputs) {
    places.set(root, { kind: "external", index: externals.length });
    externals.push({ direction: "output", name });
  }
  for (const [root, offset] of builder.constants.offsets) places.set(root, { kind: "constants", offset });
  const spans = spansOf(groups);
  const shared: Tenant[] = [];
  for (const [root, { first, last }] of spans) {
    if (places.has(root) || (first === last && isLocal(groups[first], root))) continue;
    shared.push({ root, size: builder.sizes.get(root) ?? 0, from: first, until: last });
  }
  const arena = placeTenants(shared);
  for (const [root, offset] of arena.offsets) places.set(root, { kind: "arena", offset });
  let scratch = 0;
  const packed = new Map<Draft, number>();
  for (const group of groups) {
    const local = placeTenants(localTenants(group, places, builder.sizes));
    for (const [root, offset] of local.offsets) places.set(root, { kind: "scratch", offset });
    let end = local.size;
    for (const draft of group.kind === "whole" ? [] : group.drafts) {
      if (draft.packed === 0) continue;
      packed.set(draft, end);
      end += draft.packed;
    }
    scratch = Math.max(scratch, end);
  }
  const workspace = groups
    .flatMap(({ drafts }) => drafts)
    .reduce((most, draft) => Math.max(most, draft.workspace), 0);
  return {
    groups,
    places,
    externals,
    constants: builder.constants.data,
    packed,
    arena: arena.size,
    scratch,
    workspace,
  };
}

/** First and last group that touches each root. */
function spansOf(groups: readonly Group[]): Map<number, { first: number; last: number }> {
  const spans = new Map<number, { first: number; last: number }>();
  groups.forEach(({ drafts, counts }, index) => {
    const roots = drafts.flatMap(({ operands }) => operands.map(({ view }) => view.root));
    for (const root of counts === null ? roots : [...roots, counts]) {
      spans.set(root, { first: spans.get(root)?.first ?? index, last: index });
    }
  });
  return spans;
}

/** Whether blocks of a group need a root for themselves only. */
function isLocal(group: Group | undefined, root: number): boolean {
  if (group === undefined || group.kind === "whole" || group.counts === root) return false;
  const touching = group.drafts.flatMap(({ operands }) => operands).filter(({ view }) => view.root === root);
  return touching.every(({ moves }) => moves);
}

/** Roots of one group that live in scratch, from the first to the last operation that touches them. */
function localTenants(
  group: Group,
  places: ReadonlyMap<number, Place>,
  sizes: ReadonlyMap<number, number>,
): Tenant[] {
  const spans = new Map<number, { from: number; until: number; lead: number }>();
  group.drafts.forEach((draft, index) => {
    for (const { view } of draft.operands) {
      if (places.has(view.root)) continue;
      spans.set(view.root, {
        from: spans.get(view.root)?.from ?? index,
        until: index,
        lead: draft.lead ?? 1,
      });
    }
  });
  return [...spans].map(([root, { from, until, lead }]) => {
    const size = sizes.get(root) ?? 0;
    const block = group.kind === "experts" ? (size / Math.max(1, lead)) * EXPERT_ROWS : size / group.blocks;
    return { root, size: Math.ceil(block), from, until };
  });
}

/** How an operand of a draft moves from block to block. */
export function stepsOf(
  plan: Plan,
  group: Group,
  draft: Draft,
  operand: DraftOperand,
): { perBlock: number; perExpert: number } {
  const { view, moves } = operand;
  const isOfExpert = draft.perExpert !== null && draft.operands[draft.perExpert] === operand;
  const perExpert = isOfExpert ? (view.strides[0] ?? 0) : 0;
  const isScratch = plan.places.get(view.root)?.kind === "scratch";
  if (!moves || isScratch || group.kind === "whole") return { perBlock: 0, perExpert };
  const rows = group.kind === "experts" ? 1 : (view.shape[0] ?? 1) / group.blocks;
  return { perBlock: rows * leadStride(view), perExpert };
}

function leadStride(view: View): number {
  return view.strides[0] ?? 0;
}

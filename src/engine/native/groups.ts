import { sizeOf } from "../../core/axes.ts";
import type { Draft, DraftOperand } from "./drafts.ts";
import type { View } from "./views.ts";

/** Operations that run one after the other on each block before the next block's turn. */
export interface Group {
  readonly kind: "slices" | "experts" | "whole";
  /** Slices, experts, or the parts of all operations together. */
  readonly blocks: number;
  /** The value that holds the rows of each expert. */
  readonly counts: number | null;
  readonly drafts: readonly Draft[];
}

/** Fewer numbers than these in a slice are not worth a slice. */
const LEAST_WORK = 16;
/** The most slices of what is cut along an axis other than the tokens' (experts). */
const MOST_SLICES = 256;

/** Who writes each root, and how many numbers it has. */
interface Roots {
  readonly writers: ReadonlyMap<number, readonly Draft[]>;
  readonly sizes: ReadonlyMap<number, number>;
}

/** How a draft is to be cut. */
type Cut =
  | { readonly kind: "slices"; readonly slices: number }
  | { readonly kind: "experts"; readonly counts: number }
  | { readonly kind: "whole" };

/**
 * Puts drafts into as few groups as their needs allow: whatever can go on with the blocks at hand does, and what needs all of
 * something waits for the next group.
 * @param slices in which the tokens come
 * @param sizes numbers of each root
 */
export function groupDrafts(
  drafts: readonly Draft[],
  slices: number,
  sizes: ReadonlyMap<number, number>,
): Group[] {
  const writers = writersOf(drafts);
  const cuts = cutsOf(drafts, slices, { writers, sizes });
  const left = new Set(drafts);
  const groups: Group[] = [];
  const isDone = (operand: DraftOperand): boolean =>
    (writers.get(operand.view.root) ?? []).every((writer) => !left.has(writer));
  while (left.size > 0) {
    const ready = [...left].filter((draft) => reads(draft).every(isDone));
    const lead =
      ready.find((draft) => isTokens(cuts.get(draft), slices)) ??
      ready.find((draft) => cuts.get(draft)?.kind !== "whole") ??
      ready[0];
    const cut = lead === undefined ? undefined : cuts.get(lead);
    if (cut === undefined) throw new Error("a plan's operations wait for each other");
    const chosen = absorb(left, cut, { sizes, cuts, writers, isDone });
    for (const draft of chosen) left.delete(draft);
    groups.push({
      kind: cut.kind,
      blocks: blocksOf(cut, chosen, sizes),
      counts: cut.kind === "experts" ? cut.counts : null,
      drafts: chosen,
    });
  }
  return groups;
}

function blocksOf(cut: Cut, drafts: readonly Draft[], sizes: ReadonlyMap<number, number>): number {
  if (cut.kind === "slices") return cut.slices;
  return cut.kind === "experts"
    ? (sizes.get(cut.counts) ?? 0)
    : drafts.reduce((sum, { parts }) => sum + parts, 0);
}

/** The drafts of one group: in order, each of which has what it needs from before or from its own block. */
function absorb(
  left: ReadonlySet<Draft>,
  cut: Cut,
  known: {
    readonly sizes: ReadonlyMap<number, number>;
    readonly cuts: ReadonlyMap<Draft, Cut>;
    readonly writers: ReadonlyMap<number, readonly Draft[]>;
    readonly isDone: (operand: DraftOperand) => boolean;
  },
): Draft[] {
  const chosen = new Set<Draft>();
  for (const draft of left) {
    const own = known.cuts.get(draft);
    if (own === undefined || keyOf(own) !== keyOf(cut)) continue;
    const fits = reads(draft).every((operand) => {
      if (known.isDone(operand)) return true;
      if (cut.kind === "whole" || !operand.moves) return false;
      const writers = known.writers.get(operand.view.root) ?? [];
      return (
        writers.every((writer) => chosen.has(writer) || !left.has(writer)) &&
        isAligned(
          operand.view,
          known.sizes.get(operand.view.root) ?? 0,
          cut.kind === "slices" ? cut.slices : null,
        )
      );
    });
    if (fits) chosen.add(draft);
  }
  return [...chosen];
}

/** Operands that a draft reads. */
export function reads(draft: Draft): DraftOperand[] {
  const counts = draft.counts;
  const read = draft.operands.filter(({ writes }) => !writes);
  return counts === null
    ? read
    : [...read, { view: { root: counts, offset: 0, shape: [], strides: [] }, writes: false, moves: false }];
}

/** Who writes each root. */
export function writersOf(drafts: readonly Draft[]): Map<number, Draft[]> {
  const writers = new Map<number, Draft[]>();
  for (const draft of drafts) {
    for (const { view, writes } of draft.operands) {
      if (writes) writers.set(view.root, [...(writers.get(view.root) ?? []), draft]);
    }
  }
  return writers;
}

/**
 * Whether the n-th slice of a view lies in the n-th slice of its root, so that who works on the one needs no other part of
 * the other. For the rows of experts (slices null): whether each row does.
 */
export function isAligned({ offset, shape, strides }: View, size: number, slices: number | null): boolean {
  const [length = 0, ...rest] = shape;
  const count = slices ?? length;
  if (count === 0 || length % count !== 0 || size % count !== 0) return false;
  const block = size / count;
  const step = (strides[0] ?? 0) * (length / count);
  const inner = [length / count, ...rest];
  const reach = inner.reduce((sum, extent, axis) => sum + (extent - 1) * (strides[axis] ?? 0), offset);
  return count === 1 || (step === block && reach < block);
}

function keyOf(cut: Cut): string {
  return `${cut.kind}${cut.kind === "slices" ? cut.slices : cut.kind === "experts" ? cut.counts : ""}`;
}

function isTokens(cut: Cut | undefined, slices: number): boolean {
  return cut?.kind === "slices" && cut.slices === slices;
}

/** How each draft is cut: by the rows of experts where it stands between their multiplies, else by tokens, else by its own lead. */
function cutsOf(drafts: readonly Draft[], slices: number, known: Roots): Map<Draft, Cut> {
  const { sizes } = known;
  const counts = expertsOf(drafts, known);
  return new Map(
    drafts.map((draft): [Draft, Cut] => {
      const own = counts.get(draft);
      if (own !== undefined) return [draft, { kind: "experts", counts: own }];
      const { lead } = draft;
      const work = Math.max(
        0,
        ...draft.operands.filter(({ moves }) => moves).map(({ view }) => sizeOf(view.shape)),
      );
      const fits = (count: number): boolean =>
        lead !== null &&
        count > 0 &&
        lead % count === 0 &&
        work >= LEAST_WORK * count &&
        draft.operands.every(
          ({ view, writes }) => !writes || isAligned(view, sizes.get(view.root) ?? 0, count),
        );
      if (fits(slices)) return [draft, { kind: "slices", slices }];
      if (lead !== null && lead <= MOST_SLICES && lead > 1 && fits(lead))
        return [draft, { kind: "slices", slices: lead }];
      return [draft, { kind: "whole" }];
    }),
  );
}

/** The drafts that follow the rows of experts: their multiplies, what is made of these, and what only they read. */
function expertsOf(drafts: readonly Draft[], { writers, sizes }: Roots): Map<Draft, number> {
  const found = new Map<Draft, number>();
  const isRow = (draft: Draft): boolean =>
    draft.anyRows &&
    draft.operands.every(({ view, writes }) => !writes || isAligned(view, sizes.get(view.root) ?? 0, null));
  for (const draft of drafts) {
    const sources = draft.operands
      .filter(({ writes, moves }) => !writes && moves)
      .flatMap(({ view }) => writers.get(view.root) ?? [])
      .filter((writer) => writer.lead === draft.lead)
      .flatMap((writer) => found.get(writer) ?? []);
    const counts = draft.counts ?? (isRow(draft) ? sources[0] : undefined);
    if (counts !== undefined) found.set(draft, counts);
  }
  const readers = new Map<number, Draft[]>();
  for (const draft of drafts) {
    for (const { view } of reads(draft)) readers.set(view.root, [...(readers.get(view.root) ?? []), draft]);
  }
  for (const draft of [...drafts].reverse()) {
    if (found.has(draft) || !isRow(draft) || (draft.op !== "gather" && draft.op !== "weighted_dispatch"))
      continue;
    const users = draft.operands
      .filter(({ writes }) => writes)
      .flatMap(({ view }) => readers.get(view.root) ?? []);
    const counts = users.flatMap((user) => (user.lead === draft.lead ? (found.get(user) ?? []) : []))[0];
    if (counts !== undefined) found.set(draft, counts);
  }
  return found;
}

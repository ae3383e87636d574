/** How operations are cut into groups: everything once and in order, and a block needs nothing of another one. */
import { expect, it } from "vitest";
import { sizeOf } from "../../../src/core/axes.ts";
import type { Graph } from "../../../src/engine/graph.ts";
import { Builder } from "../../../src/engine/native/builder.ts";
import type { Draft, DraftOperand } from "../../../src/engine/native/drafts.ts";
import { FORMS } from "../../../src/engine/native/forms.ts";
import { type Group, groupDrafts, isAligned, reads, writersOf } from "../../../src/engine/native/groups.ts";
import { slicesOf, splitTokenSums } from "../../../src/engine/native/split.ts";
import { denseView, sliced, transposed, type View } from "../../../src/engine/native/views.ts";
import { optimize } from "../../../src/engine/passes/index.ts";
import { trace } from "../../../src/engine/trace/tracer.ts";
import { gradientProgram } from "../../../src/model/programs.ts";
import { modelSpec } from "../../../src/model/spec.ts";
import { describeRouters, routerCases } from "../../support/router-cases.ts";
import { TINY_V, tinySettings } from "../../support/tiny.ts";
import "../../support/engines.ts"; // a backend for the tracer to come back to

function drafted(graph: Graph): { builder: Builder; slices: number } {
  const slices = slicesOf(graph);
  const split = splitTokenSums(graph, slices);
  const builder = new Builder(split, slices);
  for (const node of split.nodes) {
    builder.begin(node);
    FORMS[node.kernel]!(builder, node);
  }
  return { builder, slices };
}

/** Where the elements of a part of a view's first axis lie. */
function placesOf({ offset, shape, strides }: View, from: number, until: number): number[] {
  let places = [offset];
  shape.forEach((extent, axis) => {
    const steps = Array.from({ length: extent }, (_, i) => i).filter(
      (i) => axis > 0 || (i >= from && i < until),
    );
    places = places.flatMap((place) => steps.map((i) => place + i * strides[axis]!));
  });
  return places;
}

/** Whether each block of an operand's view lies in the same block of its root, element by element, and alike in all. */
function staysInBlock({ view }: DraftOperand, size: number, blocks: number): boolean {
  const rows = view.shape[0]! / blocks;
  const room = size / blocks;
  const inside = (block: number): number[] =>
    placesOf(view, block * rows, (block + 1) * rows).map((place) => place - block * room);
  const first = inside(0);
  return Array.from({ length: blocks }, (_, block) => inside(block)).every((places) =>
    places.every((place, i) => place === first[i] && place >= 0 && place < room),
  );
}

/** Blocks along the lead: rows where experts are the blocks, since any row may be the first of an expert. */
function blocksOf(group: Group, draft: Draft): number {
  return group.kind === "experts" ? draft.lead! : group.blocks;
}

describeRouters(routerCases, ({ name, router, options, model }) => {
  const settings = tinySettings({
    router: { name: name.split(" ")[0]!, options },
    model,
    data: { sequenceLength: 8, batchSequences: 3 },
  });
  const graph = optimize(trace(gradientProgram(modelSpec(settings, router, TINY_V))));
  const { builder, slices } = drafted(graph);
  const { drafts } = builder;
  const sizes = new Map([...builder.givenSizes, ...builder.sizes]);
  const groups = groupDrafts(drafts, slices, sizes);
  const writers = writersOf(drafts);

  it("is cut into few groups that hold each operation once", () => {
    const all = groups.flatMap((group) => group.drafts);
    expect(all.length).toBe(drafts.length);
    expect(new Set(all)).toEqual(new Set(drafts));
    expect(groups.length).toBeLessThan(drafts.length / 2);
    expect(groups.some(({ kind, blocks }) => kind === "slices" && blocks === slices)).toBe(true);
    // A dense router's one expert takes every row.
    const experts = new Set(groups.filter(({ kind }) => kind === "experts").map(({ blocks }) => blocks));
    expect([...experts].every((blocks) => blocks === settings.model.experts)).toBe(true);
  });

  it("has what it needs from groups before, or from the block at hand", () => {
    const done = new Set<Draft>();
    let local = 0;
    for (const group of groups) {
      const here = new Set<Draft>();
      for (const draft of group.drafts) {
        for (const operand of reads(draft)) {
          const missing = (writers.get(operand.view.root) ?? []).filter((writer) => !done.has(writer));
          if (missing.length === 0) continue;
          const what = `${draft.op} of ${draft.label} reads %${operand.view.root}`;
          expect(
            missing.every((writer) => here.has(writer)),
            what,
          ).toBe(true);
          expect(group.kind, what).not.toBe("whole");
          expect(operand.moves, what).toBe(true);
          const size = sizes.get(operand.view.root)!;
          expect(staysInBlock(operand, size, blocksOf(group, draft)), what).toBe(true);
          local++;
        }
        here.add(draft);
      }
      for (const draft of here) done.add(draft);
    }
    expect(local).toBeGreaterThan(drafts.length / 4);
  });

  it("writes into the block at hand only", () => {
    for (const group of groups.filter(({ kind }) => kind !== "whole")) {
      for (const draft of group.drafts) {
        for (const operand of draft.operands.filter(({ writes }) => writes)) {
          const what = `${draft.op} of ${draft.label} writes %${operand.view.root}`;
          if (group.blocks === 1 && group.kind === "slices") continue;
          expect(operand.moves, what).toBe(true);
          const size = sizes.get(operand.view.root)!;
          expect(staysInBlock(operand, size, blocksOf(group, draft)), what).toBe(true);
        }
      }
    }
  });
});

it("knows which views lie slice by slice in their root", () => {
  const root = denseView(0, [4, 3, 2]);
  const views: readonly View[] = [
    root,
    denseView(0, [12, 2]),
    transposed(root, [0, 2, 1]),
    transposed(root, [1, 0, 2]),
    sliced(root, 1, 1, 2),
    sliced(root, 0, 1, 2),
    sliced(root, 2, 1, 1),
    { ...root, offset: 6, shape: [2, 3, 2] },
    { ...root, shape: [4], strides: [6] },
    { ...root, shape: [4], strides: [0] },
  ];
  for (const view of views) {
    for (const slices of [2, 4]) {
      const what = `${JSON.stringify(view)} ${slices}`;
      const cuts = view.shape[0]! % slices === 0;
      const stays = cuts && staysInBlock({ view, writes: false, moves: true }, sizeOf(root.shape), slices);
      expect(isAligned(view, sizeOf(root.shape), slices), what).toBe(stays);
    }
  }
});

/** The words of a plan, and what the library makes of words that are none: nothing, and no harm. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { streamOf } from "../../../src/core/streams.ts";
import { encodePlan } from "../../../src/engine/native/encode.ts";
import { loadNativeLibrary } from "../../../src/engine/native/library.ts";
import { makePlan, type Plan } from "../../../src/engine/native/plan.ts";
import { GraphBuilder } from "../../support/graphs.ts";
import { nativeApi, needsNative } from "../../support/native-engine.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** y = softmax(x w) and its sums: a plan of a few operations. */
function smallPlan(): Plan {
  const builder = new GraphBuilder();
  const x = builder.input("x", [4, 3]);
  const w = builder.input("w", [3, 5]);
  const product = builder.call("BatchMatMul", [x, w], [4, 5], { transposeA: false, transposeB: false });
  const y = builder.call("Softmax", [builder.call("Neg", [product], [4, 5])], [4, 5], { dim: 1 });
  const sum = builder.call("Sum", [y], [5], { axis: 0, keepDims: false });
  return makePlan(builder.graph({ y, sum }));
}

const plan = smallPlan();
const words = [...encodePlan(plan)];
/** magic, externals, operations, operands, floats of arena, scratch and workspace, groups. */
const HEADER = 8;

/** Whether the library took each list of words, in a process of its own. */
async function taken(lists: readonly (readonly number[])[]): Promise<boolean[]> {
  const library = await loadNativeLibrary();
  if (library.kind !== "loaded") throw new Error(library.reason);
  const folder = temporaryFolder();
  const [jobs, answers] = [join(folder, "jobs.json"), join(folder, "answers.json")];
  const job = (list: readonly number[]): object => ({
    words: list,
    constants: plan.constants,
    threads: 1,
    arrays: null,
  });
  writeFileSync(jobs, JSON.stringify(lists.map(job)));
  execFileSync(process.execPath, ["test/fixtures/native-plans.mjs", library.path, jobs, answers]);
  return (JSON.parse(readFileSync(answers, "utf8")) as { made: boolean }[]).map(({ made }) => made);
}

it("counts its groups, operations and operands", () => {
  const drafts = plan.groups.flatMap((group) => group.drafts);
  const operands = drafts.flatMap((draft) => draft.operands);
  expect(words.slice(1, HEADER)).toEqual([
    4, // x, w, y, sum
    drafts.length,
    operands.length,
    plan.arena,
    plan.scratch,
    plan.workspace,
    plan.groups.length,
  ]);
  expect(drafts.length).toBeGreaterThan(2);
});

describe.skipIf(nativeApi === null)(`the library${needsNative}`, () => {
  it("takes the words", async () => {
    expect(await taken([words])).toEqual([true]);
  });

  it("takes no beginning of them, and nothing that goes on behind them", async () => {
    const lists = words.map((_, length) => words.slice(0, length));
    expect(new Set(await taken([...lists, [...words, 0], [...words, ...words]]))).toEqual(new Set([false]));
  });

  it("takes no words in which a count, a kind or a root is another", async () => {
    const changed = (index: number, value: number): number[] => words.with(index, value);
    const beyond = [-1, -(2 ** 31), 2 ** 31 - 1, 1000];
    const heads = [0, 2, 3, 7].flatMap((index) => beyond.map((value) => changed(index, value)));
    // The first group: kind, blocks, rows, counts' operand, operations; the first operation: kind, parts, operands.
    const root = HEADER + 3;
    const [group, count, op] = [HEADER, HEADER + 7, HEADER + 8];
    const kinds = [group, root, count, op, op + 2, op + 3, op + 4, op + 5].flatMap((index) =>
      beyond.map((value) => changed(index, value)),
    );
    const least = [changed(group + 1, -1), changed(group + 2, 0), changed(op + 1, 0)];
    expect(new Set(await taken([...heads, ...kinds, ...least]))).toEqual(new Set([false]));
  });

  it("is not harmed by any word that is another", async () => {
    const stream = streamOf(1, "words");
    const lists = Array.from({ length: 2000 }, () => {
      // Sizes of memory (words 4 to 6) may be anything that there is memory for.
      const index = [...words.keys()].filter((i) => i < 4 || i > 6)[stream.integer(words.length - 3)]!;
      const value = stream.integer(2) === 0 ? stream.integer(40) - 20 : stream.integer(2 ** 32) - 2 ** 31;
      return words.with(index, value | 0);
    });
    expect((await taken(lists)).length).toBe(lists.length);
  });
});

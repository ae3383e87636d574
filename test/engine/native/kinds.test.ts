/** Names and numbers that TypeScript and C share are the same, in the same order. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  GROUPS,
  INSTRUCTIONS,
  MAX_REGISTERS,
  OPS,
  REDUCTIONS,
  TILE,
} from "../../../src/engine/native/kinds.ts";
import { EXPERT_ROWS } from "../../../src/engine/native/plan.ts";

const source = (file: string): string => readFileSync(`native/${file}`, "utf8");

/** Arguments of the macro that lists things: `OP(a) OP(b)` over several lines. */
function listed(file: string, macro: string, item: string): string[] {
  const [, body = ""] = new RegExp(`#define ${macro}\\(${item}\\)((?:.*\\\\\n)*.*)`).exec(source(file)) ?? [];
  return [...body.matchAll(new RegExp(`\\b${item}\\((\\w+)\\)`, "g"))].map(([, name]) => name!);
}

/** Names of an enum by its first. */
function enumOf(file: string, first: string): string[] {
  const [, body = ""] = new RegExp(`enum \\{ (${first}[^}]*) \\}`).exec(source(file)) ?? [];
  return body.split(",").map((name) => name.trim());
}

/** The number of `NAME = 512` in an enum. */
function numberOf(file: string, name: string): number {
  return Number(new RegExp(`\\b${name} = (\\w+)`).exec(source(file))?.[1]);
}

it("operations", () => {
  expect(listed("plan.h", "MOE_OPS", "OP")).toEqual([...OPS]);
});

it("instructions of element-wise programs", () => {
  expect(listed("instructions.h", "MOE_INSTRUCTIONS", "I")).toEqual([...INSTRUCTIONS]);
});

it("reductions", () => {
  expect(enumOf("op-reduce.c", "SUM").map((name) => name.toLowerCase())).toEqual([...REDUCTIONS]);
});

it("kinds of groups", () => {
  expect(enumOf("plan.c", "GROUP_")).toEqual(GROUPS.map((name) => `GROUP_${name.toUpperCase()}`));
});

it("sizes of a tile, of the registers and of the stripes of a multiply", () => {
  expect(numberOf("op-elementwise.c", "TILE")).toBe(TILE);
  expect(numberOf("op-elementwise.c", "MAX_REGISTERS")).toBe(MAX_REGISTERS);
  const forms = readFileSync("src/engine/native/forms-products.ts", "utf8");
  expect(numberOf("op-matmul.c", "STRIPE")).toBe(Number(/const STRIPE = (\d+)/.exec(forms)?.[1]));
  expect(EXPERT_ROWS % 8).toBe(0); // whole register tiles, except in an expert's last block
});

it("every operation is done by a function of its name", () => {
  const files = ["elementwise", "reduce", "matmul", "attention", "rows", "select", "gather"];
  const code = files.map((file) => source(`op-${file}.c`)).join("\n");
  for (const op of OPS) expect(code, op).toContain(`void KERNEL(${op})(const Op *op, const Task *task)`);
});

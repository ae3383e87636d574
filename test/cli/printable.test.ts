import { expect, test } from "vitest";
import { printable, printableData } from "../../src/cli/printable.ts";

test("what a terminal would obey is shown instead; text of any script stays", () => {
  expect(printable("a\u001b[31mred\u0007\r\u202e\n\tb")).toBe("a\\u001b[31mred\\u0007\\u000d\\u202e\n\tb");
  expect(printable("Größe 模型 👩‍🔬\n")).toBe("Größe 模型 👩‍🔬\n");
});

test("a word of 100 kB is cut, a path of 4096 bytes is not", () => {
  expect(printable(`error: ${"x".repeat(100_000)} no`)).toBe(
    `error: ${"x".repeat(60)}... (100000 characters) no`,
  );
  expect(printable("/x".repeat(2048))).toBe("/x".repeat(2048));
});

test("on stdout nothing is cut, and colours stay on a terminal only", () => {
  const painted = `\u001b[1mbold\u001b[22m \u001b[2J\u001b]0;title\u0007 ${"x".repeat(5000)}`;
  const rest = `\\u001b[2J\\u001b]0;title\\u0007 ${"x".repeat(5000)}`;
  expect(printableData(painted, true)).toBe(`\u001b[1mbold\u001b[22m ${rest}`);
  expect(printableData(painted, false)).toBe(`\\u001b[1mbold\\u001b[22m ${rest}`);
});

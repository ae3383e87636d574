/**
 * LaTeX that compiles: every table, and the example's loss table with its hostile label, in one document. Skipped, with the
 * reason in the test's name, where there is neither pdflatex with booktabs nor tectonic.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { summarise } from "../../src/analysis/summary.ts";
import { lossTable } from "../../src/tables/loss.ts";
import { printLatex } from "../../src/tables/print-latex.ts";
import { TABLES } from "../../src/tables/registry.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runSync } from "../support/spawn.ts";
import { example } from "./example.ts";

const tables = [
  lossTable(summarise(example)),
  ...TABLES.map((entry) => {
    const results = entry.name === "yuan-1" ? example : null;
    return entry.build({ results, asked: null, others: [] });
  }),
];
const printed = tables.map((table) => [table.name, printLatex(table)] as const);

it.each(printed)("%s: ASCII alone, as many cells in a line as its tabular has columns", (_, text) => {
  // pdflatex knows few other letters.
  // eslint-disable-next-line no-control-regex
  expect(text).toMatch(/^[\x00-\x7f]*$/);
  const tabulars = [...text.matchAll(/\\begin\{tabular\}\{([lr]+)\}\n([^]*?)\\end\{tabular\}/g)];
  expect(tabulars.length).toBeGreaterThan(0);
  for (const [, columns, body] of tabulars) {
    const lines = body!.split("\n").filter((line) => line.endsWith("\\\\"));
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line.split(/(?<!\\)&/)).toHaveLength(columns!.length);
  }
});

/** The command that compiles a file, or why there is none. */
function compiler(): readonly string[] | string {
  const runs = (command: string, ...args: string[]): boolean => {
    return runSync(command, args).code === 0;
  };
  if (runs("pdflatex", "--version") && runs("kpsewhich", "booktabs.sty")) {
    return ["pdflatex", "-interaction=nonstopmode", "-halt-on-error"];
  }
  return runs("tectonic", "--version") ? ["tectonic"] : "no pdflatex with booktabs, no tectonic";
}

const found = compiler();
const [command, ...flags] = typeof found === "string" ? [] : found;

it.skipIf(command === undefined)(
  `every table compiles${command === undefined ? ` (skipped: ${String(found)})` : ` with ${command}`}`,
  () => {
    const folder = temporaryFolder();
    // A page each: LaTeX holds only so many floats back.
    const body = printed.map(([, text]) => `${text}\\clearpage\n`).join("\n");
    writeFileSync(
      join(folder, "tables.tex"),
      `\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n${body}\\end{document}\n`,
    );
    expect(runSync(command!, [...flags, "tables.tex"], { cwd: folder })).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, "tables.pdf"))).toBe(true);
  },
  120_000,
);

// Compiles src/ to dist/ and makes the command executable. Built aside and put in place at the end, so that a command
// running from dist/ meanwhile finds either the old files or the new ones. Comments stand in the declarations alone, and lines begin with tabs: a seventh of the package.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import ts from "typescript";

/**
 * Four spaces at the start of a line as one tab, but for lines that begin within a template: a twentieth of the package.
 * @param {string} code
 */
function withTabs(code) {
  const source = ts.createSourceFile("printed.js", code, ts.ScriptTarget.ES2023, true);
  /** @type {Set<number>} */
  const kept = new Set();
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isTemplateLiteralToken(node)) {
      const [first, last] = [node.getStart(source), node.end].map(
        (at) => source.getLineAndCharacterOfPosition(at).line,
      );
      for (let line = (first ?? 0) + 1; line <= (last ?? 0); line++) kept.add(line);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const lines = code.split("\n");
  return lines
    .map((line, index) =>
      kept.has(index) ? line : line.replace(/^(?: {4})+/, (spaces) => "\t".repeat(spaces.length / 4)),
    )
    .join("\n");
}

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const fresh = mkdtempSync("dist-");
try {
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", fresh], { stdio: "inherit" });
  const printer = ts.createPrinter({ removeComments: true });
  for (const name of readdirSync(fresh, { recursive: true, encoding: "utf8" }).filter((one) =>
    one.endsWith(".js"),
  )) {
    const file = join(fresh, name);
    const source = ts.createSourceFile(name, readFileSync(file, "utf8"), ts.ScriptTarget.ES2023);
    writeFileSync(file, withTabs(printer.printFile(source)));
  }
  cpSync("src/report/page/client", `${fresh}/report/page/client`, {
    recursive: true,
    filter: (path) => !path.endsWith("tsconfig.json"),
  });
  copyFileSync("src/engine/tf-public.d.ts", `${fresh}/engine/tf.d.ts`);
  chmodSync(`${fresh}/cli/main.js`, 0o755);
  chmodSync(fresh, 0o755);
  rmSync("dist", { recursive: true, force: true });
  renameSync(fresh, "dist");
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

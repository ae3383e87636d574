// Compiles src/ to dist/ and makes the command executable. Built aside and put in place at the end, so that a command
// running from dist/ meanwhile finds either the old files or the new ones. Comments stand in the declarations alone: a tenth of the package.
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
    writeFileSync(file, printer.printFile(source));
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

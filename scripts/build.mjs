// Compiles src/ to dist/ and makes the command executable. Built aside and put in place at the end, so that a command
// running from dist/ meanwhile finds either the old files or the new ones.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const fresh = mkdtempSync("dist-");
try {
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", fresh], { stdio: "inherit" });
  copyFileSync("src/engine/tf-public.d.ts", `${fresh}/engine/tf.d.ts`);
  chmodSync(`${fresh}/cli/main.js`, 0o755);
  chmodSync(fresh, 0o755);
  rmSync("dist", { recursive: true, force: true });
  renameSync(fresh, "dist");
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

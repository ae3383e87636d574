import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadNativeLibrary } from "../../src/engine/native/library.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * vitest's globalSetup: tests that start the command run it from dist/, which is built when it is older than src/. The native
 * library is built here, once, and not by whichever tests come first. All temporary folders are in one (test/support/folder.ts).
 */
export async function setup(): Promise<() => void> {
  await loadNativeLibrary();
  const built = newest(`${ROOT}dist`);
  if (built <= newest(`${ROOT}src`))
    execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: ROOT, stdio: "inherit" });
  const folder = mkdtempSync(join(tmpdir(), "moe-lab-tests-"));
  process.env["MOE_LAB_TEST_FOLDER"] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Time of the newest file below a folder; 0 when there is none. */
function newest(folder: string): number {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return Math.max(0, ...files.map((file) => statSync(`${file.parentPath}/${file.name}`).mtimeMs));
  } catch {
    return 0;
  }
}

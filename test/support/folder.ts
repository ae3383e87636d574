import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder, in the one of this run of vitest, which test/setup/build.ts deletes at the end. */
export function temporaryFolder(): string {
  return mkdtempSync(join(process.env["MOE_LAB_TEST_FOLDER"] ?? tmpdir(), "moe-lab-test-"));
}

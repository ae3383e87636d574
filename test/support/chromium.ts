/** A browser, where there is one. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"] as const;

/**
 * The file of Chromium: MOE_LAB_CHROMIUM, or one on PATH.
 * @returns null where there is none.
 * @throws Error where MOE_LAB_CHROMIUM names none: who sets it does not want a silent skip.
 */
export function findChromium(): string | null {
  const asked = process.env["MOE_LAB_CHROMIUM"] ?? "";
  if (asked !== "") {
    if (isProgram(asked)) return asked;
    throw new Error(`MOE_LAB_CHROMIUM: ${asked} can't be run`);
  }
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find(isProgram) ?? null;
}

/** To be put behind the names of tests that need it. */
export function needsChromium(path: string | null): string {
  return path === null
    ? " (skipped: no chromium on PATH; apt-get install chromium, or set MOE_LAB_CHROMIUM)"
    : "";
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

import { readFileSync } from "node:fs";

/** The files of client/, each behind those that it imports. */
const FILES = ["dom", "curve-view", "curve-picture", "curve-controls", "curves", "tables"] as const;

/** What runs in the browser, as one script without imports: a page from a file may load no other. @param isLive follows runs that go on. */
export function clientScript(isLive: boolean): string {
  return [...FILES, ...(isLive ? ["live"] : [])]
    .map((name) => readFileSync(new URL(`./client/${name}.js`, import.meta.url), "utf8"))
    .map((text) => text.replace(/^import .*;$/gm, "").replace(/^export /gm, ""))
    .join("\n");
}

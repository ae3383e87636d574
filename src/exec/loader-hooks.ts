/**
 * How routers of a user's own are imported; Node runs this in a thread of its own (`module.register`). `import "moe-lab"` is the moe-lab
 * that runs, wherever the router lies: tfjs keeps its engine in globals, so there must be one. TypeScript has its types taken out, and
 * keeps its lines and columns.
 */
import { readFile } from "node:fs/promises";
import type { LoadHook, ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";
import { transformSync } from "@swc/wasm-typescript";

const OWN = new URL("../index.js", import.meta.url).href;

export const resolve: ResolveHook = (specifier, context, next) =>
  specifier === "moe-lab" ? { url: OWN, shortCircuit: true } : next(specifier, context);

export const load: LoadHook = async (url, context, next) => {
  if (!url.startsWith("file:") || !/\.m?ts(\?|$)/.test(url)) return next(url, context);
  const source = await readFile(fileURLToPath(url), "utf8");
  return { format: "module", source: withoutTypes(source, fileURLToPath(url)), shortCircuit: true };
};

/** @throws SyntaxError whose stack begins with `file:line` and has a caret below, as Node's own do. */
function withoutTypes(source: string, filename: string): string {
  try {
    return transformSync(source, { mode: "strip-only", filename, module: true }).code;
  } catch (error) {
    throw pointed(error, filename);
  }
}

/** What the transform says of an error. */
interface Refusal {
  readonly message?: string;
  readonly startLine?: number;
  readonly startColumn?: number;
}

function pointed(error: unknown, filename: string): Error {
  const { message = String(error), startLine, startColumn = 0 } = error as Refusal;
  const found = new SyntaxError(message);
  if (startLine !== undefined) {
    found.stack = `${filename}:${startLine}\n\n${" ".repeat(startColumn)}^\n${found.name}: ${message}`;
  }
  return found;
}

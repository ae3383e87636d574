import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { show } from "../config/suggest.ts";
import { InputError, messageOf } from "../core/errors.ts";
import { hashJson, sha256 } from "../core/json.ts";
import { defineRouter, type Router } from "../model/router.ts";

/** A router and where it comes from. */
export interface LoadedRouter {
  readonly router: Router;
  /** Absolute path of a user's file; null for a shipped router. */
  readonly file: string | null;
  /** Hash of a user's file with its local imports; null for a shipped router. */
  readonly hash: string | null;
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_BYTES = 16 * 1024 * 1024;
const REQUIRED = ["flopsPerToken", "route"] as const satisfies readonly (keyof Router)[];
const OPTIONAL = [
  "problems",
  "alwaysOnExperts",
  "parameters",
  "state",
  "noise",
  "matrices",
  "solved",
  "olmoe",
] as const satisfies readonly (keyof Router)[];

/**
 * Loads a user's router: the default export of a JavaScript module, checked against the contract.
 * @param file absolute path.
 * @throws InputError with everything that is wrong with the file.
 */
export async function loadUserRouter(file: string): Promise<LoadedRouter> {
  if (!existsSync(file)) throw new InputError(`${file}: there is no such router file`);
  const { size } = statSync(file);
  if (!statSync(file).isFile())
    throw new InputError(`${file}: is no file; name the router's JavaScript module`);
  if (size > MAX_BYTES) throw new InputError(`${file}: has ${size} bytes; a router has at most ${MAX_BYTES}`);
  if (/^\.[cm]?tsx?$/.test(extname(file))) {
    throw new InputError(
      `${file}: Node runs JavaScript; compile the router to .js (or .mjs) and name that file`,
    );
  }
  let exported: unknown;
  try {
    exported = ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (error) {
    throw new InputError(`${file}: the router can't be loaded: ${messageOf(error)}`);
  }
  const problems = contractProblems(exported);
  if (problems.length > 0) {
    throw new InputError(problems.map((message) => ({ where: file, path: "", message })));
  }
  const router = defineRouter(exported as Router); // it need not come from there
  return { router, file, hash: hashWithImports(file) };
}

/** What keeps a value from being a router; empty when it conforms. */
export function contractProblems(value: unknown): string[] {
  if (typeof value !== "object" || value === null) {
    return [
      "the default export is not a router: write `export default defineRouter({ ... })` (docs/your-router.md)",
    ];
  }
  const router = value as Record<string, unknown>;
  const problems: string[] = [];
  const { name, options } = router;
  if (typeof name !== "string" || !NAME.test(name)) {
    problems.push(`name is ${show(name)}; it must be lower-case words joined by "-"`);
  }
  for (const field of ["paper", "summary"]) {
    if (typeof router[field] !== "string") problems.push(`${field} must be a text`);
  }
  for (const field of ["causal", "wantsBalanceLoss"]) {
    if (!["boolean", "function"].includes(typeof router[field]))
      problems.push(`${field} must be true or false, or a function of the options`);
  }
  if (!["boolean", "undefined"].includes(typeof router["seesLabels"])) {
    problems.push("seesLabels must be true or false, or left out");
  }
  const isZodObject = typeof options === "object" && options !== null && "safeParse" in options;
  if (options !== undefined && !(isZodObject && "shape" in options)) {
    problems.push("options must be a zod object, e.g. `z.strictObject({})`, or left out");
  }
  for (const field of REQUIRED) {
    if (typeof router[field] !== "function") problems.push(`${field} must be a function`);
  }
  for (const field of OPTIONAL) {
    if (!["function", "undefined"].includes(typeof router[field]))
      problems.push(`${field} must be a function, or left out`);
  }
  return problems;
}

/**
 * Hash over the contents of a file and of every local file that it names, directly or through others. Any text literal
 * that begins with ./ or ../ and names an existing file counts, so data files that it reads are in it too.
 * Where the files lie does not matter, how they lie to each other does.
 */
export function hashWithImports(file: string): string {
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    const content = readFileSync(path);
    found.set(path, sha256(content));
    for (const match of content.toString("utf8").matchAll(/["'`](\.{1,2}\/[^"'`\n]+)["'`]/g)) {
      const target = resolve(dirname(path), match[1] ?? "");
      if (existsSync(target) && statSync(target).isFile()) visit(target);
    }
  };
  visit(resolve(file));
  const base = dirname(resolve(file));
  return hashJson(
    Object.fromEntries([...found].map(([path, hash]) => [portable(relative(base, path)), hash])),
  );
}

function portable(path: string): string {
  return path.split(sep).join("/");
}

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { register } from "node:module";
import { dirname, extname, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { definitionProblems } from "../check/definition.ts";
import { InputError, messageOf } from "../core/errors.ts";
import { type Place, placeOf, pointedPlace, showFile, showPlace } from "../core/places.ts";
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

/** A check of a file's syntax takes 50 ms. */
const CHECK_MS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Loads a user's router: the default export of a JavaScript or TypeScript module, checked against the contract.
 * @param file absolute path.
 * @throws InputError with everything that is wrong with the file.
 */
export async function loadUserRouter(file: string): Promise<LoadedRouter> {
  if (!existsSync(file)) throw new InputError(`${file}: there is no such router file`);
  const { size } = statSync(file);
  if (!statSync(file).isFile()) throw new InputError(`${file}: is no file; name the router's module`);
  if (size > MAX_BYTES) throw new InputError(`${file}: has ${size} bytes; a router has at most ${MAX_BYTES}`);
  if (/^\.(tsx|jsx|cts|cjs)$/.test(extname(file))) {
    throw new InputError(`${file}: a router is an ES module: a .js, .mjs, .ts or .mts file`);
  }
  hookLoader();
  let exported: unknown;
  try {
    exported = ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (error) {
    throw loadProblem(file, error);
  }
  const problems = definitionProblems(exported);
  if (problems.length > 0) {
    throw new InputError(problems.map(({ field, message }) => ({ where: file, path: field, message })));
  }
  const router = defineRouter(exported as Router); // it need not come from there
  return { router, file, hash: hashWithImports(file) };
}

let isHooked = false;

/** From here on imports of this process are those of `loader-hooks.ts`; where moe-lab is not built, as under its tests, they are not. */
function hookLoader(): void {
  const hooks = new URL("./loader-hooks.js", import.meta.url);
  if (isHooked || !existsSync(hooks)) return;
  register(hooks);
  isHooked = true;
}

/** Why a module could not be imported, at the line that is to blame. */
function loadProblem(file: string, error: unknown): InputError {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const place = pointedPlace(stack) ?? placeOf(error) ?? syntaxPlace(file);
  const kind = error instanceof Error && error.name !== "Error" ? `${error.name}: ` : "";
  const isTakenForCommonJs = /import statement outside a module|Unexpected token 'export'/.test(
    messageOf(error),
  );
  const advice = isTakenForCommonJs
    ? '; set "type": "module" in the package.json above it, or call the file .mjs'
    : "";
  const message = `the router can't be loaded: ${kind}${messageOf(error)}${advice}`;
  return new InputError([{ where: place === null ? showFile(file) : showPlace(place), path: "", message }]);
}

/** Where a syntax error is, which Node tells only when it is asked to check the file. */
function syntaxPlace(file: string): Place | null {
  const { stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8", timeout: CHECK_MS });
  return pointedPlace(stderr);
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

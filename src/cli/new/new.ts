import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { NAME_PATTERN } from "../../config/paths.ts";
import { show } from "../../config/suggest.ts";
import { EXIT, InputError, type Problem } from "../../core/errors.ts";
import { shippedRouters } from "../../routers/index.ts";
import type { CommandIO } from "../io.ts";

/** What a person typed behind `new`. */
export interface NewOptions {
  readonly what: "router" | "experiment";
  readonly name: string;
  /** TypeScript instead of JavaScript. */
  readonly isTypeScript: boolean;
}

/** A file to write, made of one in `examples/new`. */
interface NewFile {
  readonly file: string;
  readonly from: string;
}

const ROUTER_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const LONGEST = 64;

/**
 * `new router NAME` writes a router that passes its check, its test and an experiment with it; `new experiment NAME` an experiment.
 * @returns the exit code.
 * @throws InputError with everything that keeps it from being written; then nothing is.
 */
export function runNew(options: NewOptions, io: CommandIO): number {
  const extension = extensionOf(options);
  const files = filesOf(options, extension);
  const problems = [...nameProblems(options), ...files.flatMap(({ file }) => takenProblem(file))];
  if (problems.length > 0) throw new InputError(problems);
  for (const { file, from } of files) {
    // "wx": whoever made it since is not overwritten either.
    writeFileSync(file, textOf(from, options, extension), { flag: "wx" });
  }
  io.stdout(`written: ${files.map(({ file }) => file).join(", ")}\n`);
  io.stderr(nextSteps(options, extension));
  return EXIT.done;
}

/** A router is an ES module, which Node must see by its name where the package that it stands in says CommonJS, as `npm init` makes them. */
function extensionOf({ isTypeScript }: NewOptions): string {
  return `${isInCommonJs(resolve(".")) ? "m" : ""}${isTypeScript ? "ts" : "js"}`;
}

/** By the nearest package.json, as Node decides it. */
function isInCommonJs(folder: string): boolean {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return dirname(folder) !== folder && isInCommonJs(dirname(folder));
  return /"type"\s*:\s*"commonjs"/.test(readFileSync(file, "utf8"));
}

function filesOf({ what, name }: NewOptions, extension: string): NewFile[] {
  if (what === "experiment") return [{ file: `${name}.json`, from: "experiment.json" }];
  return [
    { file: `${name}.${extension}`, from: "router.js" },
    { file: `${name}.test.${extension}`, from: "router.test.js" },
    { file: `${name}.json`, from: "router.json" },
  ];
}

/** A file of `examples/new` under the new name. */
function textOf(from: string, { name }: NewOptions, extension: string): string {
  const template = readFileSync(
    fileURLToPath(new URL(`../../../examples/new/${from}`, import.meta.url)),
    "utf8",
  );
  return template
    .replaceAll("./router.js", `./${name}.${extension}`)
    .replaceAll("NAME", name)
    .replaceAll("EXTENSION", extension);
}

function nameProblems({ what, name }: NewOptions): Problem[] {
  const refuse = (message: string): Problem[] => [{ where: `new ${what}`, path: "", message }];
  if (what === "experiment") {
    const rule = 'letters, digits, "-", "_" and ".", beginning with a letter or digit, at most 64';
    return NAME_PATTERN.test(name) ? [] : refuse(`the name ${show(name)} must be ${rule}`);
  }
  if (!ROUTER_NAME.test(name) || name.length > LONGEST) {
    return refuse(`the name ${show(name)} must be lower-case words joined by "-", at most ${LONGEST}`);
  }
  return shippedRouters.has(name) ? refuse(`${show(name)} is a shipped router; take another name`) : [];
}

function takenProblem(file: string): Problem[] {
  const message = "is there already, and is not overwritten; take another name, or move it";
  return existsSync(file) ? [{ where: file, path: "", message }] : [];
}

function nextSteps({ what, name }: NewOptions, extension: string): string {
  const run = [`moe-lab run ${name}.json --dry-run`, `moe-lab run ${name}.json`];
  const steps = what === "experiment" ? run : [`moe-lab check ${name}.${extension}`, ...run];
  return `next:\n${steps.map((step) => `  ${step}\n`).join("")}`;
}

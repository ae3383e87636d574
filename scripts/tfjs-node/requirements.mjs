// What building needs, looked at before anything is written.
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { findCompiler, findHeaders } from "./compile.mjs";
import { Missing, run } from "./run.mjs";
import { findTensorFlow } from "./tensorflow.mjs";

/** The libraries take 0.86 GB, the wheel 0.27, headers and packages the rest. */
const NEEDED_BYTES = 1.4e9;

/** @import { Source } from "./tensorflow.mjs" */
/**
 * What the command line says; paths are absolute.
 * @typedef {{ wheel?: string | undefined, python?: string | undefined, nodedir?: string | undefined }} Where
 * What there is to build with.
 * @typedef {{ modules: string, python: string, compiler: string, headers: string, source: Source, version: string }} Found
 */

/**
 * Everything that is needed here.
 * @param {Where} options of the command line
 * @param {string} root moe-lab's folder
 * @param {string | null} modules the node_modules folder to build into; null where there is none
 * @returns {Promise<Found>}
 * @throws Missing with one sentence for each thing that is missing
 */
export async function requirements(options, root, modules) {
  /** @type {string[]} */
  const problems = [];
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    throw new Missing([
      `This is ${process.platform} on ${process.arch}; the recipe is for Linux on x64 or arm64.`,
    ]);
  }
  if (modules === null) problems.push("moe-lab's packages are not installed: run `npm ci` first.");
  else problems.push(...placeProblems(modules));
  if (!existsSync(join(root, "dist", "engine", "eager.js"))) {
    problems.push("moe-lab is not compiled (there is no dist folder): run `npm run build` first.");
  }
  if (!(await run("npm", ["--version"])).ok)
    problems.push("npm is not on the PATH: it gets the package tfjs-node.");

  const python = await usablePython(options.python ?? "python3", problems);
  const compiler = await findCompiler();
  if (compiler === null) {
    problems.push(
      "A C++17 compiler is missing (tried $CXX, c++, g++, clang++): install g++ 8 or newer, or set CXX.",
    );
  }
  const { folder: headers, tried } = findHeaders(options.nodedir);
  if (headers === null) {
    problems.push(
      `Node's headers are missing (no node_api.h in ${tried.join(", ")}): give --nodedir FOLDER, where a Node distribution of version 16 or newer was unpacked.`,
    );
  }
  const source = await usableTensorFlow(options.wheel, python, problems);
  // Each null has said why.
  if (modules === null || python === null || compiler === null || headers === null || source === null) {
    throw new Missing(problems);
  }
  if (problems.length > 0) throw new Missing(problems);
  return { modules, python, compiler, headers, source, version: wantedVersion(root) };
}

/**
 * @param {string} root moe-lab's folder
 * @returns {string} the version of tfjs-node that it is for
 */
function wantedVersion(root) {
  const written = /** @type {{ optionalDependencies: { "@tensorflow/tfjs-node": string } }} */ (
    JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  );
  return written.optionalDependencies["@tensorflow/tfjs-node"];
}

/**
 * @param {string} python
 * @param {string[]} problems takes what is wrong with it
 */
async function usablePython(python, problems) {
  const { ok } = await run(python, ["-c", "import sys; assert sys.version_info >= (3, 8)"]);
  if (ok) return python;
  problems.push(
    `Python 3.8 or newer is missing (${python} is not one): install it, or name it with --python FILE.`,
  );
  return null;
}

/**
 * @param {string | undefined} wheel
 * @param {string | null} python null where none works: then nothing is looked for
 * @param {string[]} problems takes what is wrong with it
 * @returns {Promise<Source | null>}
 */
async function usableTensorFlow(wheel, python, problems) {
  if (wheel !== undefined && !existsSync(wheel)) {
    problems.push(`--wheel ${wheel}: there is no such file or folder.`);
    return null;
  }
  if (python === null) return null;
  let source;
  try {
    source = await findTensorFlow({ wheel, python });
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    problems.push(...error.sentences);
    return null;
  }
  if (source.kind === "download" && !(await run(python, ["-m", "pip", "--version"])).ok) {
    problems.push(
      `pip is missing (\`${python} -m pip\`), which would download TensorFlow: install it, or give --wheel FILE.`,
    );
  }
  return source;
}

/**
 * What is wrong with the folder that it goes into.
 * @param {string} modules
 */
function placeProblems(modules) {
  try {
    rmSync(mkdtempSync(join(modules, ".tfjs-node-")), { recursive: true });
  } catch (error) {
    return [`${modules} can't be written: ${error instanceof Error ? error.message : String(error)}.`];
  }
  const { bavail, bsize } = statfsSync(modules);
  const free = bavail * bsize;
  if (free >= NEEDED_BYTES) return [];
  return [
    `${modules} has ${(free / 1e9).toFixed(1)} GB free; building takes ${NEEDED_BYTES / 1e9} GB for a moment.`,
  ];
}

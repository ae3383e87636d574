// What building needs, looked at before anything is written.
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { findCompiler, findHeaders } from "./compile.mjs";
import { Missing, run } from "./run.mjs";
import { findTensorFlow } from "./tensorflow.mjs";

/** The libraries take 0.86 GB, the wheel 0.27, headers and packages the rest. */
const NEEDED_BYTES = 1.4e9;

/**
 * Everything that is needed here.
 * @param {{ wheel?: string, python?: string, nodedir?: string }} options of the command line
 * @param {string} root moe-lab's folder
 * @param {string | null} modules the node_modules folder to build into; null where there is none
 * @throws Missing with one sentence for each thing that is missing
 */
export async function requirements(options, root, modules) {
  const problems = [];
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    throw new Missing([
      `This is ${process.platform} on ${process.arch}; the recipe is for Linux on x64 or arm64.`,
    ]);
  }
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const version = optionalDependencies["@tensorflow/tfjs-node"];

  if (modules === null) problems.push("moe-lab's packages are not installed: run `npm ci` first.");
  else problems.push(...placeProblems(modules));
  if (!existsSync(join(root, "dist", "engine", "eager.js"))) {
    problems.push("moe-lab is not compiled (there is no dist folder): run `npm run build` first.");
  }
  if (!(await run("npm", ["--version"])).ok)
    problems.push("npm is not on the PATH: it gets the package tfjs-node.");

  const python = options.python ?? "python3";
  const { ok: pythonWorks } = await run(python, ["-c", "import sys; assert sys.version_info >= (3, 8)"]);
  if (!pythonWorks) {
    problems.push(
      `Python 3.8 or newer is missing (${python} is not one): install it, or name it with --python FILE.`,
    );
  }
  const compiler = await findCompiler();
  if (compiler === null) {
    problems.push(
      "A C++17 compiler is missing (tried $CXX, c++, g++, clang++): install g++ 8 or newer, or set CXX.",
    );
  }
  const headers = findHeaders(options.nodedir);
  if (headers.folder === null) {
    problems.push(
      `Node's headers are missing (no node_api.h in ${headers.tried.join(", ")}): give --nodedir FOLDER, where a Node distribution of version 16 or newer was unpacked.`,
    );
  }
  const wheelExists = options.wheel === undefined || existsSync(options.wheel);
  if (!wheelExists) problems.push(`--wheel ${options.wheel}: there is no such file or folder.`);
  let source = null;
  try {
    if (pythonWorks && wheelExists) source = await findTensorFlow({ wheel: options.wheel, python });
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    problems.push(...error.sentences);
  }
  if (source?.kind === "download" && !(await run(python, ["-m", "pip", "--version"])).ok) {
    problems.push(
      `pip is missing (\`${python} -m pip\`), which would download TensorFlow: install it, or give --wheel FILE.`,
    );
  }
  if (problems.length > 0) throw new Missing(problems);
  return { python, compiler, headers: headers.folder, source, version };
}

/** What is wrong with the folder that it goes into. */
function placeProblems(modules) {
  try {
    rmSync(mkdtempSync(join(modules, ".tfjs-node-")), { recursive: true });
  } catch (error) {
    return [`${modules} can't be written: ${error.message}.`];
  }
  const { bavail, bsize } = statfsSync(modules);
  const free = bavail * bsize;
  if (free >= NEEDED_BYTES) return [];
  return [
    `${modules} has ${(free / 1e9).toFixed(1)} GB free; building takes ${NEEDED_BYTES / 1e9} GB for a moment.`,
  ];
}

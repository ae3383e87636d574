// The addon is two C++ files. One call of the compiler replaces node-gyp, which would download headers and compile them
// once for each of six versions of Node-API.
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "./run.mjs";
import { libraryNames } from "./tensorflow.mjs";

/** The newest Node-API that the package knows, and so the one that it loads. Every Node from 16 on has it. */
const NODE_API = "8";

/** The first C++17 compiler of $CXX, c++, g++ and clang++; null where there is none. */
export async function findCompiler() {
  const candidates = [process.env.CXX ?? "", "c++", "g++", "clang++"].filter((name) => name !== "");
  const empty = ["-std=c++17", "-fsyntax-only", "-x", "c++", "/dev/null"];
  for (const name of candidates) {
    if ((await run(name, empty)).ok) return name;
  }
  return null;
}

/**
 * The folder with node_api.h. Those headers fit every newer Node, so they may be another version's.
 * @param {string | undefined} nodedir what the user gave
 * @returns {{ folder: string | null, tried: string[] }}
 */
export function findHeaders(nodedir) {
  const version = process.versions.node;
  const prefixes =
    nodedir === undefined
      ? [
          process.env.npm_config_nodedir ?? "",
          dirname(dirname(process.execPath)),
          homedir() && join(homedir(), ".cache", "node-gyp", version),
        ].filter((folder) => folder !== "")
      : [nodedir];
  const tried = prefixes.map((prefix) => join(prefix, "include", "node"));
  return { folder: tried.find((folder) => existsSync(join(folder, "node_api.h"))) ?? null, tried };
}

/**
 * Compiles the addon of the package in `folder`.
 * @param {string} folder
 * @param {string} compiler
 * @param {string} nodeHeaders folder
 * @param {string} tensorflowHeaders folder
 * @throws Error with the compiler's words
 */
export async function compileAddon(folder, compiler, nodeHeaders, tensorflowHeaders) {
  const lib = join(folder, "lib", `napi-v${NODE_API}`);
  mkdirSync(lib, { recursive: true });
  const args = [
    ...["-std=c++17", "-O2", "-fPIC", "-shared"],
    ...["-DNODE_GYP_MODULE_NAME=tfjs_binding", `-DNAPI_VERSION=${NODE_API}`],
    ...["-I", nodeHeaders, "-I", tensorflowHeaders],
    ...["binding/tfjs_backend.cc", "binding/tfjs_binding.cc"],
    ...libraryNames.map((name) => join("deps", "lib", name)),
    // Found from where the addon lies, so that the folder can be moved.
    "-Wl,-rpath,$ORIGIN/../../deps/lib",
    ...["-o", join(lib, "tfjs_binding.node")],
  ];
  const compiled = await run(compiler, args, { cwd: folder });
  if (!compiled.ok) throw new Error(`${compiler} failed:\n${compiled.words}`);
}

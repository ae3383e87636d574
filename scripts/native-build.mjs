// Builds the native library with this machine's C compiler, unless it is there: docs/native.md. `npm ci` does so by
// --prepare, which fails never: without the library, moe-lab computes with ONNX Runtime.
// Exit codes: 0 it is there, 1 building failed or nothing could be built with.
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { buildWhereMissing } from "../dist/engine/native/build/first-use.js";
import { checkLibrary, manifestName } from "../dist/engine/native/build/manifest.js";
import { buildFolder, NATIVE_ABI, packageVersion, readSources } from "../dist/engine/native/build/sources.js";
import { ownTarget } from "../dist/engine/native/build/target.js";

const flag = /** @type {const} */ ({ type: "boolean", default: false });
const { values: options } = parseArgs({ options: { prepare: flag, force: flag } });

/** One line that says what is there now, and whether that is a library. */
async function build() {
  const target = ownTarget();
  const sources = readSources();
  const folder = buildFolder();
  if (sources === null) return { ok: false, line: "its sources are not here" };
  const wanted = { abi: NATIVE_ABI, version: packageVersion(), target, sources: sources.hash };
  if (folder !== null && !options.force) {
    const there = checkLibrary(`${folder}/${manifestName(target)}`, wanted);
    if (there.ok) return { ok: true, line: `is there: ${there.path}` };
  }
  const started = performance.now();
  const built = await buildWhereMissing(sources, target, folder, true);
  if (!built.ok) {
    const instead = "moe-lab computes with ONNX Runtime, which is slower";
    return {
      ok: false,
      line: `not built: ${built.reason}. ${instead}; \`npm run native:build\` tries again`,
    };
  }
  const checked = checkLibrary(built.manifestFile, wanted);
  if (!checked.ok) throw new Error(`it was built, but ${checked.reason}`);
  const { manifest } = checked;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return {
    ok: true,
    line: `built in ${seconds} s by ${manifest.compiler} (${manifest.instructionSets.join(", ")})`,
  };
}

const { ok, line } = await build();
console.log(`native library: ${line}`);
if (!ok && !options.prepare) process.exitCode = 1;

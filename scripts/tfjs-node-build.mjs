// Builds @tensorflow/tfjs-node, for `--engine tfjs-node`, against TensorFlow's Python wheel: docs/tfjs-node.md.
// Exit codes: 0 it is there and works, 1 building failed, 2 something is missing here (and nothing was changed).
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compileAddon } from "./tfjs-node/compile.mjs";
import { fetchPackage } from "./tfjs-node/package.mjs";
import { requirements } from "./tfjs-node/requirements.mjs";
import { Interrupted, Missing, run } from "./tfjs-node/run.mjs";
import { downloadWheel, placeTensorFlow } from "./tfjs-node/tensorflow.mjs";

/**
 * @import { Where } from "./tfjs-node/requirements.mjs"
 * @import { Ran } from "./tfjs-node/run.mjs"
 * @import { Local } from "./tfjs-node/tensorflow.mjs"
 */

const HELP = `Usage: npm run tfjs-node:build -- [options]        in a checkout of moe-lab
       node node_modules/moe-lab/scripts/tfjs-node-build.mjs [options]   where moe-lab is installed

Builds the package behind \`moe-lab run --engine tfjs-node\` against the libraries of TensorFlow's Python wheel.

  --wheel <path>     the wheel, a folder with it, or an unpacked one
                     (default: the TensorFlow of that Python; else pip downloads tensorflow-cpu)
  --python <file>    Python 3 (default: python3)
  --nodedir <folder> where include/node/node_api.h is (default: beside this Node)
  --force            build again where it works already
  -h, --help         this text
`;
const ROOT = realpathSync(fileURLToPath(new URL("..", import.meta.url)));
const CHECK = fileURLToPath(new URL("tfjs-node/check.mjs", import.meta.url));

/**
 * Finds, builds, tries. Leaves what is in its place alone until there is something that works.
 * @param {Where & { force: boolean }} options
 * @returns {Promise<void>}
 */
async function build(options) {
  const there = findModules();
  if (there !== null && !options.force) {
    const found = await check();
    if (found.ok) {
      console.log(`Nothing to do: ${described(found, placeIn(there))}`);
      return;
    }
  }
  const { modules, python, compiler, headers, source, version } = await requirements(options, ROOT, there);
  if (source.kind === "download" && source.notice !== "") console.log(source.notice);

  const scratch = mkdtempSync(join(modules, ".tfjs-node-"));
  try {
    console.log(`npm: ${version}, without its install script`);
    /** @returns {Promise<Local>} */
    const wheelHere = async () => {
      if (source.kind !== "download") return source;
      console.log("pip: the wheel of TensorFlow (0.27 GB)");
      return { kind: "wheel", file: await downloadWheel(python, join(scratch, "wheel")) };
    };
    const [package_, wheel] = await both(fetchPackage(version, modules, python, scratch), wheelHere());
    console.log(`TensorFlow: ${wheel.kind === "wheel" ? wheel.file : wheel.folder}`);
    const include = await placeTensorFlow(
      wheel,
      python,
      join(package_, "deps", "lib"),
      join(scratch, "unpacked"),
    );
    console.log(`${compiler}: the addon`);
    await compileAddon(package_, compiler, headers, include);

    const place = placeIn(modules);
    const built = await putInPlace(package_, place, join(scratch, "old"));
    console.log(`Built: ${described(built, place)}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Puts the new package in place and tries it; what was there comes back where that fails.
 * @param {string} package_ its folder
 * @param {string} place
 * @param {string} old where what was there goes
 * @throws Error saying why it does not work
 */
async function putInPlace(package_, place, old) {
  mkdirSync(dirname(place), { recursive: true });
  if (existsSync(place)) renameSync(place, old);
  renameSync(package_, place);
  try {
    const built = await check();
    if (built.ok) return built;
    throw new Error(`it was built, but does not work here, and was taken away again:\n${built.words}`);
  } catch (error) {
    rmSync(place, { recursive: true });
    if (existsSync(old)) renameSync(old, place);
    throw error;
  }
}

/** The node_modules folder from which moe-lab gets tfjs: tfjs-node has to lie beside it, and share it. */
function findModules() {
  for (let folder = ROOT; ; folder = dirname(folder)) {
    const modules = join(folder, "node_modules");
    if (existsSync(join(modules, "@tensorflow", "tfjs", "package.json"))) return modules;
    if (folder === dirname(folder)) return null;
  }
}

/** @param {string} modules */
function placeIn(modules) {
  return join(modules, "@tensorflow", "tfjs-node");
}

/**
 * Waits for both, so that all that fails is told at once.
 * @template A, B
 * @param {Promise<A>} a
 * @param {Promise<B>} b
 * @returns {Promise<[A, B]>}
 * @throws Missing, or another error
 */
async function both(a, b) {
  const settled = await Promise.allSettled([a, b]);
  const failures = settled.flatMap((each) =>
    each.status === "rejected" ? [/** @type {unknown} */ (each.reason)] : [],
  );
  const missing = failures.filter((error) => error instanceof Missing);
  if (missing.length < failures.length) throw failures.find((error) => !(error instanceof Missing));
  if (missing.length > 0) throw new Missing(missing.flatMap((error) => error.sentences));
  return [await a, await b];
}

/** Loads the engine in a process of its own. */
function check() {
  return run(process.execPath, [CHECK], { env: { TF_CPP_MIN_LOG_LEVEL: "2" } });
}

/**
 * @param {Ran} checked
 * @param {string} place
 */
function described({ stdout }, place) {
  const versions = /** @type {{ "tfjs-node": string, tensorflow: string }} */ (
    JSON.parse(stdout.trim().split("\n").at(-1) ?? "")
  );
  return `tfjs-node ${versions["tfjs-node"]} on TensorFlow ${versions.tensorflow} works.
It is in ${place}
Use it with \`npx moe-lab run EXPERIMENT --engine tfjs-node\`; \`npx moe-lab doctor\` lists it with its speed.`;
}

/** What the command line asks for. @throws Missing where it is wrong */
function readOptions() {
  const path = /** @type {const} */ ({ type: "string" });
  const flag = /** @type {const} */ ({ type: "boolean", default: false });
  try {
    const { values } = parseArgs({
      options: { wheel: path, python: path, nodedir: path, force: flag, help: { ...flag, short: "h" } },
    });
    // npm starts scripts in the package's folder and says here where the user was.
    const from = process.env.INIT_CWD ?? process.cwd();
    /** @param {string | undefined} value */
    const absolute = (value) => (value === undefined ? undefined : resolve(from, value));
    const python = values.python?.includes("/") ? absolute(values.python) : values.python;
    return { ...values, python, wheel: absolute(values.wheel), nodedir: absolute(values.nodedir) };
  } catch (error) {
    throw new Missing([`${messageOf(error)}. --help lists the options.`]);
  }
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

try {
  const options = readOptions();
  if (options.help) process.stdout.write(HELP);
  else await build(options);
} catch (error) {
  if (error instanceof Missing) {
    process.stderr.write(
      `tfjs-node can't be built:\n${error.sentences.map((line) => `- ${line}\n`).join("")}`,
    );
    process.exitCode = 2;
  } else if (error instanceof Interrupted) {
    process.stderr.write("stopped; nothing was changed\n");
    process.exitCode = 130;
  } else {
    process.stderr.write(`tfjs-node could not be built: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

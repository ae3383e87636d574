// Where TensorFlow's C library and headers come from: a wheel, an unpacked one, Python's own, or a download by pip.
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Missing, reason, run } from "./run.mjs";

const HELPER = fileURLToPath(new URL("wheel.py", import.meta.url));

/** The version that was tried. Any with these files should do: the C interface is stable, and the result is tested. */
const VERSION = "2.21.0";
const LIBRARIES = /** @type {const} */ (["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]);
const NEEDED = [...LIBRARIES, "include/tensorflow/c/c_api.h", "include/tensorflow/c/eager/c_api.h"];

/**
 * Where it is taken from: an unpacked wheel, a wheel, or a download.
 * @typedef {{ kind: "folder", folder: string } | { kind: "wheel", file: string }} Local
 * @typedef {Local | { kind: "download", notice: string }} Source
 */

/** What the platform is called in names of wheels, and which package is TensorFlow without GPUs there. */
const PLATFORM =
  process.arch === "arm64"
    ? { tag: "aarch64", distribution: "tensorflow" }
    : { tag: "x86_64", distribution: "tensorflow-cpu" };

/** @param {string} python @param {string[]} args of wheel.py */
export function helper(python, args) {
  return run(python, [HELPER, ...args]);
}

/**
 * Decides where TensorFlow is taken from; downloads nothing yet.
 * @param {{ wheel: string | undefined, python: string }} options wheel: absolute path of a wheel, of a folder with
 *   wheels or of an unpacked one
 * @returns {Promise<Source>}
 * @throws Missing saying what is wrong with the wheel
 */
export async function findTensorFlow({ wheel, python }) {
  if (wheel === undefined) {
    const folder = (await helper(python, ["installed"])).stdout.trim();
    if (folder === "") return { kind: "download", notice: "" };
    const lacking = NEEDED.filter((file) => !existsSync(join(folder, file)));
    if (lacking.length === 0) return { kind: "folder", folder };
    return { kind: "download", notice: `${folder} can't be used: it has no ${lacking.join(", ")}` };
  }
  if (!statSync(wheel).isDirectory()) return { kind: "wheel", file: await checkedWheel(wheel, python) };
  const unpacked = [wheel, join(wheel, "tensorflow")].find((folder) =>
    existsSync(join(folder, LIBRARIES[0])),
  );
  if (unpacked === undefined) return { kind: "wheel", file: await checkedWheel(bestWheel(wheel), python) };
  const lacking = NEEDED.filter((file) => !existsSync(join(unpacked, file)));
  if (lacking.length > 0) {
    throw new Missing([`--wheel ${unpacked}: there is no ${lacking.join(", ")} in it.`]);
  }
  return { kind: "folder", folder: unpacked };
}

/**
 * Of a folder's TensorFlow wheels for this platform the newest, those without GPUs first.
 * @param {string} folder
 * @throws Missing
 */
function bestWheel(folder) {
  const { tag } = PLATFORM;
  const names = readdirSync(folder).filter((name) => /^tensorflow(_cpu)?-\d.*linux.*\.whl$/.test(name));
  const { compare } = new Intl.Collator("en", { numeric: true });
  const found = names.filter((name) => name.endsWith(`_${tag}.whl`)).sort(compare);
  const best = found.findLast((name) => name.startsWith("tensorflow_cpu-")) ?? found.at(-1);
  if (best !== undefined) return join(folder, best);
  throw new Missing([
    `--wheel ${folder}: there is no TensorFlow wheel for Linux on ${tag} in it (tensorflow_cpu-*_${tag}.whl), nor an unpacked one.`,
  ]);
}

/**
 * @param {string} file
 * @param {string} python
 * @returns {Promise<string>} the file
 * @throws Missing when it is not a wheel with what is needed
 */
async function checkedWheel(file, python) {
  const { tag } = PLATFORM;
  const foreign = /_(x86_64|aarch64|arm64|amd64)\.whl$/.exec(basename(file))?.[1];
  if (foreign !== undefined && foreign !== tag) {
    throw new Missing([`--wheel ${file}: it is for ${foreign}; this machine is ${tag}.`]);
  }
  const listed = await helper(python, ["list", file]);
  if (!listed.ok) throw new Missing([`--wheel ${file}: it can't be read: ${reason(listed.words)}.`]);
  const names = new Set(/** @type {string[]} */ (JSON.parse(listed.stdout)));
  const lacking = NEEDED.filter((name) => !names.has(`tensorflow/${name}`));
  if (lacking.length > 0) {
    throw new Missing([
      `--wheel ${file}: there is no ${lacking.join(", ")} in it; the wheel of tensorflow-cpu ${VERSION} for Linux has them.`,
    ]);
  }
  return file;
}

/**
 * Downloads the wheel with pip, as pip is set up here. Its libraries do not depend on Python's version, so the wheel of
 * any one Python does.
 * @param {string} python
 * @param {string} folder that is made for it
 * @returns {Promise<string>} the wheel
 * @throws Missing with pip's reason
 */
export async function downloadWheel(python, folder) {
  const { tag, distribution } = PLATFORM;
  const requirement = `${distribution}==${VERSION}`;
  const kind = "--only-binary=:all: --implementation cp --python-version 3.11 --abi cp311".split(" ");
  const platform = ["--platform", `manylinux_2_27_${tag}`];
  mkdirSync(folder);
  const pip = await run(
    python,
    ["-m", "pip", "download", "--no-deps"].concat(kind, platform, ["-d", folder, requirement]),
  );
  if (!pip.ok) {
    throw new Missing([
      `TensorFlow's wheel: \`${python} -m pip download ${requirement}\` failed (${reason(pip.words)}); fetch it where there is a network and give it with --wheel FILE.`,
    ]);
  }
  return checkedWheel(bestWheel(folder), python);
}

/**
 * Puts the two libraries into `libraryFolder`: out of a wheel, or as links to an unpacked one.
 * @param {Local} source
 * @param {string} python
 * @param {string} libraryFolder
 * @param {string} scratch a folder to unpack into
 * @returns {Promise<string>} the folder with the headers
 */
export async function placeTensorFlow(source, python, libraryFolder, scratch) {
  mkdirSync(libraryFolder, { recursive: true });
  if (source.kind === "folder") {
    for (const name of LIBRARIES) symlinkSync(join(source.folder, name), join(libraryFolder, name));
    return join(source.folder, "include");
  }
  const unpacked = await helper(python, ["unpack", source.file, scratch]);
  if (!unpacked.ok) throw new Error(`${source.file} can't be unpacked:\n${unpacked.words}`);
  for (const name of LIBRARIES) renameSync(join(scratch, "tensorflow", name), join(libraryFolder, name));
  return join(scratch, "tensorflow", "include");
}

/** What the linker needs. */
export const libraryNames = LIBRARIES;

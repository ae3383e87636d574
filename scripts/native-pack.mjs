// Makes the npm packages with the native library built, one a platform, by zig cc: docs/native.md. Equal sources give
// equal bytes, wherever and whenever it is run.
// Exit codes: 0 done, 1 building failed, 2 zig is missing.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildLibrary } from "../dist/engine/native/build/compile.js";
import { manifestName } from "../dist/engine/native/build/manifest.js";
import { packageVersion, readSources } from "../dist/engine/native/build/sources.js";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** @import { Sources } from "../dist/engine/native/build/sources.js" */

/** PyPI's ziglang. Another version may make other bytes. */
const ZIG = "0.17.1";
/**
 * Zig's names of the targets; the glibc is Node 20's.
 * @type {Readonly<Record<string, string>>}
 */
const TARGETS = {
  "linux-x64-gnu": "x86_64-linux-gnu.2.28",
  "linux-x64-musl": "x86_64-linux-musl",
  "linux-arm64-gnu": "aarch64-linux-gnu.2.28",
  "linux-arm64-musl": "aarch64-linux-musl",
  "darwin-x64": "x86_64-macos",
  "darwin-arm64": "aarch64-macos",
  "win32-x64": "x86_64-windows-gnu",
};
const HELP = `Usage: npm run native:pack -- [--target NAME]... [--out FOLDER] [--python FILE]

Makes moe-lab-native-<target>-<version>.tgz for each target (default: all) in a folder (default: native/build/packages).
--python: a Python with ziglang ${ZIG}; by default one is made in native/build/zig, with pip.
Targets: ${Object.keys(TARGETS).join(", ")}
`;

/**
 * The command of a zig of the pinned version, installed where it is missing; null where that can't be done.
 * @param {string | undefined} python
 */
function findZig(python) {
  /** @param {string} candidate */
  const right = (candidate) => {
    const { error, stdout } = spawnSync(candidate, ["-m", "ziglang", "version"], { encoding: "utf8" });
    return error === undefined && stdout.trim() === ZIG;
  };
  if (python !== undefined) return right(python) ? [python, "-m", "ziglang"] : null;
  const folder = join(ROOT, "native", "build", "zig");
  const own = join(folder, "bin", "python");
  for (const candidate of ["python3", own]) if (right(candidate)) return [candidate, "-m", "ziglang"];
  console.log(`pip: ziglang ${ZIG} (0.1 GB)`);
  const quiet = ["--quiet", "--no-compile", "--disable-pip-version-check"];
  for (const { program, args } of [
    { program: "python3", args: ["-m", "venv", folder] },
    { program: own, args: ["-m", "pip", "install", ...quiet, `ziglang==${ZIG}`] },
  ]) {
    if (spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"] }).status !== 0) return null;
  }
  return right(own) ? [own, "-m", "ziglang"] : null;
}

/**
 * What package.json of a target's package says.
 * @param {string} target
 * @param {string} file the library's name
 */
function packageJson(target, file) {
  const [os, cpu, libc] = target.split("-");
  return {
    name: `moe-lab-native-${target}`,
    version: packageVersion(),
    description: `The native library of moe-lab for ${target}. moe-lab checks it before it loads it.`,
    license: "Apache-2.0",
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc === "gnu" ? "glibc" : libc] }),
    files: [file, manifestName(target)],
  };
}

/**
 * Builds and packs one target.
 * @param {readonly string[]} zig its command
 * @param {{ target: string, zigTarget: string }} names ours and zig's
 * @param {{ sources: Sources, out: string, scratch: string }} where
 * @returns {Promise<string>} the tarball's name
 */
async function pack(zig, { target, zigTarget }, { sources, out, scratch }) {
  const folder = join(scratch, `moe-lab-native-${target}`);
  const compiler = { command: [...zig, "cc", "-target", zigTarget], version: `zig ${ZIG}`, zig: true };
  const manifest = await buildLibrary({ sources, compiler, target, folder });
  const json = packageJson(target, manifest.file);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(json, null, 2)}\n`);
  copyFileSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  // npm writes no times and no users into tarballs.
  const npm = ["pack", "--silent", "--ignore-scripts", "--pack-destination", out];
  return execFileSync("npm", npm, { cwd: folder, encoding: "utf8" }).trim().split("\n").at(-1) ?? "";
}

/** @returns {Promise<void>} */
async function main() {
  const text = /** @type {const} */ ({ type: "string" });
  const { values } = parseArgs({
    options: {
      target: { ...text, multiple: true },
      out: text,
      python: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const wanted = values.target ?? Object.keys(TARGETS);
  const targets = wanted.flatMap((target) => {
    const zigTarget = TARGETS[target];
    return zigTarget === undefined ? [] : [{ target, zigTarget }];
  });
  const unknown = wanted.filter((target) => TARGETS[target] === undefined);
  if (unknown.length > 0)
    throw new Error(`no target ${unknown.join(", ")}; there are: ${Object.keys(TARGETS).join(", ")}`);
  const sources = readSources();
  if (sources === null) throw new Error("native/api.c is not here");
  const zig = findZig(values.python);
  if (zig === null) {
    process.exitCode = 2;
    console.error(`no Python with ziglang ${ZIG}, and pip could not install it`);
    return;
  }
  const from = process.env.INIT_CWD ?? process.cwd();
  const out = values.out === undefined ? join(ROOT, "native/build/packages") : resolve(from, values.out);
  mkdirSync(out, { recursive: true });
  const scratch = mkdtempSync(join(out, ".pack-"));
  try {
    for (const target of targets) console.log(join(out, await pack(zig, target, { sources, out, scratch })));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(`native:pack: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

// The npm package and what it depends on, without running its install script, which wants a host of its own.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Missing, reason, run } from "./run.mjs";
import { helper } from "./tensorflow.mjs";

const NAME = "@tensorflow/tfjs-node";
/**
 * Of each version that was tried; package-lock.json has the same, and a test compares.
 * @type {Readonly<Record<string, string>>}
 */
const INTEGRITY = {
  "4.22.0": "sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==",
};
/** All that the package needs but @tensorflow/tfjs, of which there must be one only: the one beside it. */
const LOCK = new URL("dependencies.lock.json", import.meta.url);

/**
 * Makes `scratch/package`: the package with its dependencies inside, so that nothing else in node_modules changes and
 * the folder can be copied to another machine.
 * @param {string} version
 * @param {string} modules the node_modules folder that it is for
 * @param {string} python
 * @param {string} scratch a folder
 * @returns {Promise<string>} its folder
 * @throws Missing when npm can't get it
 */
export async function fetchPackage(version, modules, python, scratch) {
  const project = dirname(modules);
  // What `npm run` passes on is meant for the project, not for a folder of ours.
  const env = { npm_config_prefix: undefined, npm_config_local_prefix: undefined };
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];

  const packed = await run("npm", ["pack", `${NAME}@${version}`, "--pack-destination", scratch, ...quiet], {
    cwd: project,
    env,
  });
  const tarball = join(scratch, `tensorflow-tfjs-node-${version}.tgz`);
  if (!packed.ok || !existsSync(tarball)) throw unreachable(`npm pack ${NAME}@${version}`, packed.words);
  const integrity = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
  if (integrity !== INTEGRITY[version]) {
    throw new Missing([`${NAME} ${version}: npm gave a package of other content (${integrity}).`]);
  }
  const unpacked = await helper(python, ["untar", tarball, scratch]);
  if (!unpacked.ok) throw new Error(`${tarball} can't be unpacked:\n${unpacked.words}`);

  const folder = join(scratch, "dependencies");
  mkdirSync(folder);
  const lock = readFileSync(LOCK, "utf8");
  writeFileSync(join(folder, "package-lock.json"), lock);
  const { packages } = /** @type {{ packages: Record<string, unknown> }} */ (JSON.parse(lock));
  writeFileSync(join(folder, "package.json"), JSON.stringify(packages[""]));
  if (existsSync(join(project, ".npmrc"))) copyFileSync(join(project, ".npmrc"), join(folder, ".npmrc"));
  const installed = await run("npm", ["ci", ...quiet], { cwd: folder, env });
  if (!installed.ok) throw unreachable("npm ci (its dependencies)", installed.words);
  rmSync(join(folder, "node_modules", ".package-lock.json"));
  renameSync(join(folder, "node_modules"), join(scratch, "package", "node_modules"));
  return join(scratch, "package");
}

/**
 * @param {string} command
 * @param {string} words what it said
 */
function unreachable(command, words) {
  return new Missing([
    `${NAME} or a package that it needs: \`${command}\` failed (${reason(words)}); set npm's registry to one that is reachable here.`,
  ]);
}

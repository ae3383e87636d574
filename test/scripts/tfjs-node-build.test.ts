/** What `npm run tfjs-node:build` says where it can't build. That it builds is shown by .ci/run, where it can. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { runSync } from "../support/spawn.ts";

const folder = temporaryFolder();
mkdirSync(join(folder, "prefix", "include", "node"), { recursive: true });
writeFileSync(join(folder, "prefix", "include", "node", "node_api.h"), "");

function build(
  path: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { status: number | null; out: string; err: string } {
  const env = {
    ...process.env,
    PATH: path,
    CXX: "",
    npm_config_nodedir: "",
    INIT_CWD: folder,
    ...environment,
  };
  const all = ["scripts/tfjs-node-build.mjs", ...args];
  const { code, stdout, stderr } = runSync(process.execPath, all, { env });
  return { status: code, out: stdout, err: stderr };
}

/** A folder of programs that are shell scripts. */
function programs(name: string, scripts: Readonly<Record<string, string>>): string {
  const bin = join(folder, name);
  mkdirSync(bin);
  for (const [program, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, program), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, program), 0o755);
  }
  return bin;
}

it("has a help text and no options but those in it", () => {
  const help = build("", ["--help"]);
  expect(help.status).toBe(0);
  for (const option of ["--wheel", "--python", "--nodedir", "--force"]) expect(help.out).toContain(option);
  const wrong = build("", ["--whel", "x"]);
  expect(wrong.status).toBe(2);
  expect(wrong.err).toContain("'--whel'");
});

describe.runIf(process.platform === "linux" && ["x64", "arm64"].includes(process.arch))("on Linux", () => {
  it("says everything that is missing at once", () => {
    const { status, err } = build("", ["--force", "--wheel", "none.whl", "--nodedir", "nowhere"]);
    expect(status).toBe(2);
    expect(err).toContain("- npm is not on the PATH");
    expect(err).toContain("- Python 3.8 or newer is missing (python3 is not one)");
    expect(err).toContain("- A C++17 compiler is missing");
    expect(err).toContain(`- Node's headers are missing (no node_api.h in ${folder}/nowhere/include/node)`);
    expect(err).toContain(`- --wheel ${folder}/none.whl: there is no such file or folder.`);
  });

  it("says what npm and pip can't get, and leaves nothing behind", () => {
    const bin = programs("offline", {
      "c++": "exit 0",
      npm: '[ "$1" = --version ] || { echo "npm error code ENOTFOUND"; echo "npm error network no such host"; exit 1; } >&2',
      // -c: its version; wheel.py installed: none; -m pip --version, and -m pip download.
      python3: 'if [ "$3" = download ]; then echo "ERROR: No matching distribution" >&2; exit 1; fi',
    });
    const { status, err } = build(bin, ["--force", "--nodedir", "prefix"]);
    expect(err).toContain("`npm pack @tensorflow/tfjs-node@4.22.0` failed (no such host)");
    expect(err).toMatch(/download tensorflow(-cpu)?==2\.21\.0` failed \(ERROR: No matching distribution\)/);
    expect(status).toBe(2);
    expect(readdirSync("node_modules").filter((name) => name.startsWith(".tfjs-node"))).toEqual([]);
  });

  const found = runSync("python3", ["-c", "import sys; print(sys.executable)"]);
  it.runIf(found.code === 0)("takes a wheel, and the TensorFlow of a Python, instead of a download", () => {
    const python = found.stdout.trim();
    const bin = programs("no-npm", { "c++": "exit 0", npm: '[ "$1" = --version ]' });
    const site = join(folder, "site");
    for (const file of [
      "libtensorflow_cc.so.2",
      "libtensorflow_framework.so.2",
      "c/c_api.h",
      "c/eager/c_api.h",
    ]) {
      const path = join(site, "tensorflow", file.startsWith("lib") ? file : `include/tensorflow/${file}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, "");
    }
    const wheel = `tensorflow_cpu-2.21.0-py3-none-manylinux_2_27_${process.arch === "x64" ? "x86_64" : "aarch64"}.whl`;
    const zip =
      "import os, sys, zipfile as z; w = z.ZipFile(sys.argv[1], 'w'); os.chdir(sys.argv[2]); [w.write(os.path.join(d, f)) for d, _, fs in os.walk('tensorflow') for f in fs]; w.close()";
    expect(runSync(python, ["-c", zip, join(folder, wheel), site]).code).toBe(0);
    const common = ["--force", "--nodedir", "prefix", "--python", python];
    for (const [args, environment] of [
      [["--wheel", wheel], {}],
      [["--wheel", "."], {}],
      [["--wheel", "site"], {}],
      [[], { PYTHONPATH: site }],
    ] as const) {
      const { status, out, err } = build(bin, [...common, ...args], environment);
      expect(out, args.join(" ")).not.toContain("pip");
      expect(err).toMatch(/^tfjs-node can't be built:\n- .*`npm pack .*\n$/); // and no other sentence
      expect(status).toBe(2);
    }
  });

  it("says what is wrong with a wheel", () => {
    const bin = programs("tools", {
      "c++": "exit 0",
      npm: "exit 0",
      python3: `if [ "$2" = list ]; then echo '["tensorflow/libtensorflow_cc.so.2"]'; fi`,
    });
    const wheel = (name: string): string =>
      build(bin, ["--force", "--nodedir", "prefix", "--wheel", name]).err;
    mkdirSync(join(folder, "wheels"));
    expect(wheel("wheels")).toContain(
      `- --wheel ${folder}/wheels: there is no TensorFlow wheel for Linux on`,
    );
    writeFileSync(join(folder, "tensorflow-2.21.0-cp311-cp311-win_amd64.whl"), "");
    expect(wheel("tensorflow-2.21.0-cp311-cp311-win_amd64.whl")).toContain("it is for amd64");
    writeFileSync(join(folder, "other.whl"), "");
    expect(wheel("other.whl")).toContain(
      "there is no libtensorflow_framework.so.2, include/tensorflow/c/c_api.h, include/tensorflow/c/eager/c_api.h in it",
    );
  });
});

it("pins the same packages as package-lock.json", () => {
  type Entry = Readonly<{ version: string; integrity: string }>;
  const entries = (file: string): [string, Entry][] =>
    Object.entries((JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, Entry> }).packages);
  const project = entries("package-lock.json").map(([, { integrity }]) => integrity);
  const pinned = entries("scripts/tfjs-node/dependencies.lock.json").slice(1); // the first is the folder itself
  expect(pinned.length).toBeGreaterThan(50);
  for (const [path, { integrity }] of pinned) expect(project, path).toContain(integrity);
  const itself = entries("package-lock.json").find(([path]) => path.endsWith("/tfjs-node"))![1];
  const code = readFileSync("scripts/tfjs-node/package.mjs", "utf8").replace(/\s+/g, " ");
  expect(code).toContain(`"${itself.version}": "${itself.integrity}"`);
});

/** The native library is built once, aside; and what is not whole, or not ours, is never loaded. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { buildLibrary } from "../../../src/engine/native/build/compile.ts";
import { findCompiler } from "../../../src/engine/native/build/compiler.ts";
import { buildWhereMissing } from "../../../src/engine/native/build/first-use.ts";
import { type Manifest, manifestName, type Wanted } from "../../../src/engine/native/build/manifest.ts";
import { INSTRUCTION_SETS, NATIVE_ABI, readSources } from "../../../src/engine/native/build/sources.ts";
import { archOf, ownTarget } from "../../../src/engine/native/build/target.ts";
import { loadNativeLibrary, openLibrary } from "../../../src/engine/native/library.ts";
import { sha256 } from "../../../src/core/json.ts";
import { compiler, copyOf, needsCompiler, smallSources, wantedOf } from "../../support/native.ts";
import { temporaryFolder } from "../../support/folder.ts";

const target = ownTarget();
const withCompiler = it.skipIf(compiler === null);

afterEach(() => vi.unstubAllEnvs());

/** Builds small sources in a fresh folder. */
async function built(abi?: number) {
  const sources = smallSources(abi);
  const folder = temporaryFolder();
  const manifest = await buildLibrary({ sources, compiler: compiler!, target, folder });
  const file = join(folder, manifestName(target));
  return { sources, folder, manifest, file, library: join(folder, manifest.file), wanted: wantedOf(sources) };
}

const reasonOf = (file: string, wanted: Wanted): string => {
  const opened = openLibrary(file, wanted);
  if (!("reason" in opened)) throw new Error("it was loaded");
  expect(opened.missing).toBe(false);
  return opened.reason;
};

describe("building", () => {
  withCompiler(
    `makes a library that loads, with every instruction set and nothing left over${needsCompiler}`,
    async () => {
      const { folder, file, manifest, wanted, sources } = await built();
      const opened = openLibrary(file, wanted);
      if (!("api" in opened)) throw new Error(opened.reason);
      expect(opened.api.sumOfSquares(Float32Array.of(1, 2, 3), 1)).toBe(14);
      const parameter = Float32Array.of(7);
      opened.api.adamw(
        { parameter, gradient: parameter, first: parameter, second: parameter },
        Float32Array.of(5),
        1,
      );
      expect(parameter[0]).toBe(5);
      expect(opened.api.address(parameter)).toBe(opened.api.address(parameter));
      expect(opened.api.build()).toContain(sources.hash.slice(0, 16));
      expect(opened.api.build()).toContain(compiler!.version);
      expect(manifest.instructionSets).toEqual(INSTRUCTION_SETS[archOf(target)]!.map(({ name }) => name));
      expect(readdirSync(folder).sort()).toEqual([manifest.file, manifestName(target)].sort());
    },
  );

  withCompiler(`gives equal bytes for equal sources, wherever it is done${needsCompiler}`, async () => {
    const { sources, manifest } = await built();
    const copied = readSources(copyOf(sources.folder))!;
    expect(copied.hash).toBe(sources.hash);
    const again = await buildLibrary({
      sources: copied,
      compiler: compiler!,
      target,
      folder: temporaryFolder(),
    });
    expect(again).toEqual(manifest);
  });

  withCompiler(`may be done by two at once; old libraries go after a while${needsCompiler}`, async () => {
    const { sources, folder, library, file } = await built();
    const changed = smallSources(NATIVE_ABI, "int another;");
    const job = { sources: changed, compiler: compiler!, target, folder };
    await Promise.all([buildLibrary(job), buildLibrary(job)]);
    expect(openLibrary(file, wantedOf(changed))).toHaveProperty("api");
    expect(openLibrary(file, wantedOf(sources))).not.toHaveProperty("api");
    expect(existsSync(library)).toBe(true);
    utimesSync(library, 1, 1);
    await buildLibrary(job);
    expect(existsSync(library)).toBe(false);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  withCompiler(
    `fails with the compiler's words, once for all processes, and leaves nothing${needsCompiler}`,
    async () => {
      const sources = smallSources(NATIVE_ABI, "this is no C");
      const folder = temporaryFolder();
      // A compiler that counts its calls.
      const counting = join(temporaryFolder(), "cc");
      const calls = `${counting}.calls`;
      writeFileSync(counting, `#!/bin/sh\necho x >> ${calls}\nexec ${compiler!.command.join(" ")} "$@"\n`);
      chmodSync(counting, 0o755);
      vi.stubEnv("CC", counting);
      const compiles = (): number => readFileSync(calls, "utf8").split("\n").length;

      const first = await buildWhereMissing(sources, target, folder);
      expect("reason" in first && first.reason).toMatch(/could not build it: .*api\.c.*error/);
      const after = compiles();
      expect(await buildWhereMissing(sources, target, folder)).toEqual(first);
      expect(compiles()).toBe(after + 2); // its version and its machine are asked for, no more
      await buildWhereMissing(sources, target, folder, true);
      expect(compiles()).toBeGreaterThan(after + 4);
      expect(readdirSync(folder)).toEqual([`moe-lab-${target}.failed.json`]);
      // Other sources are tried.
      expect(await buildWhereMissing(smallSources(), target, folder)).toMatchObject({ ok: true });
    },
  );

  it("takes CC, cc, clang, gcc, in this order, and says why there is none", () => {
    expect(findCompiler(target, { PATH: "" })).toEqual({ missing: "there is no C compiler" });
    expect(findCompiler(target, { PATH: "", CC: "my cc" })).toEqual({
      missing: "CC is my cc, which does not run",
    });
    const folder = temporaryFolder();
    const fake = (name: string, machine: string): void => {
      const script = `#!/bin/sh\ncase "$*" in *-dumpmachine*) echo ${machine} ;; *) echo ${name} 1.0 ;; esac\n`;
      writeFileSync(join(folder, name), script, { mode: 0o755 });
    };
    const path = { PATH: `${folder}:/bin` };
    fake("clang", "x86_64-linux");
    fake("gcc", "x86_64-linux");
    fake("other", "x86_64-linux");
    const only = { PATH: folder };
    expect(findCompiler("linux-x64-gnu", only)).toEqual({ command: ["clang"], version: "clang 1.0" });
    expect(findCompiler("linux-x64-gnu", { ...path, CC: "other -m64" })).toEqual({
      command: ["other", "-m64"],
      version: "other 1.0",
    });
    expect(findCompiler("linux-arm64-gnu", only)).toEqual({
      missing: "clang makes programs for x86_64-linux, and this is linux-arm64-gnu",
    });
  });
});

describe("a library is not loaded", () => {
  withCompiler(
    `when it is cut short, changed by a byte, empty, away, or another file${needsCompiler}`,
    async () => {
      const { file, library, wanted } = await built();
      const whole = readFileSync(library);
      const damage: readonly (() => void)[] = [
        () => truncateSync(library, whole.length - 1),
        () => truncateSync(library, 0),
        () =>
          writeFileSync(
            library,
            Buffer.from(whole.map((byte, at) => (at === whole.length >> 1 ? byte ^ 1 : byte))),
          ),
        () => writeFileSync(library, "#!/bin/sh\n"),
      ];
      for (const harm of damage) {
        harm();
        expect(reasonOf(file, wanted)).toMatch(/is damaged: its SHA-256 is [0-9a-f]{16}, not [0-9a-f]{16}$/);
        writeFileSync(library, whole);
      }
      expect(openLibrary(file, wanted)).toHaveProperty("api");
      expect(openLibrary(join(temporaryFolder(), "none.json"), wanted)).toMatchObject({ missing: true });
    },
  );

  withCompiler(
    `when it was made for another platform, version, interface, or from other sources${needsCompiler}`,
    async () => {
      const { file, manifest, wanted } = await built();
      const cases: readonly [Partial<Manifest>, RegExp][] = [
        [{ target: "linux-riscv64-gnu" }, /is made for linux-riscv64-gnu, not /],
        [{ version: "0.0.9" }, /is of moe-lab 0\.0\.9, not /],
        [{ abi: NATIVE_ABI + 1 }, new RegExp(`is of interface ${NATIVE_ABI + 1}, not ${NATIVE_ABI}`)],
        [{ sources: sha256("others") }, /is made from sources [0-9a-f]{16}, not /],
        [{ file: "../elsewhere.so" }, /is no manifest/],
        [{ sha256: 5 as never }, /is no manifest/],
      ];
      for (const [change, reason] of cases) {
        writeFileSync(file, JSON.stringify({ ...manifest, ...change }));
        expect(reasonOf(file, wanted)).toMatch(reason);
      }
      for (const text of ["null", "[]", "{}", "{", ""]) {
        writeFileSync(file, text);
        expect(reasonOf(file, wanted)).toContain(file);
      }
    },
  );

  withCompiler(
    `when a manifest is right about its bytes and wrong about what they are${needsCompiler}`,
    async () => {
      const { file, manifest, library, wanted } = await built(NATIVE_ABI + 1);
      expect(reasonOf(file, wanted)).toContain(`its interface is ${NATIVE_ABI + 1}, not ${NATIVE_ABI}`);
      // Another platform's, under a manifest for this one.
      const foreign = Buffer.from("MZ\0\0 a library of Windows");
      writeFileSync(`${library}.foreign`, foreign); // beside: the other is mapped into this process by now
      const its = { file: `${manifest.file}.foreign`, sha256: sha256(foreign) };
      writeFileSync(file, JSON.stringify({ ...manifest, ...its }));
      expect(reasonOf(file, wanted)).toContain(`${library}.foreign`);
      const other = await built();
      const claimed = sha256("others");
      writeFileSync(other.file, JSON.stringify({ ...other.manifest, sources: claimed }));
      expect(reasonOf(other.file, { ...other.wanted, sources: claimed })).toContain("its build is");
    },
  );

  withCompiler(`when MOE_LAB_ISA asks for what it lacks${needsCompiler}`, async () => {
    const { file, wanted } = await built();
    vi.stubEnv("MOE_LAB_ISA", "two");
    expect(reasonOf(file, wanted)).toContain("MOE_LAB_ISA is two; the library has");
    vi.stubEnv("MOE_LAB_ISA", "one");
    expect(openLibrary(file, wanted)).toHaveProperty("api");
  });
});

const sources = readSources();
describe.skipIf(compiler === null || sources === null)(`moe-lab's own library${needsCompiler}`, () => {
  it(
    "is built by the first who needs it, and has what src/engine/native/api.ts says",
    { timeout: 300_000 },
    async () => {
      const library = await loadNativeLibrary();
      if (library.kind !== "loaded") throw new Error(library.reason);
      const { api, path, manifest } = library;
      expect(manifest.sources).toBe(sources!.hash);
      expect(manifest.instructionSets).toContain(api.isa());
      expect(api.speed(0.02)).toBeGreaterThan(0);
      expect(
        api.sumOfSquares(
          Float32Array.from({ length: 100 }, (_, index) => index),
          1,
        ),
      ).toBe(328_350); // 99*100*199/6
      expect(api.createPlan(Int32Array.of(1, 2, 3), new Int32Array(0), 1)).toBeNull();
      const again = await loadNativeLibrary();
      expect(again).toMatchObject({ kind: "loaded", path });

      const nm = spawnSync("nm", ["-D", "--defined-only", path], { encoding: "utf8" });
      if (nm.status === 0 && process.platform === "linux") {
        const names = nm.stdout
          .trim()
          .split("\n")
          .map((line) => line.split(" ").at(-1)!);
        const declared = readFileSync("native/api.h", "utf8").matchAll(/^MOE_API .*?\b(moe_\w+)\(/gm);
        expect(names.sort()).toEqual([...declared].map(([, name]) => name!).sort());
      }
    },
  );

  it("has the interface's number in both languages", () => {
    const [, number] = /#define MOE_ABI (\d+)/.exec(readFileSync("native/api.h", "utf8"))!;
    expect(Number(number)).toBe(NATIVE_ABI);
  });

  it("is there again at once for `npm run native:build`", () => {
    const said = execFileSync(process.execPath, ["scripts/native-build.mjs"], { encoding: "utf8" });
    expect(said).toMatch(/^native library: (is there|built in)/);
  });
});

import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "../../../core/files.ts";
import { sha256 } from "../../../core/json.ts";
import type { Compiler } from "./compiler.ts";
import { libraryNamed, manifestName, type Manifest } from "./manifest.ts";
import { COMPILE_FLAGS, INSTRUCTION_SETS, NATIVE_ABI, packageVersion, type Sources } from "./sources.ts";
import { archOf, type Target } from "./target.ts";

/** What is built, by what, for what, and where to. */
interface BuildJob {
  readonly sources: Sources;
  readonly compiler: Compiler;
  readonly target: Target;
  /** Gets the library and its manifest; made where it is missing. */
  readonly folder: string;
}

/** How much of a compiler's words is kept. */
const WORDS = 600;
/** How long a library stays after another has taken its place. */
const KEPT_MS = 3_600_000;

/**
 * Compiles the library, a file at a time on every core, aside, and puts it in place at the end: whoever looks meanwhile finds the
 * library of before or the new one, whole. Two processes may do so at once.
 * @returns the manifest that was written
 * @throws Error with the compiler's words
 */
export async function buildLibrary(job: BuildJob): Promise<Manifest> {
  const { sources, compiler, target, folder } = job;
  const sets = INSTRUCTION_SETS[archOf(target)];
  if (sets === undefined) throw new Error(`there are no kernels for the processor of ${target}`);
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, ".build-"));
  try {
    // A file of its own, since quoting a text in a flag differs between systems.
    const names = sets.map(({ name }) => name);
    const words = `${sources.hash.slice(0, 16)}, ${compiler.version}, ${names.join(" ")}`;
    writeFileSync(join(scratch, "moe-build.h"), `#define MOE_BUILD ${JSON.stringify(words)}\n`);
    const common = ["-include", join(scratch, "moe-build.h"), ...names.map((name) => `-DMOE_HAS_${name}`)];
    const units = [
      ...sources.common.map((file) => ({ file, as: file, flags: common })),
      ...sets.flatMap((set) =>
        sources.kernels.map((file) => ({
          file,
          as: `${set.name}-${file}`,
          flags: [...set.flags.map(compiler.zig === true ? zigFlag : String), `-DMOE_ISA=${set.name}`],
        })),
      ),
    ];
    const flags = [...COMPILE_FLAGS, ...targetFlags(job)];
    const compile = ({ file, as, flags: own }: (typeof units)[number]): Promise<void> =>
      run(compiler, [...flags, ...own, "-c", join(sources.folder, file), "-o", join(scratch, `${as}.o`)]);
    await inParallel(units, compile);
    const objects = units.map(({ as }) => join(scratch, `${as}.o`));
    const made = join(scratch, "library");
    await run(compiler, [...targetFlags(job), "-shared", "-o", made, ...objects, ...linkFlags(target)]);
    if (target.startsWith("win32")) clearTime(made);
    return putInPlace(job, made, names);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function putInPlace(
  { sources, compiler, target, folder }: BuildJob,
  made: string,
  names: string[],
): Manifest {
  const digest = sha256(readFileSync(made));
  // Named by what it holds, so that a library never changes under a manifest, or under a process that has it loaded.
  const file = libraryNamed(target, digest);
  renameSync(made, join(folder, file));
  const manifest: Manifest = {
    file,
    sha256: digest,
    abi: NATIVE_ABI,
    version: packageVersion(),
    target,
    sources: sources.hash,
    compiler: compiler.version,
    instructionSets: names,
  };
  writeFileAtomic(join(folder, manifestName(target)), `${JSON.stringify(manifest, null, 2)}\n`);
  removeOld(folder, target, file);
  return manifest;
}

/** Removes libraries of before, except young ones: another process may be about to load one of those. */
function removeOld(folder: string, target: Target, kept: string): void {
  const pattern = libraryNamed(target, "*").split("*")[0] ?? "";
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(pattern) || name === kept) continue;
    const path = join(folder, name);
    try {
      if (Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path);
    } catch {
      // Another process was first, or Windows keeps a library that is in use.
    }
  }
}

function targetFlags({ target, compiler }: BuildJob): string[] {
  if (target.startsWith("win32")) return [];
  if (!target.startsWith("darwin")) return ["-fPIC", "-pthread"];
  if (compiler.zig === true) return ["-fPIC"];
  return ["-fPIC", "-arch", archOf(target) === "x64" ? "x86_64" : "arm64"];
}

/** -march=x86-64-v3 in zig's spelling. */
function zigFlag(flag: string): string {
  const [name, value = ""] = flag.split("=");
  return `${name}=${value.replaceAll("-", "_")}`;
}

function linkFlags(target: Target): string[] {
  if (target.startsWith("linux")) return ["-lm", "-Wl,-z,relro,-z,now,-z,noexecstack", "-s"];
  return target.startsWith("win32") ? ["-s"] : [];
}

/** Takes the linker's time of day out of a Windows library: equal sources give equal bytes. */
function clearTime(library: string): void {
  const bytes = readFileSync(library);
  // The file's header says at 0x3c where "PE\0\0" is; machine and sections (4 bytes) and the time (4 bytes) follow.
  const header = bytes.readUInt32LE(0x3c);
  if (bytes.toString("latin1", header, header + 4) !== "PE\0\0")
    throw new Error("the linker made no Windows library");
  bytes.writeUInt32LE(0, header + 8);
  writeFileSync(library, bytes);
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const one = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  const ends = await Promise.allSettled(Array.from({ length: availableParallelism() }, one));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** @throws Error with the first error that the compiler reports */
function run({ command: [program = "", ...first] }: Compiler, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...first, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let words = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(0, 100 * WORDS);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) {
        resolve();
        return;
      }
      const lines = words.split("\n");
      // A linker says first what is missing, and its compiler then only that it failed.
      const line = lines.find((each) => /error:|undefined (reference|symbol)/i.test(each)) ?? words.trim();
      reject(
        new Error((line === "" ? `${program} ended with ${code ?? signal ?? "?"}` : line).slice(0, WORDS)),
      );
    });
  });
}

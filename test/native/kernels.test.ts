/**
 * The C tests of native/test, compiled and run for every instruction set that this machine has, and once more with
 * address and undefined-behaviour sanitizers. They compare and print by themselves; here their exit code counts.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { needsTime } from "../support/slow.ts";

/** As native/isa.h has it. */
const FLAGS =
  "-O3 -std=c11 -ffp-contract=off -fno-math-errno -fno-trapping-math -Wall -Wextra -Werror -Wno-psabi".split(
    " ",
  );
/** Less is optimized: gcc takes a minute for the sanitized tiles else. */
const SANITIZE = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all".split(" ");

/** Each test, the kernels that it links, and its argument: for the math, how far apart the floats are. */
const TESTS = [
  { name: "gemm-test", kernels: ["gemm"], argument: "", sanitized: "" },
  { name: "math-test", kernels: ["elementwise"], argument: "4999", sanitized: "99991" },
  { name: "rows-test", kernels: ["rows", "reduce", "adamw"], argument: "", sanitized: "" },
];

/** A busy machine takes long to compile. */
const PATIENCE_MS = 400_000;

interface InstructionSet {
  readonly isa: string;
  readonly flags: readonly string[];
  /** The word in /proc/cpuinfo that says that the processor has it; none is needed for the baseline. */
  readonly needs?: string;
}

const SETS: Readonly<Record<string, readonly InstructionSet[]>> = {
  x64: [
    { isa: "sse2", flags: ["-march=x86-64"] },
    { isa: "avx2", flags: ["-march=x86-64-v3"], needs: "avx2" },
    // The code of AVX-512's vectors on a machine without: each in two halves (which gcc -O3 works on for long).
    { isa: "wide", flags: ["-O1", "-march=x86-64-v3", "-DMOE_LANES=16"], needs: "avx2" },
    { isa: "avx512", flags: ["-march=x86-64-v4"], needs: "avx512vl" },
  ],
  arm64: [{ isa: "neon", flags: [] }],
};

const folder = mkdtempSync(join(tmpdir(), "moe-lab-kernels-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(command: readonly string[]): { status: number | null; output: string } {
  const [program = "", ...rest] = command;
  const { status, stdout, stderr, error } = spawnSync(program, rest, { encoding: "utf8" });
  return { status, output: error === undefined ? stdout + stderr : error.message };
}

function findCompiler(): readonly string[] | undefined {
  const given = process.env["CC"];
  const candidates = [...(given === undefined ? [] : [given]), "cc", "clang", "gcc"];
  return candidates.map((name) => name.split(" ")).find((name) => run([...name, "--version"]).status === 0);
}

function hasSanitizers(cc: readonly string[], flags: readonly string[]): boolean {
  const source = join(folder, "empty.c");
  const program = join(folder, "empty");
  writeFileSync(source, "int main(void) { return 0; }\n");
  return run([...cc, ...flags, source, "-o", program]).status === 0 && run([program]).status === 0;
}

function ofThisMachine(): readonly InstructionSet[] {
  const info = process.platform === "linux" ? readFileSync("/proc/cpuinfo", "utf8") : "";
  const words = new Set(info.split(/\s+/));
  return (SETS[process.arch] ?? []).filter(({ needs }) => needs === undefined || words.has(needs));
}

function compileAndRun(
  command: readonly string[],
  test: Pick<(typeof TESTS)[number], "name" | "kernels">,
  argument: string,
): string {
  const program = join(folder, `${test.name}-${command.length}`);
  const sources = [`native/test/${test.name}.c`, ...test.kernels.map((name) => `native/${name}.c`)];
  const built = run([...command, ...sources, "-o", program, "-lm"]);
  expect(built.output + (built.status === 0 ? "" : "does not compile")).toBe("");
  const { status, output } = run(argument === "" ? [program] : [program, argument]);
  const failed = output.split("\n").filter((line) => !line.startsWith("ok "));
  expect({ status, failed }).toEqual({ status: 0, failed: [""] });
  return output;
}

const cc = findCompiler();
const sets = ofThisMachine();

const missing =
  cc === undefined
    ? " (skipped: no C compiler)"
    : sets.length === 0
      ? ` (skipped: no kernels for ${process.arch})`
      : needsTime;

if (cc === undefined || missing !== "") {
  it.skip(`C kernels${missing}`, () => undefined);
} else {
  describe.each(sets)("$isa", ({ isa, flags }) => {
    it.each(TESTS)(
      "$name",
      (test) => {
        const output = compileAndRun([...cc, ...FLAGS, ...flags, `-DMOE_ISA=${isa}`], test, test.argument);
        expect(output.split("\n").length).toBeGreaterThan(5);
      },
      PATIENCE_MS,
    );
  });
  describe("threads", () => {
    const test = { name: "threads-test", kernels: ["threads"] };
    // Its standard is gnu11's: POSIX threads and their headers.
    const flags = ["-std=gnu11", "-pthread", "-O2", "-Wall", "-Wextra", "-Werror"];
    it("do every block once", () => void compileAndRun([...cc, ...flags], test, ""), PATIENCE_MS);
    const sanitize = ["-g", "-fsanitize=thread"];
    const there = hasSanitizers(cc, sanitize);
    it.skipIf(!there)(
      `do not race${there ? "" : " (skipped: no sanitizer for threads)"}`,
      () => void compileAndRun([...cc, ...flags, ...sanitize], test, ""),
      PATIENCE_MS,
    );
  });
  const sanitizers = hasSanitizers(cc, SANITIZE);
  describe.each(sets.filter(({ isa }) => isa !== "wide").slice(-1))("sanitized $isa", ({ isa, flags }) => {
    it.skipIf(!sanitizers).each(TESTS)(
      `$name${sanitizers ? "" : " (skipped: no sanitizers)"}`,
      (test) => {
        const command = [...cc, ...FLAGS, ...flags, ...SANITIZE, `-DMOE_ISA=${isa}`];
        const output = compileAndRun(command, test, test.sanitized);
        expect(output.split("\n").length).toBeGreaterThan(5);
      },
      PATIENCE_MS,
    );
  });
}

/**
 * The library built with address and undefined-behaviour sanitizers runs the gradient programs of three routers in a process of
 * its own, on two threads; an access outside of an array or an overflow ends that process. And gcc has nothing to warn of.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findCompiler } from "../../../src/engine/native/build/compiler.ts";
import { COMPILE_FLAGS, INSTRUCTION_SETS, readSources } from "../../../src/engine/native/build/sources.ts";
import { archOf, ownTarget } from "../../../src/engine/native/build/target.ts";
import { createCompiledEngine } from "../../../src/engine/compiled.ts";
import { createCpuEngine } from "../../../src/engine/eager.ts";
import { encodePlan } from "../../../src/engine/native/encode.ts";
import { makePlan } from "../../../src/engine/native/plan.ts";
import { optimize } from "../../../src/engine/passes/index.ts";
import { trace } from "../../../src/engine/trace/tracer.ts";
import type { HostTensors } from "../../../src/engine/types.ts";
import { gradientProgram } from "../../../src/model/programs.ts";
import { modelSpec } from "../../../src/model/spec.ts";
import { shippedRouters } from "../../../src/routers/index.ts";
import { runOnce } from "../../support/graphs.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { needsTime, slowTests } from "../../support/slow.ts";
import { programFeeds, relativeDistance, tinySettings } from "../../support/tiny.ts";

/** Compiling takes long where others want the cores. */
const PATIENCE_MS = 600_000;
const V = 13;

await createCpuEngine();
const target = ownTarget();
const compiler = findCompiler(target);
const [program = "", ...first] = "missing" in compiler ? [] : compiler.command;
/** What the dynamic loader has to load before node. */
const runtime =
  "missing" in compiler || process.platform !== "linux"
    ? ""
    : spawnSync(program, [...first, "-print-file-name=libasan.so"], { encoding: "utf8" }).stdout.trim();
const missing =
  "missing" in compiler ? compiler.missing : runtime.startsWith("/") ? "" : "the compiler has no libasan.so";

/** Compiles all sources for the baseline of this processor. @returns the library */
function build(flags: readonly string[]): string {
  const folder = temporaryFolder();
  const { folder: source, common, kernels } = readSources()!;
  const { name, flags: march } = INSTRUCTION_SETS[archOf(target)]!.at(-1)!;
  const run = (args: readonly string[]): void => {
    const { status, stderr } = spawnSync(program, [...first, ...args], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  };
  const all = [...COMPILE_FLAGS.filter((flag) => flag !== "-O3"), "-fPIC", "-pthread", ...flags];
  const objects = [...common, ...kernels].map((file) => {
    const object = join(folder, `${file}.o`);
    const own = common.includes(file) ? [`-DMOE_HAS_${name}`] : [`-DMOE_ISA=${name}`, ...march];
    run([...all, ...own, "-c", join(source, file), "-o", object]);
    return object;
  });
  const library = join(folder, "library.so");
  run([...flags, "-shared", "-o", library, ...objects, "-pthread", "-lm"]);
  return library;
}

interface Job {
  readonly name: string;
  readonly outputs: readonly string[];
  readonly expected: HostTensors;
  readonly words: readonly number[];
  readonly constants: readonly number[];
  readonly threads: number;
  readonly arrays: readonly { readonly kind: string; readonly numbers: readonly number[] }[];
}

/** The gradient program of a router as a plan, with its inputs, and zeros for its outputs. */
async function jobOf(name: string): Promise<Job> {
  const router = shippedRouters.get(name)!;
  const settings = tinySettings({
    router: { name, options: router.options.parse({}) },
    model: { width: 18, heads: 3, experts: 4, expertWidth: 11, layers: 1 },
    data: { sequenceLength: 12, batchSequences: 3 },
  });
  const spec = modelSpec(settings, router, V);
  const step = gradientProgram(spec);
  const feeds = programFeeds(step, spec, 1);
  const expected = await runOnce(createCompiledEngine({ threads: 1 }), step, feeds);
  const plan = makePlan(optimize(trace(step)));
  const arrays = plan.externals.map(({ direction, name: array }) => {
    const values = direction === "input" ? feeds[array]! : expected[array]!.slice().fill(0);
    return { kind: values instanceof Float32Array ? "float32" : "int32", numbers: [...values] };
  });
  const outputs = plan.externals.map(({ direction, name: array }) => (direction === "output" ? array : ""));
  return {
    name,
    outputs,
    expected,
    words: [...encodePlan(plan)],
    constants: plan.constants,
    threads: 2,
    arrays,
  };
}

describe.skipIf(missing !== "" || !slowTests)(
  `native code${missing === "" ? needsTime : ` (skipped: ${missing})`}`,
  () => {
    it(
      "runs without an access or an operation that C does not define",
      async () => {
        const jobs = await Promise.all(["linear", "attention", "expert-choice"].map(jobOf));
        const sanitize = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
        const library = build(sanitize);
        const folder = temporaryFolder();
        const [file, answers] = [join(folder, "jobs.json"), join(folder, "answers.json")];
        writeFileSync(file, JSON.stringify(jobs));
        const child = spawnSync(
          process.execPath,
          ["test/fixtures/native-plans.mjs", library, file, answers],
          // koffi and node do not free all that they have at the end.
          { encoding: "utf8", env: { ...process.env, LD_PRELOAD: runtime, ASAN_OPTIONS: "detect_leaks=0" } },
        );
        expect(child.stderr).toBe("");
        expect(child.status).toBe(0);
        const found = JSON.parse(readFileSync(answers, "utf8")) as { arrays: number[][] }[];
        jobs.forEach(({ name, outputs, expected }, index) => {
          outputs.forEach((output, place) => {
            if (output === "") return;
            const values = Float32Array.from(found[index]!.arrays[place]!);
            expect(relativeDistance(values, expected[output]!), `${name}: ${output}`).toBeLessThan(1e-5);
          });
        });
      },
      PATIENCE_MS,
    );

    it("compiles without a warning", () => void build(["-O1", "-Wall", "-Wextra", "-Werror"]), PATIENCE_MS);
  },
);

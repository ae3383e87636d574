import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { EXIT, messageOf } from "../core/errors.ts";
import { defaultCacheFolder } from "../data/cache.ts";
import { loadNativeLibrary } from "../engine/native/library.ts";
import type { EngineName } from "../engine/types.ts";
import { WORKER_FILE, askWorker } from "../exec/child.ts";
import { moeLabVersion } from "../exec/provenance.ts";
import { findFont } from "../report/draw/fonts.ts";
import { openRenderer } from "../report/draw/renderer.ts";
import { formatCount } from "./format.ts";
import type { CommandIO } from "./io.ts";

/** One thing that was looked at. */
interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or why it can't be used. */
  readonly detail: string;
}

const ENGINES: readonly EngineName[] = ["native", "compiled", "tfjs-node", "tfjs-cpu"];
/** How many of these `run` takes by itself, the first that works. */
const DEFAULTS = 2;

/**
 * `moe-lab doctor`: what works here, and why not what doesn't.
 * @returns exit code 1 when no engine that `run` takes by itself, or plots, work, since `run` then fails.
 */
export async function runDoctor(options: { readonly json: boolean }, io: CommandIO): Promise<number> {
  const system = {
    moeLab: moeLabVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    system: `${type()} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    cacheFolder: defaultCacheFolder(),
    /** What changes what moe-lab does. */
    environment: Object.entries(process.env).flatMap(([name, value]) =>
      /^(MOE_LAB_.*|NO_COLOR|NODE_OPTIONS|ORT_.*|OMP_NUM_THREADS)$/.test(name)
        ? [`${name}=${value ?? ""}`]
        : [],
    ),
  };
  const engines: Finding[] = [];
  // One after the other: they would disturb each other's speed check.
  for (const name of ENGINES) engines.push(await engineFinding(name));
  engines.push(await nativeFinding());
  const drawing = await drawingFindings();

  if (options.json) io.stdout(`${JSON.stringify({ system, engines, drawing }, null, 2)}\n`);
  else {
    const lines = [
      `moe-lab ${system.moeLab}, Node ${system.node}, ${system.platform} (${system.system})`,
      `${system.cpu}, ${system.threads} threads, ${system.memoryGiB} GiB of memory`,
      `text cache: ${system.cacheFolder ?? "none (no home folder)"}`,
      `terminal: ${io.columns} columns, ${io.color ? "colour" : "no colour"}`,
      `environment: ${system.environment.length === 0 ? "nothing that moe-lab heeds" : system.environment.join(" ")}`,
      "",
      ...[...engines, ...drawing].map(
        ({ name, ok, detail }) => `${ok ? "yes" : "no "}  ${name.padEnd(20)} ${detail}`,
      ),
    ];
    io.stdout(`${lines.join("\n")}\n`);
  }
  const isRunning = engines.slice(0, DEFAULTS).some(({ ok }) => ok);
  return isRunning && drawing[0]?.ok === true ? EXIT.done : EXIT.runsFailed;
}

async function engineFinding(name: EngineName): Promise<Finding> {
  const spec = { engine: name, threads: 1, cacheFolder: null };
  try {
    const { result } = await askWorker(WORKER_FILE, { type: "probe", spec, measure: true }, "probed");
    const versions = Object.entries(result.engine.versions).map(
      ([library, version]) => `${library} ${version}`,
    );
    const speed = formatCount((result.multiplyGflops ?? NaN) * 1e9);
    const detail = `${versions.join(", ")}; ${speed}FLOP/s on 1 thread (512 x 512 multiply)`;
    return { name: `engine ${name}`, ok: true, detail };
  } catch (error) {
    return { name: `engine ${name}`, ok: false, detail: firstLine(messageOf(error)) };
  }
}

/** Which native library there is, its instruction set and how fast it multiplies; or why there is none and what would help. */
async function nativeFinding(): Promise<Finding> {
  const library = await loadNativeLibrary();
  if (library.kind === "unavailable") {
    return { name: "native library", ok: false, detail: `${library.reason}; ${library.remedy}` };
  }
  const speed = formatCount(library.api.speed(0.2) * 1e9);
  const detail = `${library.path} (${library.api.build()}); ${library.api.isa()}, ${speed}FLOP/s on 1 thread (128 x 128 multiply)`;
  return { name: "native library", ok: true, detail };
}

/** Whether plots can be drawn, and by what. */
async function drawingFindings(): Promise<Finding[]> {
  try {
    const renderer = await openRenderer("chartjs-node-canvas");
    const optional =
      renderer.reason === null
        ? "draws the PNG files"
        : `${firstLine(renderer.reason)} (not needed: @napi-rs/canvas draws the same)`;
    return [
      { name: "plots", ok: true, detail: `PNG by ${renderer.png}, SVG and PDF by @napi-rs/canvas` },
      { name: "font", ok: true, detail: findFont().regular },
      { name: "chartjs-node-canvas", ok: renderer.reason === null, detail: optional },
    ];
  } catch (error) {
    return [{ name: "plots", ok: false, detail: firstLine(messageOf(error)) }];
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

/** What the numbers were measured on. */
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, platform, arch, totalmem } from "node:os";

/** @typedef {ReturnType<typeof machineNow>} Machine */

/**
 * The machine, with its load now. `torch` and `python` are those of the PyTorch peers, null without them.
 * @param {Readonly<Record<string, string>>} versions of all peers together
 */
export function machineNow(versions) {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 1e9),
    platform: `${platform()}-${arch()}`,
    node: process.versions.node,
    onnxruntime: onnxRuntimeVersion(),
    torch: versions["torch"] ?? null,
    python: versions["python"] ?? null,
    loadavg: loadavg().map((load) => Number(load.toFixed(2))),
  };
}

/** The version of the ONNX Runtime that is installed. */
export function onnxRuntimeVersion() {
  /** @type {{ version: string }} */
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json");
  return version;
}

/** What the numbers were measured on. */
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, platform, arch, totalmem } from "node:os";

/** The machine, with its load now. `torch` and `python` are those of the PyTorch peers, null without them. */
export function machineNow(versions) {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json");
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 1e9),
    platform: `${platform()}-${arch()}`,
    node: process.versions.node,
    onnxruntime: version,
    torch: versions.torch ?? null,
    python: versions.python ?? null,
    loadavg: loadavg().map((load) => Number(load.toFixed(2))),
  };
}

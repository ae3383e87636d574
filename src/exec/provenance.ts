import { readFileSync } from "node:fs";
import { arch, cpus, platform } from "node:os";
import type { Engine } from "../engine/types.ts";
import type { Provenance } from "../records/run.ts";

/** Version of moe-lab, from its package.json. */
export function moeLabVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** What computes on this machine, for run.json. */
export function provenanceOf(engine: Pick<Engine, "name" | "threads" | "versions" | "passes">): Provenance {
  return {
    engine: engine.name,
    threads: engine.threads,
    versions: engine.versions,
    passes: engine.passes,
    platform: `${platform()}-${arch()} node ${process.versions.node}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    moeLab: moeLabVersion(),
  };
}

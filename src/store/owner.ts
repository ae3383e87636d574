import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Who is working on a run. A pid alone is not enough: after a reboot it may belong to a stranger. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When the process started, in a form that only this host can compare; null where the system doesn't tell. */
  readonly processStart: string | null;
  /** Changes with every boot; null where the system doesn't tell. */
  readonly bootId: string | null;
}

/** The owner record of this process. */
export function currentOwner(): Owner {
  return {
    host: hostname(),
    pid: process.pid,
    processStart: processStartOf(process.pid),
    bootId: readBootId(),
  };
}

/** Whether an owner is of this host, so that `isAlive` can tell. */
export function isLocal(owner: Owner): boolean {
  return owner.host === hostname();
}

/** Whether the very process that wrote the record still runs on this host. */
export function isAlive(owner: Owner): boolean {
  if (owner.bootId !== readBootId()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it exists, but belongs to another user.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  const start = processStartOf(owner.pid);
  return owner.processStart === null || start === null || owner.processStart === start;
}

/** Parses an owner record; null when it is not one. */
export function parseOwner(value: unknown): Owner | null {
  if (typeof value !== "object" || value === null) return null;
  const { host, pid, processStart, bootId } = value as Record<string, unknown>;
  if (typeof host !== "string" || typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0)
    return null;
  if (processStart !== null && typeof processStart !== "string") return null;
  if (bootId !== null && typeof bootId !== "string") return null;
  return { host, pid, processStart, bootId };
}

function readBootId(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return null;
  }
}

function processStartOf(pid: number): string | null {
  try {
    if (process.platform === "linux") {
      // Field 22, counted after the command name, which is in parentheses and may hold spaces.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // A zombie has ended, though its pid still answers.
      return fields[0] === "Z" ? "ended" : (fields[19] ?? null);
    }
    if (process.platform === "win32") return null;
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}

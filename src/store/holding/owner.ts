import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
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
    processStart: processOf(process.pid)?.start ?? null,
    bootId: readBootId(),
  };
}

/**
 * What this host can tell of the process that wrote a record: it has ended, runs, or is stopped (SIGSTOP, Ctrl-Z). Nothing can be told of
 * another host's, another boot's (a shared disk may bring records of a machine with the same name), or where a process with this
 * number runs but nobody wrote down when it started.
 */
export type OwnerState = "ended" | "running" | "stopped" | "another boot" | "unknown";

/** The state of the very process that wrote a record. */
export function stateOf(owner: Owner): OwnerState {
  if (owner.host !== hostname()) return "unknown";
  if (owner.bootId !== readBootId()) return "another boot";
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it exists, but belongs to another user.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return "ended";
  }
  const now = processOf(owner.pid);
  // A zombie has ended, though its pid still answers.
  if (now?.state === "Z") return "ended";
  if (owner.processStart === null || now === null) return "unknown";
  if (owner.processStart !== now.start) return "ended";
  return /^[Tt]/.test(now.state) ? "stopped" : "running";
}

/** Whether a process of this host is stopped (SIGSTOP, Ctrl-Z); false where the system doesn't tell. */
export function isStopped(pid: number): boolean {
  return process.platform === "linux" && /^[Tt]/.test(processOf(pid)?.state ?? "");
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

/** The boot, and on Linux the process namespace: containers on one machine share the boot, but not process numbers. */
function readBootId(): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return null;
  }
}

/** When a process started and its state, a letter as `ps` prints it; null where the system doesn't tell. */
function processOf(pid: number): { readonly start: string; readonly state: string } | null {
  try {
    if (process.platform === "linux") {
      // Fields 3 and 22, counted after the command name, which is in parentheses and may hold spaces.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const [state = "", ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return { start: fields[18] ?? "", state };
    }
    if (process.platform === "win32") return null;
    const line = execFileSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    const [state = "", ...start] = line.split(/\s+/);
    return { start: start.join(" "), state };
  } catch {
    return null;
  }
}

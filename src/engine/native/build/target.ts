import { closeSync, openSync, readSync } from "node:fs";

/** For what a library is made: linux-x64-gnu, linux-arm64-musl, darwin-arm64, win32-x64, .. */
export type Target = string;

/** The target of this process. */
export function ownTarget(): Target {
  const { platform, arch } = process;
  return platform === "linux" ? `linux-${arch}-${libcOf(process.execPath)}` : `${platform}-${arch}`;
}

/** The part of a target that is Node's `process.arch`. */
export function archOf(target: Target): string {
  return target.split("-")[1] ?? "";
}

/** The C library that a program is linked to: its loader's name stands in its first bytes (ELF, PT_INTERP). */
function libcOf(program: string): "gnu" | "musl" {
  const head = Buffer.alloc(4096);
  const file = openSync(program, "r");
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return head.includes("ld-musl-") ? "musl" : "gnu";
}

/** What the system's error codes mean, and what to do. */
const CODES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is used up; free some space",
  EROFS: "the file system is read-only; write elsewhere",
  EACCES: "permission is denied; change its permissions, or write elsewhere",
  EPERM: "the system does not permit it; change its permissions, or write elsewhere",
  EMFILE: "too many files are open; raise the limit (ulimit -n), or use fewer --jobs",
  ENFILE: "the system has too many files open; close other programs",
  ENAMETOOLONG: "a name in the path is too long; use a shorter one",
  ELOOP: "symbolic links lead in a circle; repair them",
  ENOENT: "it, or a folder above it, is not there (any more), or a link leads nowhere; check the path",
  ENOTDIR: "a part of the path is a file, not a folder; check the path",
  EISDIR: "it is a folder; name a file",
  EEXIST: "something of this name is in the way; move it",
  ENOTEMPTY: "the folder is not empty; move it",
  EIO: "the disk reports an error; check it, and write elsewhere",
  ENXIO: "the device is not there; check the path",
  ENODEV: "the device is not there; check the path",
  ESTALE: "the network disk lost the file; try again when it is there",
  EBUSY: "it is in use; try again",
  ETIMEDOUT: "the disk does not answer; try again when it does",
  EAGAIN: "the system has no process or memory left for it; close other programs, or use fewer --jobs",
  ENOMEM: "there is not enough memory; use fewer --jobs or a smaller model, or raise the limit (ulimit -v)",
  EFBIG: "the file is larger than allowed here (ulimit -f)",
  EINVAL: "the system refuses the path or the operation; write elsewhere",
  ENOSYS: "the file system can't do this; write elsewhere",
  ENOTSUP: "the file system can't do this; write elsewhere",
  EXDEV: "the parts of the folder are on different disks; use a folder on one",
  EPIPE: "whoever read the output has gone",
};

/**
 * One sentence for an error of the system: path or call, what it means, what to do.
 * @returns null for any other error, which is a bug or has its own words.
 */
export function systemSentence(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, path, dest, syscall } = error as NodeJS.ErrnoException & { dest?: string };
  if (code === "ERR_INVALID_ARG_VALUE" && /null bytes/.test(error.message)) {
    return "a path holds a NUL character, which no path can; check the file names";
  }
  if (
    code === "ERR_MEMORY_ALLOCATION_FAILED" ||
    /^(Array buffer allocation failed|Invalid typed array length)/.test(error.message)
  ) {
    return `memory: ${CODES["ENOMEM"] ?? ""}`;
  }
  const meaning = code === undefined ? undefined : CODES[code];
  if (code === undefined || meaning === undefined || syscall === undefined) return null;
  const target = path ?? dest;
  return `${target === undefined ? syscall : target}: ${meaning} (${code})`;
}

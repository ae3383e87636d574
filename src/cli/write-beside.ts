import { resolve } from "node:path";
import { InputError } from "../core/errors.ts";
import { systemSentence } from "../core/system-errors.ts";
import { writeResultSet } from "../store/result-set.ts";
import type { CommandIO } from "./io.ts";

/**
 * Writes files that are made from a result folder: into it, as a part of its set and while nobody else writes it, or elsewhere.
 * @param folder the result folder.
 * @param target where `write` writes.
 * @returns the paths that `write` returns.
 * @throws InputError naming `--out` where the result folder can't be written.
 */
export async function writeBeside(
  folder: string,
  target: string,
  io: CommandIO,
  write: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if (resolve(folder) !== resolve(target)) return write();
  try {
    return await writeResultSet(
      folder,
      ({ pid, host }) => io.stderr(`waiting for process ${pid} on ${host}, which is writing ${folder}\n`),
      async (writer) => {
        const written = await write();
        writer.sealMore(written);
        return written;
      },
    );
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EACCES" && code !== "EROFS" && code !== "EPERM") throw error;
    const message = `can't be written (${systemSentence(error) ?? ""}); --out <folder> writes elsewhere`;
    throw new InputError([{ where: folder, path: "", message }]);
  }
}

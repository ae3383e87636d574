import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InputError, messageOf } from "../core/errors.ts";

/** Refuses an output folder before any work is done for it. @throws InputError */
export function checkWritable(out: string): void {
  let folder = resolve(out);
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file`);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new InputError([
      { where: `--out ${out}`, path: "", message: `can't be written: ${messageOf(error)}` },
    ]);
  }
}

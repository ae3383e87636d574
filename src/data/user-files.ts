import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { messageOf, type Problem } from "../core/errors.ts";
import type { SourceFile } from "./source.ts";
import { firstInvalidUtf8 } from "./utf8.ts";

/** What reading a user's files gave: both lists may hold something. */
interface UserFiles {
  readonly files: readonly SourceFile[];
  readonly problems: readonly Problem[];
}

/** More broken files than these are counted, not listed. */
const LISTED_PROBLEMS = 20;

/** More files or text than these are no text to train a small model on, but a disk that was named by mistake. */
const MOST_FILES = 20_000;
const MOST_BYTES = 512 * 1024 * 1024;

interface FoundFile {
  readonly bytes: number;
  readonly path: string;
  /** Name without folders of the machine. */
  readonly file: string;
  /** Named in the experiment itself, not found in a folder. */
  readonly named: boolean;
}

/**
 * Reads files and folders of the user's own. Folders are read with all below them, in order of the UTF-16 code units
 * of names; names that begin with a dot and `node_modules` are skipped, and empty files in folders too. Content must
 * be well-formed UTF-8 without zero bytes.
 * @param paths absolute paths.
 * @param settingPath dotted path of the setting that names them, for the problems.
 */
export function readUserFiles(paths: readonly string[], settingPath: string): UserFiles {
  const problems: Problem[] = [];
  const report = (where: string, message: string): number =>
    problems.push({ where, path: settingPath, message });
  const files: SourceFile[] = [];
  const found = paths.flatMap((path) => findFiles(path, report));
  const bytes = found.reduce((sum, file) => sum + file.bytes, 0);
  if (found.length > MOST_FILES || bytes > MOST_BYTES) {
    const what = found.length > MOST_FILES ? `over ${MOST_FILES} files` : `${bytes} bytes`;
    report(
      paths.join(", "),
      `has ${what}; name less: at most ${MOST_FILES} files and ${MOST_BYTES} bytes are read`,
    );
    return { files: [], problems };
  }
  for (const { path, file, named } of found) {
    const content = readOr(path, report);
    if (content === null) continue;
    const wrong = textProblem(content);
    if (wrong !== null) report(path, wrong);
    else if (content.length > 0) files.push({ file, content });
    else if (named) report(path, "the file is empty; name files with text, or leave it out");
  }
  if (problems.length === 0 && files.length === 0) {
    report(paths.join(", "), "there is no text in it (hidden files and node_modules are not read)");
  }
  return { files, problems: shorten(problems) };
}

type Report = (where: string, message: string) => number;

function findFiles(path: string, report: Report): readonly FoundFile[] {
  try {
    const stat = statSync(path);
    if (stat.isFile()) return [{ path, file: basename(path), named: true, bytes: stat.size }];
    if (stat.isDirectory())
      return listFolder(path, basename(path), [], { report, left: { files: MOST_FILES } });
    report(path, "it is no file but a device or pipe; name files with text");
    return [];
  } catch (error) {
    report(path, `the file or folder can't be read (${messageOf(error)}); check the path`);
    return [];
  }
}

/** @param above real paths of the folders that contain this one, so that a link to one of them is not followed. */
function listFolder(
  folder: string,
  label: string,
  above: readonly string[],
  walk: { readonly report: Report; readonly left: { files: number } },
): readonly FoundFile[] {
  const real = realpathSync(folder);
  if (above.includes(real)) return [];
  const names = readdirSync(folder).filter((name) => !name.startsWith(".") && name !== "node_modules");
  return names.sort().flatMap((name) => {
    // One more than allowed is enough to refuse all.
    if (walk.left.files < 0) return [];
    const path = join(folder, name);
    const file = `${label}/${name}`;
    try {
      const stat = statSync(path);
      if (stat.isDirectory()) return listFolder(path, file, [...above, real], walk);
      if (!stat.isFile()) return [];
      walk.left.files -= 1;
      return [{ path, file, named: false, bytes: stat.size }];
    } catch (error) {
      walk.report(path, `it can't be read (${messageOf(error)}); repair it or take it out of the folder`);
      return [];
    }
  });
}

function readOr(path: string, report: Report): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    report(path, `the file can't be read (${messageOf(error)})`);
    return null;
  }
}

/** Why content is no text; null when it is. */
function textProblem(content: Uint8Array): string | null {
  const zero = content.indexOf(0);
  if (zero !== -1) {
    return `the file is binary (or UTF-16): byte ${zero} is zero; save it as UTF-8, or leave it out`;
  }
  if (isUtf8(content)) return null;
  const offset = firstInvalidUtf8(content);
  const byte = (content[offset] ?? 0).toString(16).padStart(2, "0");
  return `the file is not UTF-8: its first bad byte is byte ${offset} (0x${byte}); save it as UTF-8, or leave it out`;
}

function shorten(problems: readonly Problem[]): readonly Problem[] {
  const more = problems.length - LISTED_PROBLEMS;
  const first = problems[0];
  if (more <= 0 || first === undefined) return problems;
  const rest = { where: "", path: first.path, message: `${more} more files can't be used` };
  return [...problems.slice(0, LISTED_PROBLEMS), rest];
}

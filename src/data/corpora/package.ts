import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { SourceFile } from "../source.ts";

/** An installed package. */
export interface InstalledPackage {
  readonly folder: string;
  /** `name@version`, for the names of source files. */
  readonly label: string;
}

/**
 * Finds an installed package without loading it. Looks where Node would look, also for packages that do not export
 * their package.json.
 * @param parent the package that depends on it, where it is not a dependency of moe-lab itself.
 * @throws InputError when it is not installed.
 */
export function findPackage(name: string, parent?: InstalledPackage): InstalledPackage {
  const require = createRequire(parent === undefined ? import.meta.url : join(parent.folder, "package.json"));
  for (const root of require.resolve.paths(name) ?? []) {
    const folder = join(root, name);
    const manifest = join(folder, "package.json");
    if (existsSync(manifest)) {
      const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
      return { folder, label: `${name}@${version}` };
    }
  }
  throw new InputError(`the package ${name}, which holds text to train on, is not installed; run "npm ci"`);
}

/** Reads files of a package, given by their paths in it (with `/`), in that order. */
export function readPackageFiles(from: InstalledPackage, paths: readonly string[]): readonly SourceFile[] {
  return paths.map((path) => ({
    file: `${from.label}/${path}`,
    content: readFileSync(join(from.folder, ...path.split("/"))),
  }));
}

/** Paths (with `/`) of all files below a folder of a package, each folder in order of the UTF-16 units of its names. */
export function listPackageFiles(from: InstalledPackage, folder: string): readonly string[] {
  const entries = readdirSync(join(from.folder, ...folder.split("/")), { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? listPackageFiles(from, path) : [path];
    });
}

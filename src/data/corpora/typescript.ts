import { cutFile } from "../cut.ts";
import type { ShippedCorpus, SourceFile } from "../source.ts";
import { findPackage, listPackageFiles, readPackageFiles, type InstalledPackage } from "./package.ts";

/** Messages that make one document. */
const MESSAGES = 40;

/** TypeScript 6, the last compiler that is itself JavaScript. Apache-2.0. */
function typescript(): InstalledPackage {
  return findPackage("typescript");
}

/** The compiler's messages in 13 languages: 40 messages of one language, a line each, are one document. */
export const messages: ShippedCorpus = {
  name: "messages",
  read: () => {
    const paths = listPackageFiles(typescript(), "lib");
    return readPackageFiles(
      typescript(),
      paths.filter((path) => path.endsWith("/diagnosticMessages.generated.json")),
    );
  },
  documents: (files) => files.flatMap(messageDocuments),
};

/** Declarations of JavaScript's library and of browsers (not of workers, which repeat them): one document a file, cut where it is large. */
export const declarations: ShippedCorpus = {
  name: "declarations",
  read: () => {
    const paths = listPackageFiles(typescript(), "lib");
    return readPackageFiles(
      typescript(),
      paths.filter((path) => /^lib\/lib\..*\.d\.ts$/.test(path) && !/\.(webworker|full)\b/.test(path)),
    );
  },
  documents: (files) => files.flatMap(({ content }) => cutFile(withoutNotice(content))),
};

/** The TypeScript compiler as JavaScript, in pieces. */
export const compiler: ShippedCorpus = {
  name: "compiler",
  read: () => readPackageFiles(typescript(), ["lib/typescript.js"]),
  documents: (files) => files.flatMap(({ content }) => cutFile(withoutNotice(content))),
};

function messageDocuments({ content }: SourceFile): readonly Uint8Array[] {
  const byKey = JSON.parse(Buffer.from(content).toString("utf8")) as Readonly<Record<string, string>>;
  const all = Object.values(byKey);
  return Array.from({ length: Math.ceil(all.length / MESSAGES) }, (_, index) =>
    Buffer.from(all.slice(index * MESSAGES, (index + 1) * MESSAGES).join("\n")),
  );
}

/** A licence that hundreds of files share is not repeated. */
function withoutNotice(content: Uint8Array): Uint8Array {
  const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString("latin1");
  return content.subarray(/^\s*\/\*! \*{5}(?:(?!\*\/)[^])*\*\/\s*/.exec(text)?.[0].length ?? 0);
}

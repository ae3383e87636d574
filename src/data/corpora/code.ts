import { cutFile } from "../cut.ts";
import type { ShippedCorpus, SourceFile } from "../source.ts";
import { findPackage, listPackageFiles, readPackageFiles, type InstalledPackage } from "./package.ts";

/** Readable source files of one package: all below `folder` whose path below it matches `take` and not `leave`. */
interface CodeSource {
  readonly package: string;
  /** The dependency of moe-lab that pins this package, where moe-lab does not do so itself. */
  readonly through?: string;
  readonly folder: string;
  readonly take: RegExp;
  readonly leave?: RegExp;
}

/** Bundles, tests, generated externs: no source that somebody wrote as it stands. */
const TFJS_BUILT =
  /_test\.js$|(^|\/)(tests|test_util|test_utils|test_async_backends|jasmine_util)\.js$|externs\.js$|^tf-|^(scripts|miniprogram)\//;

/**
 * One form of each package (no second build of the same source), in the order of the alphabet. package-lock.json pins
 * the versions; pins.ts has the SHA-256 of all files together.
 */
const SOURCES: readonly CodeSource[] = [
  {
    package: "@tensorflow/tfjs-core",
    through: "@tensorflow/tfjs",
    folder: "dist",
    take: /\.js$/,
    leave: TFJS_BUILT,
  },
  {
    package: "@tensorflow/tfjs-layers",
    through: "@tensorflow/tfjs",
    folder: "dist",
    take: /\.js$/,
    leave: TFJS_BUILT,
  },
  { package: "chart.js", folder: "dist", take: /^chart\.js$/ },
  { package: "chartjs-chart-error-bars", folder: "src", take: /\.ts$/, leave: /\.spec\.ts$|__tests__/ },
  { package: "cli-progress", folder: "lib", take: /\.js$/ },
  { package: "commander", folder: "lib", take: /\.js$/ },
  { package: "csv-parse", folder: "lib", take: /\.js$/ },
  { package: "csv-stringify", folder: "lib", take: /\.js$/ },
  { package: "jsonc-parser", folder: "lib/esm", take: /\.js$/ },
  { package: "onnxruntime-common", through: "onnxruntime-node", folder: "lib", take: /\.ts$/ },
  { package: "protobufjs", folder: "src", take: /\.js$/ },
  { package: "simple-statistics", folder: "src", take: /\.js$/ },
  { package: "zod", folder: "src/v4/classic", take: /\.ts$/, leave: /(^|\/)tests\// },
  { package: "zod", folder: "src/v4/core", take: /\.ts$/, leave: /(^|\/)tests\// },
];

/**
 * JavaScript and TypeScript of moe-lab's own dependencies (Apache-2.0, MIT, BSD, ISC). One document a file, cut where
 * it is large. Left out: a leading licence comment, which hundreds of files share, and an embedded source map.
 */
export const code: ShippedCorpus = {
  name: "code",
  read: () => SOURCES.flatMap(readSource),
  documents: (files) => files.flatMap(({ content }) => cutFile(readablePart(content))),
};

function readSource(source: CodeSource): readonly SourceFile[] {
  const from = locate(source);
  const paths = listPackageFiles(from, source.folder).filter((path) => {
    const below = path.slice(source.folder.length + 1);
    return source.take.test(below) && source.leave?.test(below) !== true;
  });
  return readPackageFiles(from, paths);
}

function locate(source: CodeSource): InstalledPackage {
  return findPackage(source.package, source.through === undefined ? undefined : findPackage(source.through));
}

/** Works on Latin-1 text, which holds every byte as it is. */
function readablePart(content: Uint8Array): Uint8Array {
  const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString("latin1");
  const licence = /^\s*\/\*(?:(?!\*\/)[^])*?@license(?:(?!\*\/)[^])*\*\/\s*/.exec(text)?.[0].length ?? 0;
  const map = text.lastIndexOf("\n//# sourceMappingURL=");
  return content.subarray(licence, map === -1 ? content.length : map);
}

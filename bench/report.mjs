/**
 * `npm run bench:report`: writes docs/performance.md from bench/results/performance.json. With files (`-- FILE...`), their
 * rows become that file first.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { performanceDocument } from "./document.mjs";
import { toJson } from "./rows.mjs";

/** @import { Row } from "./rows.mjs" */

const RESULTS = new URL("results/performance.json", import.meta.url);
const DOCUMENT = new URL("../docs/performance.md", import.meta.url);

try {
  const files = process.argv.slice(2);
  const rows = (files.length === 0 ? [RESULTS] : files).flatMap((file) => {
    /** @type {unknown} */
    const found = JSON.parse(readFileSync(file, "utf8"));
    if (!Array.isArray(found))
      throw new Error(`${String(file)} is no list of rows, as --json of the benchmark writes`);
    return /** @type {Row[]} */ (found);
  });
  const text = performanceDocument(rows);
  if (files.length > 0) writeFileSync(RESULTS, toJson(rows));
  writeFileSync(DOCUMENT, text);
  console.error(`wrote docs/performance.md from ${rows.length} rows`);
} catch (error) {
  console.error(
    `docs/performance.md is as it was: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 2;
}

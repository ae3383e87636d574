// Adds up vitest's JSON reports: `node scripts/count-tests.mjs REPORT...` names the tests that were skipped and ends with
// the line "N passed, N failed"; exit code 1 where one failed or none passed. A file that several reports have counts as
// in the last of them. With --skipped it prints the files that hold skipped tests, nothing else.
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

const [onlySkipped, reports] =
  process.argv[2] === "--skipped" ? [true, process.argv.slice(3)] : [false, process.argv.slice(2)];

/**
 * A test file in a report, as far as it is read here.
 * @typedef {{ name: string, status: string, assertionResults: { status: string, fullName: string }[] }} TestFile
 */

/**
 * Results of each test file.
 * @type {Map<string, TestFile>}
 */
const files = new Map();
for (const report of reports.filter((file) => existsSync(file))) {
  const read = /** @type {{ testResults: TestFile[] }} */ (JSON.parse(readFileSync(report, "utf8")));
  for (const file of read.testResults) files.set(file.name, file);
}

let passed = 0;
let failed = 0;
const skipped = [];
for (const [name, { status, assertionResults }] of files) {
  /** @param {string} wanted */
  const count = (wanted) => assertionResults.filter((test) => test.status === wanted).length;
  passed += count("passed");
  // A file that could not be loaded has no tests, and has failed all the same.
  failed += count("failed") || (status === "failed" ? 1 : 0);
  const others = assertionResults.filter((test) => !["passed", "failed"].includes(test.status));
  if (others.length > 0) skipped.push({ file: relative(process.cwd(), name), tests: others });
}

if (onlySkipped) {
  for (const { file } of skipped) console.log(file);
} else {
  for (const { file, tests } of skipped) {
    for (const { fullName } of tests) console.log(`skipped: ${file}: ${fullName.trim()}`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

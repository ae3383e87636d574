import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Where CI wants the runner's own count. */
const report = process.env["MOE_LAB_TEST_REPORT"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/setup/build.ts"],
    // Half of them wait for processes: both of two cores are worth using.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});

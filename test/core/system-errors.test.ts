import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { systemSentence } from "../../src/core/system-errors.ts";

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test("a system's error is a sentence with path, meaning and remedy; a bug is none", () => {
  expect(systemSentence(thrown(() => readFileSync("/no/such/file")))).toMatch(
    /^\/no\/such\/file: it, or a folder above it, is not there .*check the path \(ENOENT\)$/,
  );
  expect(systemSentence(thrown(() => readFileSync("a\0b")))).toMatch(/NUL/);
  const full = Object.assign(new Error("write"), { code: "ENOSPC", syscall: "write" });
  expect(systemSentence(full)).toBe("write: the disk is full; free some space (ENOSPC)");
  expect(systemSentence(thrown(() => new Float64Array(2 ** 53 - 1)))).toMatch(/^memory: there is not enough/);
  expect(systemSentence(new TypeError("x is not a function"))).toBeNull();
  expect(systemSentence("text")).toBeNull();
});

// A layer between the code and node:fs: numbers every operation that changes something or opens a file, and at one of them kills the
// process or throws an error of the system. The code under test is the built one, unchanged.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";

const OPERATIONS = [
  ...[
    "openSync",
    "writeFileSync",
    "writeSync",
    "fsyncSync",
    "closeSync",
    "renameSync",
    "rmSync",
    "mkdirSync",
  ],
  ...["linkSync", "utimesSync", "statSync", "readFileSync", "readdirSync"],
];

/**
 * @param {(operation: { number: number, name: string }, act: () => unknown) => unknown} around called for each operation; what it returns
 * is the operation's result.
 * @returns what takes the layer away.
 */
export function withFaults(around) {
  let number = 0;
  const originals = OPERATIONS.map((name) => [name, fs[name]]);
  let inside = false;
  for (const [name, original] of originals) {
    fs[name] = (...args) => {
      // An operation that uses another one, as writeFileSync does, is one.
      if (inside) return original(...args);
      number += 1;
      return around({ number, name }, () => {
        inside = true;
        try {
          return original(...args);
        } finally {
          inside = false;
        }
      });
    };
  }
  syncBuiltinESMExports();
  return () => {
    for (const [name, original] of originals) fs[name] = original;
    syncBuiltinESMExports();
    return number;
  };
}

/** Kills this process before or after operation `at`. */
export function killAt(at, when) {
  withFaults(({ number }, act) => {
    if (number === at && when === "before") process.kill(process.pid, "SIGKILL");
    const result = act();
    if (number === at && when === "after") process.kill(process.pid, "SIGKILL");
    return result;
  });
}

/** An error of the system, as node:fs throws it. */
export function systemError(code, syscall) {
  return Object.assign(new Error(`${code}: torture, ${syscall}`), { code, syscall });
}

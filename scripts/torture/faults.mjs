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
 * Whoever is called with whatever: the layer hands arguments on as they are.
 * @type {Record<string, unknown>}
 */
const patched = fs;

/**
 * @param {(operation: { number: number, name: string, args: readonly unknown[] }, act: () => unknown) => unknown} around called for each operation; what it returns
 * is the operation's result.
 * @returns what takes the layer away, and says how many operations there were.
 */
export function withFaults(around) {
  let number = 0;
  const originals = OPERATIONS.map((name) => ({ name, original: patched[name] }));
  let inside = false;
  for (const { name, original } of originals) {
    if (typeof original !== "function") throw new Error(`node:fs has no ${name}`);
    patched[name] = (/** @type {unknown[]} */ ...args) => {
      // An operation that uses another one, as writeFileSync does, is one.
      if (inside) return /** @type {unknown} */ (Reflect.apply(original, fs, args));
      number += 1;
      return around({ number, name, args }, () => {
        inside = true;
        try {
          return /** @type {unknown} */ (Reflect.apply(original, fs, args));
        } finally {
          inside = false;
        }
      });
    };
  }
  syncBuiltinESMExports();
  return () => {
    for (const { name, original } of originals) patched[name] = original;
    syncBuiltinESMExports();
    return number;
  };
}

/**
 * Sends this process a signal before or after operation `at`.
 * @param {number} at
 * @param {string} when `before` or `after`
 * @param {NodeJS.Signals} signal
 */
export function signalAt(at, when, signal) {
  withFaults(({ number }, act) => {
    if (number === at && when === "before") process.kill(process.pid, signal);
    const result = act();
    if (number === at && when === "after") process.kill(process.pid, signal);
    return result;
  });
}

/**
 * An error of the system, as node:fs throws it.
 * @param {string} code
 * @param {string} syscall
 */
export function systemError(code, syscall) {
  return Object.assign(new Error(`${code}: torture, ${syscall}`), { code, syscall });
}
